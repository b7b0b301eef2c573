"""Types that came, went or moved: what services, messages, enums and extensions have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from protogen.analysis.diff.change import Change, Mark, mark
from protogen.analysis.diff.files import feature_rules
from protogen.analysis.diff.rules import CALL_GONE, TYPE_GONE

if TYPE_CHECKING:
    from protogen.analysis.diff.schema import Placed, Schema


def come_and_gone(
    element: str,
    old: Mapping[str, Placed[Any]],
    new: Mapping[str, Placed[Any]],
    schemas: tuple[Schema, Schema],
    words: Callable[[Any], str],
) -> Iterator[Change]:
    """Types that one side lacks; those inside a message that came or went go without saying.

    words: what the type consists of, for the reader.
    """
    before, after = schemas
    for name, placed in sorted(old.items()):
        if name not in new and not _inside_one_lost(placed, before, after):
            marks = tuple(_gone(element, placed, after))
            yield Change("removed", element, name, placed.file.name, old=words(placed), marks=marks)
    for name, placed in sorted(new.items()):
        if name not in old and not _inside_one_lost(placed, after, before):
            yield Change("added", element, name, placed.file.name, new=words(placed))


def moved(
    element: str, old: Placed[Any], new: Placed[Any], new_schema: Schema, moved_files: Mapping[str, str]
) -> Iterator[Change]:
    """A type that stands in another file, unless all of its file went there, or the type around it did."""
    was, now = old.file.name, new.file.name
    if was == now or "." in old.local or moved_files.get(was) == now:
        return
    marks = []
    if was in new_schema.files:
        marks.append(mark(f"{element.upper()}_NO_DELETE", old.local))
    note = ""
    left = new_schema.files.get(was)
    if left and now in [left.dependency[index] for index in left.public_dependency]:
        note = "the old file imports the new one publicly"
    # Where the old file is gone, the mark is the file's own.
    if not marks:
        marks.append(Mark(TYPE_GONE, ("source",)))
    yield Change("changed", element, new.name, now, "file", was, now, note, tuple(marks))


def restyled(element: str, old: Placed[Any], new: Placed[Any]) -> Iterator[Change]:
    """What features changed of an enum or message; with a changed syntax the file tells it."""
    if old.file.syntax != new.file.syntax:
        return
    rules = feature_rules(old, new)
    for feature, rule in (("enum_type", "SAME_TYPE"), ("json_format", "SAME_JSON_FORMAT")):
        was, now = (getattr(side.features, feature) for side in (old, new))
        if was != now and (element == "enum" or feature == "json_format"):
            marks = (mark(f"{element.upper()}_{rule}", new.file.name),) if rule in rules else ()
            yield Change(
                "changed", element, new.name, new.file.name, feature, was.lower(), now.lower(), marks=marks
            )


def _inside_one_lost(placed: Placed[Any], side: Schema, other: Schema) -> bool:
    return placed.parent in side.messages and placed.parent not in other.messages


def _gone(element: str, placed: Placed[Any], after: Schema) -> Iterator[Mark]:
    yield Mark(TYPE_GONE, ("source",))
    if element == "service":
        yield Mark(CALL_GONE, ("wire",))
    word = element.upper()
    if placed.file.package not in after.packages:
        yield mark("PACKAGE_NO_DELETE", placed.file.package)
    else:
        yield mark(f"PACKAGE_{word}_NO_DELETE", placed.local)
    if placed.file.name in after.files:
        yield mark(f"{word}_NO_DELETE", placed.local)
