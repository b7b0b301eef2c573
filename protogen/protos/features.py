"""The features of declarations, as editions have them and as syntaxes stand for them; pure.

Source of the rules: protobuf's docs/design/editions/protobuf-editions-for-schema-producers.md, and
InferLegacyProtoFeatures in its descriptor.cc.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto

# Of FieldDescriptorProto: the labels and types that say what features say in editions.
_REQUIRED, _REPEATED, _GROUP, _MESSAGE = 2, 3, 10, 11
_NEVER_PACKED = frozenset({9, _GROUP, _MESSAGE, 12})
EDITIONS: Final = "editions"
"""What stands for the syntax of a file that is written in an edition."""
# As descriptor.proto numbers them.
_NUMBERS = {1000: "2023", 1001: "2024", 1002: "2026"}


def edition_name(number: int) -> str:
    """An edition as protos write it; empty for none."""
    return _NUMBERS.get(number, str(number) if number else "")


@dataclass(frozen=True)
class Features:
    """What holds for a declaration; each value is the name that descriptor.proto has for it."""

    field_presence: str = "EXPLICIT"
    enum_type: str = "OPEN"
    repeated_field_encoding: str = "PACKED"
    utf8_validation: str = "VERIFY"
    message_encoding: str = "LENGTH_PREFIXED"
    json_format: str = "ALLOW"
    fixed: bool = False
    """Whether the file's syntax says so, and no declaration can say otherwise."""

    def within(self, options: Any) -> Features:
        """What holds inside a declaration with these options: its own word, else what held around it."""
        # Runtimes from before editions know no such option, and compile no file that could have it.
        if self.fixed or not options.HasField("features"):
            return self
        said = {
            field.name: field.enum_type.values_by_number[value].name
            for field, value in options.features.ListFields()
            if field.name in _NAMES
        }
        return replace(self, **said) if said else self


_NAMES = frozenset(Features.__dataclass_fields__) - {"fixed"}
# Edition 2024 changed nothing of these.
_DEFAULTS = {
    "proto2": Features(
        enum_type="CLOSED",
        repeated_field_encoding="EXPANDED",
        utf8_validation="NONE",
        json_format="LEGACY_BEST_EFFORT",
        fixed=True,
    ),
    "proto3": Features(field_presence="IMPLICIT", fixed=True),
    EDITIONS: Features(),
}


def of_file(file: FileDescriptorProto) -> Features:
    """What holds in the file for declarations that say nothing of their own."""
    return _DEFAULTS[file.syntax or "proto2"].within(file.options)


def of_field(field: FieldDescriptorProto, around: Features) -> Features:
    """What holds for a field; around: for what it stands in.

    A file with a syntax says the same by labels, types and options.
    """
    if not around.fixed:
        return around.within(field.options)
    found = around
    if field.label == _REQUIRED:
        found = replace(found, field_presence="LEGACY_REQUIRED")
    elif field.proto3_optional:
        found = replace(found, field_presence="EXPLICIT")
    if field.type == _GROUP:
        found = replace(found, message_encoding="DELIMITED")
    if field.options.HasField("packed"):
        found = replace(found, repeated_field_encoding="PACKED" if field.options.packed else "EXPANDED")
    return found


def has_presence(field: FieldDescriptorProto, around: Features) -> bool:
    """Whether a message knows if the field is set, so that HasField can be asked for it."""
    if field.label == _REPEATED:
        return False
    if field.type in {_GROUP, _MESSAGE} or field.HasField("oneof_index") or field.HasField("extendee"):
        return True
    return of_field(field, around).field_presence != "IMPLICIT"


def is_packed(field: FieldDescriptorProto, around: Features) -> bool:
    """Whether a repeated field's numbers are written in one piece; readers take either."""
    if field.label != _REPEATED or field.type in _NEVER_PACKED:
        return False
    return of_field(field, around).repeated_field_encoding == "PACKED"
