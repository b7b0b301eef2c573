"""What changed of a field or an extension that kept its number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from protogen.analysis.diff.change import Change, Element
from protogen.protos.features import Features, has_presence, is_packed, of_field

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FieldDescriptorProto

    from protogen.analysis.diff.schema import Schema

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
        words = (word if says else "", "group" if self.kind == "group" else "", self.type)
        return " ".join(filter(None, words))


@dataclass(frozen=True)
class Field:
    """A field or an extension of one side."""

    element: Element
    proto: FieldDescriptorProto
    around: Features
    """The features that hold where it stands."""
    holds: Holding
    oneof: str = ""


def holding(field: FieldDescriptorProto, around: Features, schema: Schema) -> Holding:
    """What a field holds, where these features hold around it; schema knows the entries of maps."""
    kind, of = _NAMES[field.type], field.type_name.removeprefix(".")
    in_oneof = field.HasField("oneof_index") and not field.proto3_optional
    held = of_field(field, around)
    if kind == "message" and of not in schema.entries and held.message_encoding == "DELIMITED":
        kind = "group"
    type_ = of or kind
    if field.label == _REPEATED:
        entry = schema.entries.get(of)
        if entry is None:
            return Holding(kind, type_, "repeated")
        key, value = (holding(each, entry.features, schema).type for each in entry.proto.field)
        return Holding(kind, f"map<{key}, {value}>", "map")
    if held.field_presence == "LEGACY_REQUIRED":
        return Holding(kind, type_, "required")
    return Holding(kind, type_, "explicit" if has_presence(field, around) else "implicit", in_oneof)


def compare_field(old: Field, new: Field, renamed_oneofs: Mapping[str, str]) -> Iterator[Change]:
    """What changed of it; renamed_oneofs only changed their name, which is no change of their fields."""
    changed = new.element.changed
    if old.proto.name != new.proto.name:
        yield changed("name", old.proto.name, new.proto.name)
    elif old.proto.json_name != new.proto.json_name:
        yield changed("JSON name", old.proto.json_name, new.proto.json_name)
    moved = renamed_oneofs.get(old.oneof, old.oneof) != new.oneof
    yield from _held(old, new, moved=moved)
    if moved:
        yield changed("oneof", old.oneof, new.oneof)
    if old.holds == new.holds:
        yield from new.element.differing(*({"packed": _packed(each)} for each in (old, new)))
    if not (old.around.fixed or new.around.fixed) and new.proto.type == new.proto.TYPE_STRING:
        yield from new.element.differing(*({"utf8_validation": _utf8(each)} for each in (old, new)))
    yield from new.element.differing(_options(old.proto), _options(new.proto))


def _held(old: Field, new: Field, *, moved: bool) -> Iterator[Change]:
    before, after = old.holds, new.holds
    cardinalities = {before.cardinality, after.cardinality}
    if (before.type, before.kind) != (after.type, after.kind):
        yield new.element.changed("type", str(before), str(after))
    elif cardinalities == _SINGULAR:
        # A field that enters or leaves a oneof gets or loses its presence by that.
        if not moved:
            yield new.element.changed("presence", before.cardinality, after.cardinality)
    elif len(cardinalities) > 1:
        yield new.element.changed("cardinality", str(before), str(after))


def _packed(field: Field) -> str:
    return str(is_packed(field.proto, field.around)).lower()


def _utf8(field: Field) -> str:
    return of_field(field.proto, field.around).utf8_validation.lower()


def _options(field: FieldDescriptorProto) -> dict[str, str]:
    return {
        "default": (field.default_value or '""') if field.HasField("default_value") else "",
        "jstype": value_name(field.options, "jstype"),
        "ctype": value_name(field.options, "ctype"),
        "deprecated": deprecated(field),
    }


def deprecated(proto: Any) -> str:
    """The option `deprecated` of a declaration, as a proto writes it."""
    return str(proto.options.deprecated).lower()


def value_name(options: Any, option: str) -> str:
    """The name of an option's value, which is of an enum."""
    enum = options.DESCRIPTOR.fields_by_name[option].enum_type
    return str(enum.values_by_number[getattr(options, option)].name)
