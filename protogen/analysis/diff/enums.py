"""The enums of both sides, matched by full name, and their values, matched by number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protogen.analysis.diff.change import Change, Mark, mark
from protogen.analysis.diff.fields import deprecation, reservation
from protogen.analysis.diff.ranges import Reserved, holds
from protogen.analysis.diff.rules import VALUE_RENUMBERED
from protogen.analysis.diff.types import come_and_gone, moved, restyled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from google.protobuf.descriptor_pb2 import EnumDescriptorProto

    from protogen.analysis.diff.schema import Placed, Schema

    Enum = Placed[EnumDescriptorProto]


def compare_enums(old: Schema, new: Schema, moved_files: Mapping[str, str]) -> Iterator[Change]:
    """What changed among enums; moved_files are told of as files."""
    yield from come_and_gone("enum", old.enums, new.enums, (old, new), _words)
    for name in sorted(old.enums.keys() & new.enums.keys()):
        before, after = old.enums[name], new.enums[name]
        yield from moved("enum", before, after, new, moved_files)
        yield from _values(before, after)
        yield from restyled("enum", before, after)
        yield from _options(before, after)


def _words(enum: Enum) -> str:
    count = len(enum.proto.value)
    return "1 value" if count == 1 else f"{count} values"


def _by_number(enum: Enum) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for value in enum.proto.value:
        found.setdefault(value.number, []).append(value.name)
    return found


def _values(old: Enum, new: Enum) -> Iterator[Change]:
    before, after = _by_number(old), _by_number(new)
    old_numbers, new_numbers = (
        {name: number for number, names in side.items() for name in names} for side in (before, after)
    )
    for number, names in sorted(before.items()):
        if number in after:
            yield from _same_number(new, number, names, after[number])
            continue
        for name in names:
            if name in new_numbers:
                yield _renumbered(new, name, number, new_numbers[name])
            else:
                yield _removed(new, name, number)
    for number, names in sorted(after.items()):
        for name in names:
            if number not in before and name not in old_numbers:
                yield _change("added", new, name, new=str(number))


def _same_number(enum: Enum, number: int, before: list[str], after: list[str]) -> Iterator[Change]:
    lost = [name for name in before if name not in after]
    fresh = [name for name in after if name not in before]
    renamed = mark("ENUM_VALUE_SAME_NAME", enum.simple, str(number))
    if len(lost) == len(fresh) == 1:
        yield _change("changed", enum, fresh[0], "name", lost[0], fresh[0], marks=(renamed,))
        return
    kept = next((name for name in after if name in before), after[0])
    for name in lost:
        yield _change("removed", enum, name, old=str(number), note=f"{kept} stays", marks=(renamed,))
    for name in fresh:
        note = f"an alias of {kept}" if name != kept else ""
        yield _change("added", enum, name, new=str(number), note=note)


def _gone_marks(enum: Enum, name: str, number: int) -> tuple[tuple[Mark, ...], str]:
    """The marks of a number that no value has any more, and what is reserved of it."""
    ranges = [(each.start, each.end) for each in enum.proto.reserved_range]
    by_number, by_name = holds(ranges, number), name in enum.proto.reserved_name
    subject = enum.simple, str(number)
    marks = [mark("ENUM_VALUE_NO_DELETE", *subject)]
    if not by_number:
        marks.append(mark("ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED", *subject))
    if not by_name:
        marks.append(mark("ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED", *subject))
    return tuple(marks), reservation(by_number, by_name)


def _removed(enum: Enum, name: str, number: int) -> Change:
    marks, note = _gone_marks(enum, name, number)
    return _change("removed", enum, name, old=str(number), note=note, marks=marks)


def _renumbered(enum: Enum, name: str, old: int, new: int) -> Change:
    marks, _ = _gone_marks(enum, name, old)
    marks = (Mark(VALUE_RENUMBERED, ("wire",)), *marks)
    return _change("changed", enum, name, "number", str(old), str(new), marks=marks)


def _options(old: Enum, new: Enum) -> Iterator[Change]:
    numbers = {value.number for value in new.proto.value}
    gone = {value.name: value.number for value in old.proto.value if value.number not in numbers}
    before, after = (
        Reserved(tuple((each.start, each.end) for each in side.reserved_range), tuple(side.reserved_name))
        for side in (old.proto, new.proto)
    )
    if lost := before.beyond(after):
        broken = mark("RESERVED_ENUM_NO_DELETE", new.simple)
        yield _whole(new, "reserved", lost, "", (broken,))
    if fresh := after.beyond(before, gone):
        yield _whole(new, "reserved", "", fresh)
    if old.proto.options.deprecated != new.proto.options.deprecated:
        yield _whole(new, "deprecated", *deprecation(old.proto, new.proto))
    values = {value.name: value for value in old.proto.value}
    for value in new.proto.value:
        was = values.get(value.name)
        if was is not None and was.options.deprecated != value.options.deprecated:
            words = deprecation(was, value)
            yield _change("changed", new, value.name, "deprecated", *words)


def _whole(enum: Enum, aspect: str, old: str, new: str, marks: tuple[Mark, ...] = ()) -> Change:
    return Change("changed", "enum", enum.name, enum.file.name, aspect, old, new, marks=marks)


def _change(
    kind: str,
    enum: Enum,
    value: str,
    aspect: str = "",
    old: str = "",
    new: str = "",
    note: str = "",
    marks: tuple[Mark, ...] = (),
) -> Change:
    name = f"{enum.name}.{value}"
    return Change(kind, "value", name, enum.file.name, aspect, old, new, note, marks)
