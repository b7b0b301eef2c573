"""What a field holds: its type and cardinality in words, and which types can follow which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FieldDescriptorProto

    from protogen.changes.schema import Schema

# FieldDescriptorProto.Type, and the two labels that matter.
_NAMES: Final = dict(
    enumerate(
        "double float int64 uint64 int32 fixed64 fixed32 bool string group message bytes uint32 enum "
        "sfixed32 sfixed64 sint32 sint64".split(),
        1,
    )
)
_REQUIRED, _REPEATED = 2, 3

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


def holding(field: FieldDescriptorProto, syntax: str, schema: Schema) -> Holding:
    """What a field of a file of that syntax holds; schema knows the entries of maps."""
    kind, of = _NAMES[field.type], field.type_name.removeprefix(".")
    in_oneof = field.HasField("oneof_index") and not field.proto3_optional
    if field.label == _REPEATED:
        entry = schema.entries.get(of)
        if entry is None:
            return Holding(kind, of, "repeated")
        key, value = (holding(each, syntax, schema).type for each in entry.proto.field)
        return Holding(kind, f"map<{key}, {value}>", "map")
    if field.label == _REQUIRED:
        return Holding(kind, of, "required")
    explicit = syntax != "proto3" or field.proto3_optional or in_oneof or kind in {"message", "group"}
    return Holding(kind, of, "explicit" if explicit else "implicit", in_oneof)


def is_packed(field: FieldDescriptorProto, syntax: str) -> bool:
    """Whether a repeated field's numbers are written in one piece; readers take either."""
    if field.label != _REPEATED or _NAMES[field.type] in {"string", "bytes", "message", "group"}:
        return False
    return field.options.packed if field.options.HasField("packed") else syntax == "proto3"


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
