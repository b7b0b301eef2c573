"""What differs between two releases: the changes, and what buf finds broken. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from protogen.releases.release import Release


@dataclass(frozen=True)
class Change:
    """One change of one element."""

    kind: str
    """`added`, `removed` or `changed`."""
    element: str
    """`service`, `rpc`, `message`, `field`, `oneof`, `extension`, `enum`, `value` or `file`."""
    name: str
    """In full, the new one where it was renamed."""
    file: str
    """Where it stands, or stood."""
    aspect: str = ""
    """Which side of it changed."""
    old: str = ""
    new: str = ""
    note: str = ""
    """What a reader should know besides."""


@dataclass(frozen=True)
class Finding:
    """What buf finds broken, as it says it."""

    rule: str
    path: str
    """The file; empty where buf names none."""
    line: int
    message: str


@dataclass(frozen=True)
class Verdict:
    """What buf says of two releases."""

    version: str
    category: str
    """The category of its rules that it judged by."""
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Difference:
    """All that differs from one release to another."""

    old: Release
    new: Release
    changes: tuple[Change, ...]
    verdict: Verdict | None = None
    """None where nothing judged what breaks."""
    only_breaking: bool = False
    """Whether the changes were left out, since only what breaks was asked for."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What breaks, as far as that was judged."""
        return self.verdict.findings if self.verdict else ()

    def count(self, kind: str) -> int:
        """How many changes are of a kind."""
        return sum(each.kind == kind for each in self.changes)
