"""Programs of the machine: given, on PATH, or of a Python package; and what they say of their version."""

from __future__ import annotations

import os
import platform
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from protogen.errors import ProtogenError, ToolMissing, UsageError
from protogen.system.process import Processes
from protogen.system.suggestions import nearest

GIVEN, CACHED, ON_PATH, PACKAGED = "given", "cache", "PATH", "package"
VERSION = r"v?(\d+(?:\.\d+)+)"
"""What most programs tell of their version."""
_ASK_SECONDS = 30.0


@dataclass(frozen=True)
class Prerequisite:
    """A program that has to be there, such as an ecosystem's client: protogen installs none of these."""

    name: str
    lowest: str = ""
    """The lowest version that serves; empty for any."""
    title: str = ""
    """What an error calls it."""
    ask: tuple[str, ...] = ("--version",)
    """The arguments with which it tells its version."""
    tells: str = VERSION
    """A regular expression whose group is that version."""
    packaged: tuple[str, str] = ("", "")
    """A Python distribution that brings the program, and the program's place in it."""
    purpose: str = ""
    """What it is good for, where packages are made without it too."""
    remedy: str = ""
    """The command that gets it, where that isn't the system's installer."""
    packages: Mapping[str, str] = field(default_factory=dict)
    """Its package by the system's installer, such as `brew`."""

    is_told = True

    @property
    def wanted(self) -> str:
        """The version that is wanted, in words."""
        return f"{self.lowest} or newer" if self.lowest else "any"

    def serves(self, version: str) -> bool:
        """Whether a version is one that is wanted; one that nobody tells never is."""
        return not self.lowest or (bool(version) and _numbers(version) >= _numbers(self.lowest))


@dataclass(frozen=True)
class Found:
    """What a look for a tool or a prerequisite came to."""

    place: str = ""
    """GIVEN, CACHED, ON_PATH, PACKAGED, or empty where it is nowhere."""
    version: str = ""
    """As it says itself; empty where it says none."""
    path: Path = Path()
    runs: bool = True
    """Whether it could be started and ended well."""
    passed_over: str = ""
    """The version of one on PATH that isn't the one that is wanted."""


@dataclass(frozen=True)
class Program:
    """A tool to run."""

    name: str
    version: str
    path: Path
    found: str
    """GIVEN, ON_PATH, or the client that installed it."""


class Programs:
    """The programs of a machine, looked up for a command."""

    processes: Processes
    environ: Mapping[str, str]
    """The user's, whose mirrors and proxies apply."""
    given: Mapping[str, Path]
    """Paths by name, from --tool and PROTOGEN_TOOL_…; they are used whatever their version."""

    def find(self, program: Prerequisite, purpose: str, remedy: str) -> Path:
        """The program: given, on PATH, or of a Python package.

        purpose: what it is wanted for, after "and". Raises ToolMissing, with the remedy.
        """
        if program.name in self.given:
            return self.given_program(program.name)
        if path := self.on_path(program.name) or in_distribution(program):
            return path
        raise ToolMissing(f"there is no {program.title}, and {purpose}", where="PATH", remedy=remedy)

    def given_program(self, name: str) -> Path:
        """The path that the user gave.

        Raises ToolMissing where it is no program.
        """
        path = self.given[name]
        if is_program(path):
            return path
        raise ToolMissing(
            f"--tool {name}: {path} is not a program",
            where=str(path),
            remedy=f"run again with --tool {name}=PATH, or without it",
        )

    def take_given(self, name: str) -> Program:
        """The tool that the user gave; its own word says which version it is.

        Raises ToolMissing where the path is no program.
        """
        path = self.given_program(name)
        return Program(name, self.ask_version(path) or "unknown", path, GIVEN)

    def ask_version(self, path: Path) -> str:
        """What a program answers to --version; empty where it doesn't."""
        found = self.asked(ON_PATH, path)
        return found.version if found.runs else ""

    def asked(
        self, place: str, path: Path, ask: Sequence[str] = ("--version",), tells: str = VERSION
    ) -> Found:
        """The program and the version that it tells; asked elsewhere, for its folder may hold settings."""
        try:
            done = self.processes.run(
                [str(path), *ask], timeout=_ASK_SECONDS, cwd=Path("/"), env=self.environ
            )
        except ProtogenError:
            return Found(place, "", path, runs=False)
        match = re.search(tells, (done.stdout + done.stderr).decode("utf-8", "replace"))
        runs = done.returncode == 0
        return Found(place, match[1] if match and runs else "", path, runs)

    def on_path(self, name: str) -> Path | None:
        """The program of that name on PATH, whatever its version."""
        found = shutil.which(name, path=self.environ.get("PATH", ""))
        return Path(found) if found else None


def given_tools(
    options: tuple[str, ...], environ: Mapping[str, str], known: tuple[str, ...]
) -> dict[str, Path]:
    """The paths that --tool NAME=PATH and PROTOGEN_TOOL_NAME give; the option wins.

    Raises UsageError for an option that isn't NAME=PATH or names no known tool.
    """
    given = {name: Path(value).absolute() for name in known if (value := environ.get(variable(name)))}
    for option in options:
        name, equals, path = option.partition("=")
        if not equals or not path or name not in known:
            complaint = f"no tool {name!r}; there are {', '.join(known)}"
            raise UsageError(
                complaint if equals and path else f"{option!r} is not NAME=PATH",
                where="--tool",
                remedy=f"run again with --tool {nearest(name, known) or known[0]}=PATH",
            )
        given[name] = Path(path).absolute()
    return given


def variable(name: str) -> str:
    """The environment variable that gives a tool."""
    return f"PROTOGEN_TOOL_{name.upper().replace('-', '_')}"


def machine() -> str:
    """The operating system and processor, for keys of what only runs here."""
    return f"{platform.system().lower()}-{platform.machine().lower()}"


def is_program(path: Path) -> bool:
    """Whether it is a file that may be run."""
    return path.is_file() and os.access(path, os.X_OK)


def in_distribution(program: Prerequisite) -> Path | None:
    """A program that a Python distribution brings, or None."""
    from importlib import metadata

    distribution, file = program.packaged
    if not distribution:
        return None
    try:
        path = Path(str(metadata.distribution(distribution).locate_file(file)))
    except metadata.PackageNotFoundError:
        return None
    return path if is_program(path) else None


def _numbers(version: str) -> list[int]:
    numbers = [int(part) for part in version.split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return numbers
