"""The fields of a message on both sides, matched by number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from protogen.analysis.diff import field_types, ranges
from protogen.analysis.diff.change import Change, Mark, mark
from protogen.analysis.diff.rules import FIELD_RENUMBERED
from protogen.protos.features import Features, is_packed, of_field

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto
    from google.protobuf.message import Message

    from protogen.analysis.diff.field_types import Holding
    from protogen.analysis.diff.schema import Placed, Schema


_TYPE_RULES = (
    "FIELD_SAME_TYPE",
    "FIELD_WIRE_COMPATIBLE_TYPE",
    "FIELD_WIRE_JSON_COMPATIBLE_TYPE",
    "FIELD_SAME_CARDINALITY",
)
_UTF8 = ("FIELD_SAME_UTF8_VALIDATION", "FIELD_SAME_JAVA_UTF8_VALIDATION")
_REQUIRED = "MESSAGE_SAME_REQUIRED_FIELDS"


@dataclass(frozen=True)
class Field:
    """A field of one side. element: `field` or `extension`; owner: the simple name of its message.

    around: the features that hold where it stands.
    """

    element: str
    name: str
    owner: str
    file: str
    proto: FieldDescriptorProto
    around: Features
    holds: Holding
    oneof: str
    schema: Schema

    @property
    def subject(self) -> tuple[str, str]:
        """What buf names it by."""
        return self.owner, str(self.proto.number)

    def change(self, kind: str, aspect: str = "", old: str = "", new: str = "", *marks: Mark) -> Change:
        """A change of this field."""
        return Change(kind, self.element, self.name, self.file, aspect, old, new, marks=marks)

    def mark(self, rule: str, *, claimed: bool = True) -> Mark:
        """A mark of this field by one of buf's rules."""
        return mark(rule, *self.subject, claimed=claimed)


def compare_fields(
    old: Placed[DescriptorProto],
    new: Placed[DescriptorProto],
    old_schema: Schema,
    new_schema: Schema,
    renamed_oneofs: Mapping[str, str],
) -> Iterator[Change]:
    """What changed among the fields of a message, by number.

    renamed_oneofs: oneofs that only changed their name, which is no change of their fields.
    """
    before, after = _fields(old, old_schema), _fields(new, new_schema)
    reborn = {field.proto.name: field for number, field in after.items() if number not in before}
    told = set()
    for number, field in before.items():
        if number in after:
            yield from compare_field(field, after[number], renamed_oneofs)
        elif field.proto.name in reborn:
            told.add(reborn[field.proto.name].proto.number)
            yield _renumbered(field, reborn[field.proto.name], new.proto)
        else:
            yield _removed(field, new.proto)
    for number, field in after.items():
        if number not in before and number not in told:
            yield added(field)


def added(field: Field) -> Change:
    """A field that is new; it breaks those who don't know it only where it is required."""
    marks = (field.mark(_REQUIRED),) if field.holds.cardinality == "required" else ()
    return field.change("added", "", "", f"{field.holds} = {field.proto.number}", *marks)


def compare_field(old: Field, new: Field, renamed_oneofs: Mapping[str, str]) -> Iterator[Change]:
    """What changed of a field that kept its number."""
    before, after = old.proto, new.proto
    if before.name != after.name:
        yield _renamed(old, new)
    elif before.json_name != after.json_name:
        same_json = new.mark("FIELD_SAME_JSON_NAME")
        yield new.change("changed", "JSON name", before.json_name, after.json_name, same_json)
    moved = renamed_oneofs.get(old.oneof, old.oneof) != new.oneof
    held_otherwise = (
        old.holds.type != new.holds.type
        or old.holds.kind != new.holds.kind
        or old.holds.cardinality != new.holds.cardinality
    )
    only_presence = moved and {old.holds.cardinality, new.holds.cardinality} <= {"implicit", "explicit"}
    if held_otherwise and not (only_presence and old.holds.type == new.holds.type):
        yield _held_otherwise(old, new)
    if moved:
        marks = [new.mark("FIELD_SAME_ONEOF"), *_cardinality_marks(old, new)]
        yield new.change("changed", "oneof", old.oneof or "none", new.oneof or "none", *marks)
    yield from _options(old, new)


def _fields(message: Placed[DescriptorProto], schema: Schema) -> dict[int, Field]:
    oneofs = [oneof.name for oneof in message.proto.oneof_decl]
    around, found = message.features, {}
    for proto in sorted(message.proto.field, key=lambda each: each.number):
        holds = field_types.holding(proto, around, schema)
        found[proto.number] = Field(
            "field",
            f"{message.name}.{proto.name}",
            message.simple,
            message.file.name,
            proto,
            around,
            holds,
            oneofs[proto.oneof_index] if holds.in_oneof else "",
            schema,
        )
    return found


def _removed(field: Field, message: DescriptorProto) -> Change:
    number, name = field.proto.number, field.proto.name
    reserved_number = ranges.holds(((each.start, each.end - 1) for each in message.reserved_range), number)
    reserved_name = name in message.reserved_name
    marks = [field.mark("FIELD_NO_DELETE")]
    if not reserved_number:
        marks.append(field.mark("FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED"))
    if not reserved_name:
        marks.append(field.mark("FIELD_NO_DELETE_UNLESS_NAME_RESERVED"))
    gone = field.change("removed", "", f"{field.holds} = {number}", "", *marks, *_required(field, None))
    return replace(gone, note=reservation(reserved_number, reserved_name), marks=gone.marks + _entry(field))


def reservation(number: bool, name: bool) -> str:
    """What of a removed field or value can't be used again."""
    if number and name:
        return "number and name are reserved"
    if not number and not name:
        return "neither number nor name is reserved"
    return "the number is reserved, the name isn't" if number else "the name is reserved, the number isn't"


def _renumbered(old: Field, new: Field, message: DescriptorProto) -> Change:
    gone = _removed(old, message)
    marks = (
        Mark(FIELD_RENUMBERED, ("wire",)),
        *(each for each in gone.marks if each.rule != _REQUIRED),
        *_required(old, new),
    )
    was = f", before {old.holds}" if str(old.holds) != str(new.holds) else ""
    change = new.change("changed", "number", str(old.proto.number), str(new.proto.number), *marks)
    return replace(change, note=f"{new.holds}{was}")


def _renamed(old: Field, new: Field) -> Change:
    marks = [new.mark("FIELD_SAME_NAME")]
    if old.proto.json_name != new.proto.json_name:
        marks.append(new.mark("FIELD_SAME_JSON_NAME"))
    if old.holds.cardinality == new.holds.cardinality == "map" and old.holds.of == new.holds.of:
        # The entries' message has the field's name; what it holds is the same.
        marks += (*(_silent(new.mark(rule)) for rule in _TYPE_RULES), *_entry(old))
    return new.change("changed", "name", old.proto.name, new.proto.name, *marks)


def _held_otherwise(old: Field, new: Field) -> Change:
    before, after = old.holds, new.holds
    schemas = old.schema, new.schema
    marks = list(_cardinality_marks(old, new))
    if (before.type, before.kind) != (after.type, after.kind):
        if before.cardinality == after.cardinality == "map":
            return new.change("changed", "type", str(before), str(after), *_map_marks(old, new))
        marks.append(new.mark("FIELD_SAME_TYPE"))
        if not field_types.json_compatible(before, after, *schemas):
            marks.append(new.mark("FIELD_WIRE_JSON_COMPATIBLE_TYPE"))
        if not field_types.wire_compatible(before, after, *schemas):
            unsure = field_types.readable(before, after)
            marks.append(new.mark("FIELD_WIRE_COMPATIBLE_TYPE", claimed=not unsure))
        if before.cardinality == "map":
            marks += _entry(old)
        return new.change("changed", "type", str(before), str(after), *marks)
    presence = {before.cardinality, after.cardinality} == {"implicit", "explicit"}
    if presence:
        return new.change("changed", "presence", before.cardinality, after.cardinality, *marks)
    return new.change("changed", "cardinality", str(before), str(after), *marks)


def _cardinality_marks(old: Field, new: Field) -> Iterator[Mark]:
    before, after = old.holds.cardinality, new.holds.cardinality
    if before == after:
        return
    yield new.mark("FIELD_SAME_CARDINALITY")
    if {before, after} <= {"implicit", "explicit"}:
        return
    yield new.mark("FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY")
    if {before, after} != {"map", "repeated"}:
        yield new.mark("FIELD_WIRE_COMPATIBLE_CARDINALITY")
    yield from _required(old, new)


def _required(old: Field, new: Field | None) -> tuple[Mark, ...]:
    """A mark where a message needs a field that one side may not send."""
    before = old.holds.cardinality == "required"
    after = new is not None and new.holds.cardinality == "required"
    return (old.mark(_REQUIRED),) if before != after else ()


def _map_marks(old: Field, new: Field) -> Iterator[Mark]:
    """The marks of a map whose entries hold something else.

    buf finds that in the entries' fields, but in the field where its name, and so theirs, changed too.
    """
    before, after = (side.schema.entries[side.proto.type_name.removeprefix(".")] for side in (old, new))
    pairs = zip(_fields(before, old.schema).values(), _fields(after, new.schema).values(), strict=True)
    held = (each for was, now in pairs for change in compare_field(was, now, {}) for each in change.marks)
    if before.name == after.name:
        yield from held
        return
    yield from (replace(each, subject=new.subject) for each in held)
    yield from (*(_silent(new.mark(rule)) for rule in _TYPE_RULES), *_entry(old))


def _entry(field: Field) -> tuple[Mark, ...]:
    """What buf may say of the message behind a map: nothing but what is told of the field."""
    entry = field.schema.entries.get(field.proto.type_name.removeprefix("."))
    if entry is None:
        return ()
    gone = (mark(rule, entry.local) for rule in ("MESSAGE_NO_DELETE", "PACKAGE_MESSAGE_NO_DELETE"))
    held = (mark(rule, entry.simple, number) for rule in _TYPE_RULES for number in ("1", "2"))
    return tuple(_silent(each) for each in (*gone, *held))


def _silent(rule: Mark) -> Mark:
    """A mark that breaks nothing, so that buf's finding of it is no more than known."""
    return replace(rule, breaks=(), claimed=False)


def _options(old: Field, new: Field) -> Iterator[Change]:
    before, after = old.proto, new.proto
    packed = [is_packed(side.proto, side.around) for side in (old, new)]
    if packed[0] != packed[1] and old.holds == new.holds:
        was, now = (str(each).lower() for each in packed)
        yield new.change("changed", "packed", was, now)
    was, now = (of_field(side.proto, side.around).utf8_validation.lower() for side in (old, new))
    if was != now and not (old.around.fixed or new.around.fixed) and after.type == after.TYPE_STRING:
        # buf names the file, as for what a syntax decides.
        yield new.change("changed", "utf8_validation", was, now, *(mark(rule, new.file) for rule in _UTF8))
    if (before.HasField("default_value"), before.default_value) != (
        after.HasField("default_value"),
        after.default_value,
    ):
        marks = [new.mark("FIELD_SAME_DEFAULT")]
        yield new.change("changed", "default", before.default_value, after.default_value, *marks)
    for option, rule in (("jstype", "FIELD_SAME_JSTYPE"), ("ctype", "FIELD_SAME_CPP_STRING_TYPE")):
        was, now = (value_name(each.options, option) for each in (before, after))
        if was != now:
            yield new.change("changed", option, was, now, new.mark(rule))
    if before.options.deprecated != after.options.deprecated:
        yield new.change("changed", "deprecated", *deprecation(before, after))


def deprecation(old: object, new: object) -> tuple[str, str]:
    """The option `deprecated` on both sides, as a proto writes it."""
    was, now = (str(each.options.deprecated).lower() for each in (old, new))  # type: ignore[attr-defined]
    return was, now


def value_name(options: Message, option: str) -> str:
    """The name of an option's value, which is of an enum."""
    enum = options.DESCRIPTOR.fields_by_name[option].enum_type
    return str(enum.values_by_number[getattr(options, option)].name)  # type: ignore[union-attr]
