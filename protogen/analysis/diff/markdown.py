"""A difference as Markdown for release notes: what breaks first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from protogen.analysis.diff.words import broken, counts, printable, sections, statement

if TYPE_CHECKING:
    from protogen.analysis.diff.change import Change, Difference


_KINDS = {"added": "Added", "removed": "Removed", "changed": "Changed"}
# An underscore inside a word is only itself.
_SPECIAL = re.compile(r"([\\`*{}\[\]<>#|~]|\b_|_\b)")


def markdown(difference: Difference) -> str:
    """The text, with a heading of the second level; ends with a line break."""
    old, new = _plain(difference.old.name), _plain(difference.new.name)
    return "\n".join([f"## API changes from {old} to {new}", "", *_body(difference)]) + "\n"


def _body(difference: Difference) -> Iterator[str]:
    told = counts(difference)
    yield f"{told[0].upper()}{told[1:]}."
    breaking = difference.breaking
    if breaking.changes:
        yield from ("", "### Breaking")
        for section in sections(breaking):
            yield from ("", f"#### {section.title}", "")
            yield from (f"{_told(change)} — breaks {broken(change)}" for change in section.changes)
    for section in sections(_harmless(difference)):
        yield from ("", f"### {section.title}", "")
        yield from (_told(change) for change in section.changes)


def _harmless(difference: Difference) -> Difference:
    return replace(difference, changes=tuple(each for each in difference.changes if not each.breaks))


def _told(change: Change) -> str:
    name = _code(change.name)
    note = replace(change, note=_plain(change.note))
    return f"- {_KINDS[change.kind]} {change.element} {name}{statement(note, _code, '→')}"


def _code(text: str) -> str:
    """As code, whatever backticks it holds."""
    text = printable(text)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence, space = "`" * (longest + 1), " " if longest else ""
    return f"{fence}{space}{text}{space}{fence}"


def _plain(text: str) -> str:
    """As words, whatever Markdown would make of it."""
    return _SPECIAL.sub(r"\\\1", printable(text))
