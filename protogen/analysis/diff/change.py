"""A change between two descriptor sets, and why it breaks what it breaks. Values only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from protogen.analysis.diff.rules import BREAKS, RULES

if TYPE_CHECKING:
    from protogen.releases.release import Release


@dataclass(frozen=True)
class Mark:
    """A rule that a change breaks.

    breaks: of `wire`, `json`, `source`. subject: what buf's finding of this rule names, to know it
    by. claimed: whether the rule holds by our own reading too; if not, only buf's word counts.
    decided: `protogen` or `buf`.
    """

    rule: str
    breaks: tuple[str, ...]
    subject: tuple[str, ...] = ()
    claimed: bool = True
    decided: str = "protogen"

    @property
    def of_buf(self) -> bool:
        """Whether the rule is one that buf checks."""
        return self.rule in RULES


def mark(rule: str, *subject: str, claimed: bool = True) -> Mark:
    """A mark by one of buf's rules, breaking what that rule is about."""
    return Mark(rule, RULES[rule], subject, claimed)


@dataclass(frozen=True)
class Change:
    """One change of one element.

    kind: `added`, `removed` or `changed`. element: `service`, `rpc`, `message`, `field`, `oneof`,
    `extension`, `enum`, `value`, `file` or `finding` (of buf, about nothing else here). name: in
    full, the new one where it was renamed. file: where it stands, or stood. aspect: which side of
    it changed. old, new: that side before and after. note: what a reader should know besides.
    """

    kind: str
    element: str
    name: str
    file: str
    aspect: str = ""
    old: str = ""
    new: str = ""
    note: str = ""
    marks: tuple[Mark, ...] = ()

    @property
    def breaks(self) -> tuple[str, ...]:
        """What the change breaks, of `wire`, `json` and `source`, in this order."""
        broken = {each for mark in self.marks for each in mark.breaks}
        return tuple(each for each in BREAKS if each in broken)


@dataclass(frozen=True)
class Difference:
    """All changes from one release to another. buf: the version that judged them, empty for none."""

    old: Release
    new: Release
    changes: tuple[Change, ...]
    buf: str = ""

    @property
    def breaking(self) -> Difference:
        """The same, with only the changes that break something."""
        return replace(self, changes=tuple(each for each in self.changes if each.breaks))

    def count(self, kind: str) -> int:
        """How many changes are of a kind."""
        return sum(each.kind == kind for each in self.changes)

    def breaks(self, what: str) -> int:
        """How many changes break the wire format, JSON or source."""
        return sum(what in each.breaks for each in self.changes)
