"""What messages and enums consist of: fields, oneofs and values, and what they reserve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from protogen.analysis.diff.change import Change, Element
from protogen.analysis.diff.fields import Field, compare_field, deprecated, holding

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto

    from protogen.analysis.diff.schema import Placed, Schema

    Message = Placed[DescriptorProto]
    Enum = Placed[EnumDescriptorProto]

Ranges = list[tuple[int, int]]
"""Numbers from and to, both included."""


def compare_message(old: Message, new: Message, schemas: tuple[Schema, Schema]) -> Iterator[Change]:
    """What changed inside a message."""
    renamed = _renamed_oneofs(old.proto, new.proto)
    before, after = (_fields(side, schema) for side, schema in zip((old, new), schemas, strict=True))
    yield from _compare_fields(before, after, new.proto, renamed)
    yield from _oneofs(old, new, renamed)
    message = Element("message", new.name, new.file.name)
    gone = {field.proto.name: number for number, field in before.items() if number not in after}
    yield from _reserved(message, old, new, gone, past_end=1)
    extensible = [[(each.start, each.end - 1) for each in side.proto.extension_range] for side in (old, new)]
    if closed := minus(*extensible):
        yield message.changed("extensions", ranges_text(closed), "")
    yield from message.differing({"deprecated": deprecated(old.proto)}, {"deprecated": deprecated(new.proto)})


def _fields(message: Message, schema: Schema) -> dict[int, Field]:
    found = {}
    for proto in sorted(message.proto.field, key=lambda each: each.number):
        holds = holding(proto, message.features, schema)
        oneof = message.proto.oneof_decl[proto.oneof_index].name if holds.in_oneof else ""
        element = Element("field", f"{message.name}.{proto.name}", message.file.name)
        found[proto.number] = Field(element, proto, message.features, holds, oneof)
    return found


def _compare_fields(
    before: Mapping[int, Field],
    after: Mapping[int, Field],
    message: DescriptorProto,
    renamed_oneofs: Mapping[str, str],
) -> Iterator[Change]:
    """What changed among fields, by number; one whose name has another number is renumbered."""
    fresh = {field.proto.name: field for number, field in after.items() if number not in before}
    for number, field in before.items():
        again = fresh.get(field.proto.name)
        if number in after:
            yield from compare_field(field, after[number], renamed_oneofs)
        elif again:
            del fresh[field.proto.name]
            was = f", before {field.holds}" if str(field.holds) != str(again.holds) else ""
            note = f"{again.holds}{was}"
            yield again.element.changed("number", str(number), str(again.proto.number), note)
        else:
            ranges = [(each.start, each.end - 1) for each in message.reserved_range]
            note = _reservation(number, field.proto.name, ranges, message.reserved_name)
            yield field.element.removed(f"{field.holds} = {number}", note)
    for field in fresh.values():
        yield field.element.added(f"{field.holds} = {field.proto.number}")


def _oneof_numbers(message: DescriptorProto) -> dict[str, list[int]]:
    """The numbers of each oneof's fields; those that only stand for `optional` are left out."""
    found: dict[str, list[int]] = {}
    for field in message.field:
        if field.HasField("oneof_index") and not field.proto3_optional:
            found.setdefault(message.oneof_decl[field.oneof_index].name, []).append(field.number)
    return {name: sorted(numbers) for name, numbers in found.items()}


def _renamed_oneofs(old: DescriptorProto, new: DescriptorProto) -> dict[str, str]:
    """Oneofs whose fields are in one of another name now."""
    before, after = _oneof_numbers(old), _oneof_numbers(new)
    fresh = {tuple(numbers): name for name, numbers in after.items() if name not in before}
    matches = {name: fresh.get(tuple(numbers), "") for name, numbers in before.items() if name not in after}
    return {name: match for name, match in matches.items() if match}


def _oneofs(old: Message, new: Message, renamed: Mapping[str, str]) -> Iterator[Change]:
    def oneof(name: str) -> Element:
        return Element("oneof", f"{new.name}.{name}", new.file.name)

    before, after = _oneof_numbers(old.proto), _oneof_numbers(new.proto)
    for name in before:
        if name in renamed:
            yield oneof(renamed[name]).changed("name", name, renamed[name])
        elif name not in after:
            yield oneof(name).removed()
    for name in after:
        if name not in before and name not in renamed.values():
            yield oneof(name).added()


def compare_enum(old: Enum, new: Enum) -> Iterator[Change]:
    """What changed inside an enum."""
    yield from _values(old, new)
    enum = Element("enum", new.name, new.file.name)
    numbers = {value.number for value in new.proto.value}
    gone = {value.name: value.number for value in old.proto.value if value.number not in numbers}
    yield from _reserved(enum, old, new, gone, past_end=0)
    yield from enum.differing({"deprecated": deprecated(old.proto)}, {"deprecated": deprecated(new.proto)})
    before = {value.name: deprecated(value) for value in old.proto.value}
    for value in new.proto.value:
        was = {"deprecated": before.get(value.name, deprecated(value))}
        yield from _value(new, value.name).differing(was, {"deprecated": deprecated(value)})


def _value(enum: Enum, name: str) -> Element:
    return Element("value", f"{enum.name}.{name}", enum.file.name)


def _values(old: Enum, new: Enum) -> Iterator[Change]:
    """What changed among values, by number; one whose name has another number is renumbered."""
    before, after = _names_by_number(old.proto), _names_by_number(new.proto)
    old_names = {value.name for value in old.proto.value}
    new_numbers = {value.name: value.number for value in new.proto.value}
    ranges = [(each.start, each.end) for each in new.proto.reserved_range]
    for number, names in sorted(before.items()):
        if number in after:
            yield from _same_number(new, number, names, after[number])
            continue
        for name in names:
            if name in new_numbers:
                yield _value(new, name).changed("number", str(number), str(new_numbers[name]))
            else:
                note = _reservation(number, name, ranges, new.proto.reserved_name)
                yield _value(new, name).removed(str(number), note)
    for number, names in sorted(after.items()):
        for name in names:
            if number not in before and name not in old_names:
                yield _value(new, name).added(str(number))


def _names_by_number(enum: EnumDescriptorProto) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for value in enum.value:
        found.setdefault(value.number, []).append(value.name)
    return found


def _same_number(enum: Enum, number: int, before: list[str], after: list[str]) -> Iterator[Change]:
    lost = [name for name in before if name not in after]
    fresh = [name for name in after if name not in before]
    if len(lost) == len(fresh) == 1:
        yield _value(enum, fresh[0]).changed("name", lost[0], fresh[0])
        return
    stays = next((name for name in after if name in before), after[0])
    for name in lost:
        yield _value(enum, name).removed(str(number), f"{stays} stays")
    for name in fresh:
        yield _value(enum, name).added(str(number), f"an alias of {stays}" if name != stays else "")


def _reservation(number: int, name: str, ranges: Ranges, names: Iterable[str]) -> str:
    """What of a removed field or value can't be used again."""
    by_number, by_name = any(low <= number <= high for low, high in ranges), name in names
    return {
        (True, True): "number and name are reserved",
        (True, False): "the number is reserved, the name isn't",
        (False, True): "the name is reserved, the number isn't",
        (False, False): "neither number nor name is reserved",
    }[by_number, by_name]


def _reserved(
    element: Element, old: Message | Enum, new: Message | Enum, gone: Mapping[str, int], *, past_end: int
) -> Iterator[Change]:
    """What is reserved no longer, and what newly; what is of a removed member goes without saying.

    past_end: how far a range's end lies behind its last number.
    """
    before, after = (
        [(each.start, each.end - past_end) for each in side.proto.reserved_range] for side in (old, new)
    )
    old_names, new_names = list(old.proto.reserved_name), list(new.proto.reserved_name)
    lost = [f'"{name}"' for name in old_names if name not in new_names]
    fresh = [f'"{name}"' for name in new_names if name not in old_names and name not in gone]
    if words := _joined(minus(before, after), lost):
        yield element.changed("reserved", words, "")
    if words := _joined(minus(after, [*before, *((number, number) for number in gone.values())]), fresh):
        yield element.changed("reserved", "", words)


def _joined(ranges: Ranges, names: list[str]) -> str:
    return ", ".join(filter(None, [ranges_text(ranges), *names]))


def minus(ranges: Ranges, others: Ranges) -> Ranges:
    """What is in ranges and not in others, in order and in as few ranges as can be."""
    left: Ranges = []
    for low, high in sorted(ranges):
        if left and low <= left[-1][1] + 1:
            left[-1] = (left[-1][0], max(high, left[-1][1]))
        else:
            left.append((low, high))
    for low, high in others:
        parts = [
            part for start, end in left for part in ((start, min(end, low - 1)), (max(start, high + 1), end))
        ]
        left = [(start, end) for start, end in parts if start <= end]
    return left


def ranges_text(ranges: Ranges) -> str:
    """As a proto writes them: `2, 5 to 7`."""
    return ", ".join(str(low) if low == high else f"{low} to {high}" for low, high in ranges)
