"""What a language says of the programs that it takes: values, which `protogen doctor` looks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_NUMBER = r"(\d+(?:\.\d+)+)"


@dataclass(frozen=True)
class Need:
    """A program, or something made by one, that packages of a recipe take.

    name: as in --tool. version: the one that is wanted, as the program itself prints it; where it
    isn't exact, the lowest that serves, and empty for any. ask: the arguments with which the
    program tells its version, and tells: the regular expression whose group is that version.

    client: the program that installs it when it is missing, empty for one that must be there;
    asked: what the client is asked for. entries: the cache's keys of it, tried in order. on_path:
    whether one that stands on PATH is taken. brought_by: a Python package that brings the program,
    and the program's place in it. reaches: where a client fetches from, and settings: what tells it
    where that is.

    purpose: what it is good for, where packages are made without it too. remedy: the command that
    gets it; packages: its package by the system's installer (`brew`), where that is the way.
    """

    name: str
    version: str = ""
    exact: bool = False
    ask: tuple[str, ...] = ("--version",)
    tells: str = _NUMBER
    client: str = ""
    asked: str = ""
    entries: tuple[str, ...] = ()
    on_path: bool = True
    brought_by: tuple[str, str] = ("", "")
    reaches: str = ""
    settings: str = ""
    purpose: str = ""
    remedy: str = ""
    packages: Mapping[str, str] = field(default_factory=dict)

    @property
    def wanted(self) -> str:
        """The version that is wanted, in words."""
        if not self.version:
            return "any"
        return self.version if self.exact else f"{self.version} or newer"


def serves(found: str, need: Need) -> bool:
    """Whether a version that was found is one that is wanted; one that nobody tells never is."""
    if not need.version:
        return True
    if not found or need.exact:
        return found == need.version
    length = max(found.count("."), need.version.count(".")) + 1
    return _numbers(found, length) >= _numbers(need.version, length)


def _numbers(version: str, length: int) -> tuple[int, ...]:
    return (*map(int, version.split(".")), *[0] * length)[:length]
