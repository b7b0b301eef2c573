"""A change in words, for every way of telling it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protogen.analysis.diff.change import Change, Difference


Quote = Callable[[str], str]

SECTIONS = (
    ("Services", ("service", "rpc")),
    ("Messages", ("message", "field", "oneof", "extension")),
    ("Enums", ("enum", "value")),
    ("Files", ("file",)),
    ("Found by buf", ("finding",)),
)
BROKEN = {"wire": "wire", "json": "JSON", "source": "source"}
# What these elements hold is counted, which is no code.
_COUNTED = {"message", "enum", "file"}
# By element and aspect; an empty element is any.
_ASPECTS = {
    ("", "name"): "renamed from {was}",
    ("file", "file"): "moved from {was}",
    ("", "file"): "moved from {was} to {now}",
    ("", "number"): "renumbered from {was} to {now}",
    ("", "extensions"): "no longer open to extensions {was}",
    ("", "cardinality"): "type {was} {arrow} {now}",
    ("", "signature"): "{was} {arrow} {now}",
    ("file", "types"): "no types any more",
}
_FILES_TOLD = 3


@dataclass(frozen=True)
class Section:
    """The changes of one kind of element, in the order they are told."""

    title: str
    changes: tuple[Change, ...]


def sections(difference: Difference) -> Iterator[Section]:
    """The sections that hold changes. An option that changed in many files is one change here."""
    for title, elements in SECTIONS:
        found = [each for each in difference.changes if each.element in elements]
        if found:
            yield Section(title, tuple(_folded(found)))


def statement(change: Change, quote: Quote = str, arrow: str = "->") -> str:
    """What changed of the element, to follow its name: `: jstype JS_NORMAL -> JS_STRING`."""
    note = printable(change.note)
    if change.element == "finding":
        return f": {note}"
    if change.kind == "changed":
        return f": {_aspect(change, quote, arrow)}" + (f" ({note})" if note else "")
    content = printable(change.new or change.old)
    if change.element == "rpc":
        return f" {quote(content)}"
    if content and change.element not in _COUNTED:
        content = quote(content)
    inside = "; ".join(filter(None, (content, note)))
    return f" ({inside})" if inside else ""


def _aspect(change: Change, quote: Quote, arrow: str) -> str:
    was, now = (quote(printable(each)) if each else "none" for each in (change.old, change.new))
    template = _ASPECTS.get((change.element, change.aspect)) or _ASPECTS.get(("", change.aspect))
    if change.aspect == "reserved":
        template = "no longer reserved: {was}" if change.old else "newly reserved: {now}"
    if change.aspect == "deprecated":
        template = "deprecated" if change.new == "true" else "no longer deprecated"
    return (template or "{aspect} {was} {arrow} {now}").format(
        aspect=change.aspect, was=was, now=now, arrow=arrow
    )


def broken(change: Change) -> str:
    """What a change breaks: `wire, JSON, source`; empty for nothing."""
    return ", ".join(BROKEN[each] for each in change.breaks)


def counts(difference: Difference) -> str:
    """How many changes of which kind, and how many of them break what."""
    kinds = ("added", "removed", "changed")
    if not difference.changes:
        return "no changes"
    told = ", ".join(f"{difference.count(kind)} {kind}" for kind in kinds if difference.count(kind))
    breaking = len(difference.breaking.changes)
    if not breaking:
        return f"{told}; nothing breaks"
    what = ", ".join(f"{word} {difference.breaks(each)}" for each, word in BROKEN.items())
    return f"{told}; {breaking} breaking ({what})"


def printable(text: str) -> str:
    """Text that can't steer a terminal: defaults of fields and names of files are anyone's."""
    return "".join(each if each.isprintable() else "?" for each in text)


def _folded(changes: Sequence[Change]) -> Iterator[Change]:
    """The same changes, but an option that changed in many files told once."""
    alike: dict[tuple[str, tuple[str, ...]], list[Change]] = {}
    for each in changes:
        if each.element == "file" and each.kind == "changed" and each.aspect not in {"file", "types"}:
            alike.setdefault((each.aspect, each.breaks), []).append(each)
    many = {key: found for key, found in alike.items() if len(found) > _FILES_TOLD}
    told = set()
    for each in changes:
        key = each.aspect, each.breaks
        if each.element != "file" or each not in many.get(key, ()):
            yield each
        elif key not in told:
            told.add(key)
            others = len(many[key]) - 1
            yield replace(each, note=f"and in {others} other files")
