"""What messages and enums consist of: fields, oneofs and values, and what they reserve."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from protogen.analysis.diff.change import Change
from protogen.analysis.diff.elements import Element, Schema
from protogen.analysis.diff.fields import compare_field, deprecated, holding, is_in_oneof

Ranges = list[tuple[int, int]]
"""Numbers from and to, both included."""


def compare_message(old: Element, new: Element, schemas: tuple[Schema, Schema]) -> Iterator[Change]:
    """What changed inside a message."""
    before, after = _oneofs(old.proto), _oneofs(new.proto)
    fresh = {tuple(numbers): name for name, numbers in after.items() if name not in before}
    renamed = {
        name: fresh[tuple(numbers)]
        for name, numbers in before.items()
        if name not in after and tuple(numbers) in fresh
    }
    yield from _compare_fields(old, new, schemas, renamed)
    for name in before:
        if name in renamed:
            yield new.member("oneof", renamed[name]).changed("name", name, renamed[name])
        elif name not in after:
            yield new.member("oneof", name).removed()
    for name in after:
        if name not in before and name not in renamed.values():
            yield new.member("oneof", name).added()
    numbers = {field.number for field in new.proto.field}
    gone = {field.name: field.number for field in old.proto.field if field.number not in numbers}
    yield from _reserved(old, new, gone)
    extensible = [[(each.start, each.end - 1) for each in side.proto.extension_range] for side in (old, new)]
    if closed := minus(*extensible):
        yield new.changed("extensions", ranges_text(closed), "")
    yield from new.differing(old, deprecated)


def _oneofs(message: Any) -> dict[str, list[int]]:
    """The numbers of each oneof's fields, sorted."""
    found = defaultdict(list)
    for field in message.field:
        if is_in_oneof(field):
            found[message.oneof_decl[field.oneof_index].name].append(field.number)
    return {name: sorted(numbers) for name, numbers in found.items()}


def _compare_fields(
    old: Element, new: Element, schemas: tuple[Schema, Schema], renamed: Mapping[str, str]
) -> Iterator[Change]:
    """What changed among fields, by number; one whose name has another number is renumbered."""
    before, after = _fields(old), _fields(new)
    fresh = {field.proto.name: field for number, field in after.items() if number not in before}
    for number, field in before.items():
        again = fresh.pop(field.proto.name, None) if number not in after else None
        if number in after:
            was = _oneof(old, field)
            oneofs = renamed.get(was, was), _oneof(new, after[number])
            yield from compare_field(field, after[number], schemas, oneofs)
            continue
        held = holding(field, schemas[0])
        if again:
            holds = holding(again, schemas[1])
            was = f", before {held}" if str(held) != str(holds) else ""
            yield again.changed("number", str(number), str(again.proto.number), f"{holds}{was}")
        else:
            yield field.removed(f"{held} = {number}", _reservation(number, field.proto.name, new))
    for field in fresh.values():
        yield field.added(f"{holding(field, schemas[1])} = {field.proto.number}")


def _fields(message: Element) -> dict[int, Element]:
    ordered = sorted(message.proto.field, key=lambda each: each.number)
    return {each.number: message.member("field", each.name, each) for each in ordered}


def _oneof(message: Element, field: Element) -> str:
    found = is_in_oneof(field.proto)
    return message.proto.oneof_decl[field.proto.oneof_index].name if found else ""


def compare_enum(old: Element, new: Element) -> Iterator[Change]:
    """What changed inside an enum."""
    yield from _values(old, new)
    numbers = {value.number for value in new.proto.value}
    gone = {value.name: value.number for value in old.proto.value if value.number not in numbers}
    yield from _reserved(old, new, gone)
    yield from new.differing(old, deprecated)
    before = {value.name: value for value in old.proto.value}
    for value in new.proto.value:
        was = old.member("value", value.name, before.get(value.name, value))
        yield from new.member("value", value.name, value).differing(was, deprecated)


def _values(old: Element, new: Element) -> Iterator[Change]:
    """What changed among values, by number; one whose name has another number is renumbered."""
    before, after = _names_by_number(old.proto), _names_by_number(new.proto)
    old_names = {value.name for value in old.proto.value}
    new_numbers = {value.name: value.number for value in new.proto.value}
    for number, names in sorted(before.items()):
        if number in after:
            yield from _same_number(new, number, names, after[number])
            continue
        for name in names:
            if name in new_numbers:
                yield new.member("value", name).changed("number", str(number), str(new_numbers[name]))
            else:
                yield new.member("value", name).removed(str(number), _reservation(number, name, new))
    for number, names in sorted(after.items()):
        for name in names:
            if number not in before and name not in old_names:
                yield new.member("value", name).added(str(number))


def _names_by_number(enum: Any) -> dict[int, list[str]]:
    found = defaultdict(list)
    for value in enum.value:
        found[value.number].append(value.name)
    return found


def _same_number(enum: Element, number: int, before: list[str], after: list[str]) -> Iterator[Change]:
    lost = [name for name in before if name not in after]
    fresh = [name for name in after if name not in before]
    if len(lost) == len(fresh) == 1:
        yield enum.member("value", fresh[0]).changed("name", lost[0], fresh[0])
        return
    stays = next((name for name in after if name in before), after[0])
    for name in lost:
        yield enum.member("value", name).removed(str(number), f"{stays} stays")
    for name in fresh:
        yield enum.member("value", name).added(str(number), f"an alias of {stays}" if name != stays else "")


def _reserved_ranges(side: Element) -> Ranges:
    # A message's ranges end behind their last number, an enum's with it.
    past_end = 1 if side.kind == "message" else 0
    return [(each.start, each.end - past_end) for each in side.proto.reserved_range]


def _reservation(number: int, name: str, new: Element) -> str:
    """What of a removed field or value can't be used again."""
    by_number = any(low <= number <= high for low, high in _reserved_ranges(new))
    return {
        (True, True): "number and name are reserved",
        (True, False): "the number is reserved, the name isn't",
        (False, True): "the name is reserved, the number isn't",
        (False, False): "neither number nor name is reserved",
    }[by_number, name in new.proto.reserved_name]


def _reserved(old: Element, new: Element, gone: Mapping[str, int]) -> Iterator[Change]:
    """What is reserved no longer, and what newly; what is of a removed member goes without saying."""
    before, after = _reserved_ranges(old), _reserved_ranges(new)
    old_names, new_names = list(old.proto.reserved_name), list(new.proto.reserved_name)
    lost = [f'"{name}"' for name in old_names if name not in new_names]
    fresh = [f'"{name}"' for name in new_names if name not in old_names and name not in gone]
    if text := _joined(minus(before, after), lost):
        yield new.changed("reserved", text, "")
    if text := _joined(minus(after, [*before, *((number, number) for number in gone.values())]), fresh):
        yield new.changed("reserved", "", text)


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
