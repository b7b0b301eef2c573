"""Every way protogen can fail: one class per kind, each with its exit code and its remedy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


class ProtogenError(Exception):
    """A failure that the user can act on.

    message: what happened, one sentence. where: the file, repository or command concerned.
    remedy: the next command to type; a class's own remedy serves where the instance gives none.
    """

    code: ClassVar[int] = 70
    default_remedy: ClassVar[str] = ""

    def __init__(self, message: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.remedy = remedy or self.default_remedy

    def __str__(self) -> str:
        lines = [self.message]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.remedy:
            lines.append(f"  try:   {self.remedy}")
        return "\n".join(lines)

    @property
    def plain(self) -> dict[str, int | str]:
        """As JSON has it."""
        return {"code": self.code, "message": self.message, "where": self.where, "remedy": self.remedy}


class UsageError(ProtogenError):
    """An option, or a combination of options, that can't mean anything."""

    code = 2
    default_remedy = "protogen --help"


class UnknownLanguage(UsageError):
    """A language that no module of protogen.languages serves."""


@dataclass(frozen=True)
class Location:
    """A place in a file, and what is wrong there."""

    file: str
    line: int
    """From 1; 0 where none is to blame."""
    key: str
    """With dots, `repositories.api.url`; empty where none is to blame."""
    problem: str
    expected: str = ""

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.file}:{self.line}" if self.line else self.file

    @property
    def message(self) -> str:
        """All of it in one line."""
        text = f"{self.place}: {f'{self.key}: ' if self.key else ''}{self.problem}"
        return f"{text}; expected {self.expected}" if self.expected else text


class RecipeError(ProtogenError):
    """A recipe that can't be read: unknown key, wrong type, missing or senseless value."""

    code = 2
    default_remedy = "correct the recipe and run the same command again"
    location: Location | None = None
    """Where in which file, where that is known."""

    @classmethod
    def at(cls, location: Location) -> RecipeError:
        """The complaint about a location."""
        error = cls(location.message, where=location.place)
        error.location = location
        return error


class ReleaseNotFound(ProtogenError):
    """A release, branch, tag or commit that the repository doesn't have."""

    code = 3


class SourceUnreachable(ProtogenError):
    """The host of a source can't be reached: the only failure that `auto` falls back from."""

    code = 4
    default_remedy = "check the network, and run the same command again"


class SourceRefused(ProtogenError):
    """A source that answers, but refuses: authentication, no such repository, broken answer."""

    code = 4


class CacheDamaged(ProtogenError):
    """An entry of the cache isn't what was put there, and this run can't make it again."""

    code = 4
    default_remedy = "run the same command once without --offline, or protogen cache verify --repair"


class ArchiveRefused(ProtogenError):
    """An archive of cache entries that is damaged, or that nobody's `cache export` wrote."""

    code = 4
    default_remedy = "export and copy it again"


class ProtosUnresolved(ProtogenError):
    """The import graph can't be closed, or the closure doesn't compile."""

    code = 5


class MissingImport(ProtosUnresolved):
    """An import that no import root holds."""


class AmbiguousImport(ProtosUnresolved):
    """An import that two roots hold with different content."""


class CompileFailed(ProtosUnresolved):
    """protoc refuses the closure."""


class ToolMissing(ProtogenError):
    """A program that is needed isn't there, or not at the version that is needed."""

    code = 6


class ToolFailed(ProtogenError):
    """A program that was started ended with an error or ran out of time."""

    code = 6


class ToolTimedOut(ToolFailed):
    """A program that was started didn't end within its time."""


class VerificationFailed(ProtogenError):
    """A package that was made doesn't build, install or serve a consumer; where: the folder that is kept."""

    code = 7


class LockMismatch(ProtogenError):
    """A locked run whose inputs or output aren't what protogen.lock says."""

    code = 9
    default_remedy = "protogen lock --update, with the same options but --locked, and commit protogen.lock"


class OutputInTheWay(ProtogenError):
    """A file that protogen didn't write, or that was edited since, stands where one must go."""

    code = 8
    default_remedy = "move it away, or run again with --force to overwrite it"


class OutputUnwritable(ProtogenError):
    """The output folder can't be written: permission, a file in its place, a full disk."""

    code = 8
