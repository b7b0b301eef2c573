"""What a field holds: its type and cardinality in words, and which types can follow which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from protogen.protos.features import Features, has_presence, of_field

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

# Within a group, what one type writes the other reads.
_WIRE_GROUPS = (
    {"int32", "int64", "uint32", "uint64", "bool"},
    {"sint32", "sint64"},
    {"fixed32", "sfixed32"},
    {"fixed64", "sfixed64"},
)
_JSON_GROUPS = ({"int32", "uint32"}, {"int64", "uint64"}, {"fixed32", "sfixed32"}, {"fixed64", "sfixed64"})
# These can be read by the encoding's rules too, if the values are what the other side expects.
_READABLE = ({"enum", "int32"}, {"message", "bytes"})


@dataclass(frozen=True)
class Holding:
    """What a field holds.

    kind: the scalar type, `message`, `enum` or `group`. of: the full name of a message or enum;
    of a map its key and value, as a proto writes it. cardinality: `implicit`, `explicit`,
    `required`, `repeated` or `map`. in_oneof: whether the oneof says so, not the field.
    """

    kind: str
    of: str
    cardinality: str
    in_oneof: bool = False

    @property
    def type(self) -> str:
        """The type's name."""
        return self.of or self.kind

    def __str__(self) -> str:
        says = self.cardinality in {"required", "repeated"}
        says |= self.cardinality == "explicit" and not self.in_oneof and self.kind not in {"message", "group"}
        word = "optional" if self.cardinality == "explicit" else self.cardinality
        words = (word if says else "", "group" if self.kind == "group" else "", self.type)
        return " ".join(filter(None, words))


def holding(field: FieldDescriptorProto, around: Features, schema: Schema) -> Holding:
    """What a field holds, where these features hold around it; schema knows the entries of maps."""
    kind, of = _NAMES[field.type], field.type_name.removeprefix(".")
    in_oneof = field.HasField("oneof_index") and not field.proto3_optional
    held = of_field(field, around)
    if kind == "message" and of not in schema.entries and held.message_encoding == "DELIMITED":
        kind = "group"
    if field.label == _REPEATED:
        entry = schema.entries.get(of)
        if entry is None:
            return Holding(kind, of, "repeated")
        key, value = (holding(each, entry.features, schema).type for each in entry.proto.field)
        return Holding(kind, f"map<{key}, {value}>", "map")
    if held.field_presence == "LEGACY_REQUIRED":
        return Holding(kind, of, "required")
    return Holding(kind, of, "explicit" if has_presence(field, around) else "implicit", in_oneof)


def wire_compatible(old: Holding, new: Holding, old_schema: Schema, new_schema: Schema) -> bool:
    """Whether either side reads what the other writes, as buf sees it."""
    if (old.kind, new.kind) == ("string", "bytes"):
        return True
    return _in_one(old, new, _WIRE_GROUPS) or _wider_enum(old, new, old_schema, new_schema)


def json_compatible(old: Holding, new: Holding, old_schema: Schema, new_schema: Schema) -> bool:
    """Whether either side reads the other's JSON, as buf sees it."""
    return _in_one(old, new, _JSON_GROUPS) or _wider_enum(old, new, old_schema, new_schema)


def readable(old: Holding, new: Holding) -> bool:
    """Whether the encoding lets one be read as the other, though buf calls it a break."""
    return _in_one(old, new, _READABLE)


def _in_one(old: Holding, new: Holding, groups: tuple[set[str], ...]) -> bool:
    return any({old.kind, new.kind} <= group and old.kind != new.kind for group in groups)


def _wider_enum(old: Holding, new: Holding, old_schema: Schema, new_schema: Schema) -> bool:
    if (old.kind, new.kind) != ("enum", "enum"):
        return False
    before, after = old_schema.enums.get(old.of), new_schema.enums.get(new.of)
    if before is None or after is None:
        return False
    values = {(value.name, value.number) for value in after.proto.value}
    return all((value.name, value.number) in values for value in before.proto.value)
