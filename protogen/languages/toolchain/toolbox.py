"""Tools: given, in the cache, on PATH at the right version, or installed once by an ecosystem's client."""

from __future__ import annotations

import shlex
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import ClassVar

from protogen.errors import ToolFailed, ToolMissing
from protogen.languages.toolchain.programs import (
    CACHED,
    GIVEN,
    ON_PATH,
    PACKAGED,
    VERSION,
    Found,
    Prerequisite,
    Program,
    Programs,
    in_distribution,
    is_program,
    machine,
)
from protogen.system.cache import Cache, key
from protogen.system.context import Context
from protogen.system.parallel import Once
from protogen.system.process import Processes
from protogen.system.scratch import scratch


@dataclass(frozen=True)
class Tool:
    """What a client of an ecosystem installs into the cache: a program, or a file that it works out."""

    name: str
    """As in --tool; the program's file has this name too."""
    version: str
    """As the client is asked for it."""
    client: Client
    package: str = ""
    """What the client calls it."""
    prints: str | None = None
    """What the program answers to --version, where that isn't its version; empty where it doesn't answer,
    so that none on PATH can be known to be the right one."""
    copied_by: str = ""
    """For Maven, the version of maven-dependency-plugin."""
    inputs: tuple[tuple[str, str], ...] = ()
    """For a file that the client works out, such as go.sum: the texts from which, by name."""
    hashes: Mapping[str, str] = field(default_factory=dict, compare=False)
    """What is pinned of what it may be installed from, by the client's name for each."""

    ask = ("--version",)
    tells = VERSION

    @property
    def own_version(self) -> str:
        """The version as the program itself has it."""
        return self.prints or self.version

    @property
    def wanted(self) -> str:
        """The version that is wanted, in words."""
        return self.own_version.removeprefix("v") or "any"

    @property
    def is_program(self) -> bool:
        """Whether it may be given, or stand on PATH: not so a file that is worked out."""
        return not self.inputs

    @property
    def is_told(self) -> bool:
        """Whether a program on PATH tells its version."""
        return self.is_program and self.prints != ""

    @property
    def entry(self) -> str:
        """The cache's key of it."""
        if self.inputs:
            return key(self.name, self.client.name, self.inputs)
        return key(f"{self.name}@{self.version}", self.client.name, self.client.machine)

    def serves(self, version: str) -> bool:
        """Whether a version is the one that is wanted."""
        return bool(self.inputs) or version == self.wanted


class Client(ABC):
    """The package manager of an ecosystem, which installs tools: one subclass and one instance each."""

    name: str
    """In the cache, and in what is noted of a package's tools."""
    prerequisites: tuple[Prerequisite, ...]
    """The client's own program, then what else packages of its ecosystem take."""
    registry: str = ""
    """Where it fetches from, in words."""
    settings: str = ""
    """What tells it where that is."""
    together: bool = False
    """Whether it installs several tools in one call."""
    offline: ClassVar[Mapping[str, str]] = {}
    """What tells it, and what else it builds, by the environment that nothing may be fetched."""

    @property
    def machine(self) -> str:
        """What its programs are for, as a part of keys of the cache."""
        return machine()

    @abstractmethod
    def command(self, tool: Tool) -> str:
        """How it installs the tool, in words."""

    @abstractmethod
    def install(self, tools: Sequence[Tool], folder: Path, toolbox: Toolbox) -> None:
        """Leave each tool in a folder of its own, folder/NAME, which may hold more than the program NAME.

        Raises ToolMissing, ToolFailed.
        """

    def hashes(self, tool: Tool, folder: Path, toolbox: Toolbox) -> Mapping[str, str]:
        """Of what the tool in that folder was installed from, as pins have them; none where it can't tell."""
        return {}

    def everywhere(self) -> Iterable[Client]:
        """The client as it is on each kind of machine, where what it installs differs."""
        return (self,)

    def check_machine(self) -> None:  # noqa: B027 - most have programs for every machine
        """Raise ToolMissing where nobody builds programs for this machine."""


class ByHand(Client):
    """No client: tools that the user installs, or gives."""

    name = "hand"
    prerequisites: tuple[Prerequisite, ...] = ()

    def command(self, tool: Tool) -> str:
        """See Client."""
        return f"install {tool.name} {tool.wanted} and put it on PATH"

    def install(self, tools: Sequence[Tool], folder: Path, toolbox: Toolbox) -> None:
        """See Client."""
        if path := toolbox.on_path(tools[0].name):
            version = toolbox.ask_version(path)
            raise ToolMissing(
                f"{path} isn't {tools[0].name} {tools[0].wanted}: asked for its --version, it tells "
                f"{version or 'none'}",
                where=str(path),
                remedy=f"{shlex.quote(str(path))} --version, to see why; or give another: {options(tools)}",
            )
        raise ToolMissing(
            f"there is no {named(tools)}, which has to be there",
            where="PATH",
            remedy=f"{self.command(tools[0])}, or give it: {options(tools)}",
        )


BY_HAND = ByHand()


@dataclass(frozen=True)
class Toolbox(Programs):
    """Finds and installs tools for a command."""

    cache: Cache
    processes: Processes
    environ: Mapping[str, str]
    """The user's, whose mirrors and proxies apply."""
    given: Mapping[str, Path] = field(default_factory=dict)
    """Paths by name, from --tool and PROTOGEN_TOOL_…; they are used whatever their version."""
    once: Once = field(default_factory=Once)
    """What the run has installed, or failed to."""

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

    def look(self, wanted: Tool | Prerequisite) -> Found:
        """Where it would be taken from now; nothing is installed.

        Raises CacheDamaged where --offline forbids to build anew.
        """
        asked = partial(self.asked, ask=wanted.ask, tells=wanted.tells)
        if wanted.name in self.given:
            path = self.given[wanted.name]
            return asked(GIVEN, path) if is_program(path) else Found(GIVEN, "", path, runs=False)
        if isinstance(wanted, Tool) and (entry := self.cache.find("tools", wanted.entry)):
            return Found(CACHED, "" if wanted.inputs else wanted.wanted, entry / wanted.name)
        on_path = self.on_path(wanted.name) if wanted.is_told else None
        found = asked(ON_PATH, on_path) if on_path else Found()
        if on_path and (isinstance(wanted, Prerequisite) or wanted.serves(found.version)):
            return found
        packaged = in_distribution(wanted) if isinstance(wanted, Prerequisite) else None
        return asked(PACKAGED, packaged) if packaged else Found(passed_over=found.version)

    def install(self, tools: Sequence[Tool]) -> dict[str, Program]:
        """The tools by name; those that are nowhere are installed, each once in a run.

        Raises ToolMissing, CacheDamaged where --offline forbids to build anew, and what the client raises.
        """
        ready = {tool.name: self._ready(tool) for tool in tools}
        missing = [tool for tool in tools if not ready[tool.name]]
        if missing and self.offline:
            also = "nor is it" if len(missing) == 1 else "nor are they"
            there = f", {also} on PATH" if missing[0].is_program else ""
            otherwise = f"give {options(missing)}" if missing[0].is_program else ""
            raise self.cache.absent("tools", f"{named(missing)}{there}", otherwise)
        for client in dict.fromkeys(tool.client for tool in missing):
            # The group is the same before and after a part of it was installed by another thread.
            group = [tool for tool in tools if tool.client is client and _is_installed(ready[tool.name])]
            for share in [group] if client.together else [[tool] for tool in group if tool in missing]:
                self.once.get(("installed", *share), partial(self._install, client, share))
                # Found as it was left, but where it was damaged meanwhile.
                self._install(client, share)
        return {tool.name: ready[tool.name] or self._cached(tool) for tool in tools}

    def is_at_hand(self, tool: Tool) -> bool:
        """Whether there is something by its name, without looking into it: nothing is started or read."""
        at_hand = tool.name in self.given or self.cache.path("tools", tool.entry).exists()
        return at_hand or (tool.is_told and self.on_path(tool.name) is not None)

    def _ready(self, tool: Tool) -> Program | None:
        if tool.name in self.given:
            return self.take_given(tool.name)
        found = self.look(tool)
        if not found.place:
            return None
        origin = tool.client.name if found.place == CACHED else found.place
        return Program(tool.name, tool.own_version, found.path, origin)

    def _cached(self, tool: Tool) -> Program:
        return Program(
            tool.name, tool.own_version, self.cache.path("tools", tool.entry) / tool.name, tool.client.name
        )

    def _install(self, client: Client, tools: Sequence[Tool]) -> None:
        with scratch() as folder:

            def make(tool: Tool, entry: Path) -> None:
                if not (folder / tool.name).exists():
                    absent = [each for each in tools if not self.cache.find("tools", each.entry)]
                    client.install(absent, folder, self)
                    for each in absent:
                        if each.hashes:
                            check_hashes(each, client.hashes(each, folder / each.name, self))
                for path in (folder / tool.name).iterdir():
                    shutil.move(path, entry / path.name)

            for tool in tools:
                self.cache.get("tools", tool.entry, partial(make, tool))


def check_hashes(tool: Tool, found: Mapping[str, str]) -> None:
    """Raise ToolFailed for what isn't as it is pinned. found: by the client's name for each."""
    for name, actual in found.items():
        expected = tool.hashes.get(name, actual)
        if actual != expected:
            raise ToolFailed(
                f"{name} isn't what {tool.name} is pinned to: expected {expected}, found {actual}",
                where=tool.client.command(tool),
                remedy=f"set the {tool.client.registry} to one that has the publishers' own files "
                f"({tool.client.settings}), then run the same command again",
            )


def named(tools: Sequence[Tool]) -> str:
    """The tools in words."""
    return " and ".join(f"{tool.name} {tool.own_version}".strip() for tool in tools)


def options(tools: Sequence[Tool]) -> str:
    """The options that give the tools."""
    return " ".join(f"--tool {tool.name}=PATH" for tool in tools)


def _is_installed(program: Program | None) -> bool:
    return program is None or program.found not in (GIVEN, ON_PATH)
