"""Tools: given, found on PATH at the right version, or installed once into the tool cache."""

from __future__ import annotations

import os
import platform
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.errors import ToolMissing
from protogen.system.cache import key
from protogen.system.once import Once

if TYPE_CHECKING:
    from protogen.system.cache import Cache
    from protogen.system.context import Context
    from protogen.system.process import Processes


_ASK_SECONDS = 30.0
_VERSION = re.compile(r"v?(\d+(?:\.\d+)+)")


@dataclass(frozen=True)
class Tool:
    """A program to run. found: `given`, `PATH`, or the ecosystem's client that installed it."""

    name: str
    version: str
    path: Path
    found: str


@dataclass(frozen=True)
class Toolbox:
    """Provides tools for a run.

    given: paths by tool name, from --tool and PROTOGEN_TOOL_…; they are used whatever their
    version. environ: the user's environment, whose mirrors and proxies apply. once: what the run has
    installed, or failed to.
    """

    cache: Cache
    processes: Processes
    environ: Mapping[str, str]
    given: Mapping[str, Path] = field(default_factory=dict)
    once: Once = field(default_factory=Once)

    @property
    def offline(self) -> bool:
        """Whether nothing may be fetched or installed."""
        return self.cache.offline

    @classmethod
    def of(cls, context: Context) -> Toolbox:
        """The toolbox of a command."""
        return cls(
            context.cache,
            context.processes,
            context.environ,
            context.given_tools,
            context.once,
        )

    def provide(self, name: str, version: str, client: str, install: Callable[[Path], None]) -> Tool:
        """The tool at that version. install(folder) leaves the program as folder/name.

        Raises ToolMissing, CacheDamaged where --offline forbids to mend, and what install raises.
        """
        if name in self.given:
            return self.take_given(name)
        entry = tool_entry(client, name, version)
        cached = self.cache.find("tools", entry)
        if cached:
            return Tool(name, version, cached / name, client)
        on_path = shutil.which(name, path=self.environ.get("PATH"))
        if on_path and _same(self.ask_version(Path(on_path)), version):
            return Tool(name, version, Path(on_path), "PATH")
        what, given = f"{name} {version}, nor is it on PATH", f"give it: --tool {name}=PATH"
        return Tool(name, version, self.build(entry, install, what, given) / name, client)

    def build(self, entry: str, make: Callable[[Path], None], what: str, otherwise: str = "") -> Path:
        """The folder of a tool's cache entry, which make fills where it isn't there or is damaged.

        Who asks while it is being made waits. Raises what make raises, also to those that ask again.
        """

        def get() -> Path:
            return self.cache.get("tools", entry, make, what=what, otherwise=otherwise)

        self.once.get(("installed", entry), get)
        return get()

    def take_given(self, name: str) -> Tool:
        """The tool at the path that the user gave; its own word says which version it is.

        Raises ToolMissing where the path is no program.
        """
        path = self.given[name]
        if not path.is_file() or not os.access(path, os.X_OK):
            raise ToolMissing(
                f"--tool {name}: {path} is not a program",
                where=str(path),
                remedy=f"run again with --tool {name}=PATH, or without it",
            )
        return Tool(name, self.ask_version(path) or "unknown", path, "given")

    def ask_version(self, path: Path) -> str:
        """What the program prints for --version; empty where it doesn't."""
        try:
            done = self.processes.run([str(path), "--version"], timeout=_ASK_SECONDS)
        except ToolMissing:
            return ""
        match = _VERSION.search(done.stdout.decode("utf-8", "replace"))
        return match[1] if match and done.returncode == 0 else ""


def tool_entry(client: str, name: str, version: str) -> str:
    """The cache's key of a tool that a client installed."""
    return key(f"{name}@{version}", client, machine())


def machine() -> str:
    """The operating system and processor, for keys of what only runs here."""
    return f"{platform.system().lower()}-{platform.machine().lower()}"


def _same(found: str, wanted: str) -> bool:
    return bool(found) and found == wanted.removeprefix("v")
