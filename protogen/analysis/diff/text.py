"""A difference as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protogen.analysis.diff.words import broken, counts, printable, sections, statement

if TYPE_CHECKING:
    from protogen.analysis.diff.change import Difference


_SIGNS = {"added": "+", "removed": "-", "changed": "~"}


@dataclass(frozen=True)
class Line:
    """A line. kind: `title`, `added`, `removed`, `changed`, `summary`. breaks: what breaks, in words."""

    text: str
    kind: str
    breaks: str = ""


def lines(difference: Difference, *, rules: bool = False) -> Iterator[Line]:
    """One line a change, by section, and a summary; rules: also the rules that say what breaks."""
    for section in sections(difference):
        yield Line(section.title, "title")
        for change in section.changes:
            name = printable(change.name)
            text = f"  {_SIGNS[change.kind]} {change.element} {name}{statement(change)}"
            breaks = f"BREAKS {broken(change)}" if change.breaks else ""
            if rules and breaks:
                breaks += f" ({', '.join(mark.rule for mark in change.marks)})"
            yield Line(text, change.kind, breaks)
    yield Line(f"{difference.old.name} -> {difference.new.name}: {counts(difference)}", "summary")
