"""What changed of a field or an extension that kept its number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from protogen.analysis.diff.change import Change
from protogen.analysis.diff.elements import ENTRY, Element, Schema
from protogen.protos.features import has_presence, is_packed, of_field

# FieldDescriptorProto.Type, and the label that matters.
_NAMES: Final = dict(
    enumerate(
        "double float int64 uint64 int32 fixed64 fixed32 bool string group message bytes uint32 enum "
        "sfixed32 sfixed64 sint32 sint64".split(),
        1,
    )
)
_REPEATED = 3
_SINGULAR = {"implicit", "explicit"}


@dataclass(frozen=True)
class Holding:
    """What a field holds."""

    kind: str
    """The scalar type, `message`, `enum` or `group`."""
    type: str
    """The type's name: of a message or enum in full, of a map its key and value, as a proto writes it."""
    cardinality: str
    """`implicit`, `explicit`, `required`, `repeated` or `map`."""
    in_oneof: bool = False
    """Whether the oneof says so, not the field."""

    def __str__(self) -> str:
        says = self.cardinality in {"required", "repeated"}
        says |= self.cardinality == "explicit" and not self.in_oneof and self.kind not in {"message", "group"}
        word = "optional" if self.cardinality == "explicit" else self.cardinality
        parts = (word if says else "", "group" if self.kind == "group" else "", self.type)
        return " ".join(filter(None, parts))


def holding(field: Element, schema: Schema) -> Holding:
    """What a field holds; schema knows the entries of maps."""
    proto, entries = field.proto, schema.types[ENTRY]
    kind, of = _NAMES[proto.type], proto.type_name.removeprefix(".")
    held = of_field(proto, field.around)
    if kind == "message" and of not in entries and held.message_encoding == "DELIMITED":
        kind = "group"
    type_ = of or kind
    if proto.label == _REPEATED:
        if of not in entries:
            return Holding(kind, type_, "repeated")
        parts = (entries[of].member("field", each.name, each) for each in entries[of].proto.field)
        key, value = (holding(each, schema).type for each in parts)
        return Holding(kind, f"map<{key}, {value}>", "map")
    if held.field_presence == "LEGACY_REQUIRED":
        return Holding(kind, type_, "required")
    cardinality = "explicit" if has_presence(proto, field.around) else "implicit"
    return Holding(kind, type_, cardinality, in_oneof=is_in_oneof(proto))


def is_in_oneof(field: Any) -> bool:
    """Whether it is in a oneof that a proto writes, not one that only stands for `optional`."""
    return field.HasField("oneof_index") and not field.proto3_optional


def compare_field(
    old: Element, new: Element, schemas: tuple[Schema, Schema], oneofs: tuple[str, str] = ("", "")
) -> Iterator[Change]:
    """What changed of it; oneofs: those that it was in and is in, by the name that these have now."""
    was, now = old.proto, new.proto
    before, after = (holding(side, schema) for side, schema in zip((old, new), schemas, strict=True))
    moved = oneofs[0] != oneofs[1]
    if was.name != now.name:
        yield new.changed("name", was.name, now.name)
    elif was.json_name != now.json_name:
        yield new.changed("JSON name", was.json_name, now.json_name)
    cardinalities = {before.cardinality, after.cardinality}
    if (before.type, before.kind) != (after.type, after.kind):
        yield new.changed("type", str(before), str(after))
    elif cardinalities == _SINGULAR:
        # A field that enters or leaves a oneof gets or loses its presence by that.
        if not moved:
            yield new.changed("presence", before.cardinality, after.cardinality)
    elif len(cardinalities) > 1:
        yield new.changed("cardinality", str(before), str(after))
    if moved:
        yield new.changed("oneof", *oneofs)
    if before == after:
        yield from new.differing(old, _packed)
    if not (old.around.fixed or new.around.fixed) and now.type == now.TYPE_STRING:
        yield from new.differing(old, _utf8)
    yield from new.differing(old, _options)


def _packed(field: Element) -> Mapping[str, str]:
    return {"packed": str(is_packed(field.proto, field.around)).lower()}


def _utf8(field: Element) -> Mapping[str, str]:
    return {"utf8_validation": of_field(field.proto, field.around).utf8_validation.lower()}


def _options(field: Element) -> Mapping[str, str]:
    proto = field.proto
    return {
        "default": (proto.default_value or '""') if proto.HasField("default_value") else "",
        "jstype": value_name(proto.options, "jstype"),
        "ctype": value_name(proto.options, "ctype"),
        **deprecated(field),
    }


def deprecated(element: Element) -> dict[str, str]:
    """The option of that name, as a proto writes it."""
    return {"deprecated": str(element.proto.options.deprecated).lower()}


def value_name(options: Any, option: str) -> str:
    """The name of an option's value, which is of an enum."""
    enum = options.DESCRIPTOR.fields_by_name[option].enum_type
    return str(enum.values_by_number[getattr(options, option)].name)
