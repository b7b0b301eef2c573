"""A descriptor set by full names: what two releases are compared by."""

from __future__ import annotations

from collections.abc import Collection, Iterable, MutableMapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Generic, TypeVar

from protogen.protos.features import Features, of_file

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import (
        DescriptorProto,
        EnumDescriptorProto,
        FieldDescriptorProto,
        FileDescriptorProto,
        ServiceDescriptorProto,
    )


P = TypeVar("P")


@dataclass(frozen=True)
class Placed(Generic[P]):
    """A descriptor and where it stands."""

    name: str
    """In full."""
    file: FileDescriptorProto
    proto: P
    around: Features
    """The features that hold where it stands."""

    @property
    def features(self) -> Features:
        """What holds inside of it."""
        return self.around.within(self.proto.options)  # type: ignore[attr-defined]

    @property
    def parent(self) -> str:
        """The full name of what it stands in: a message, or the proto package."""
        return self.name.rpartition(".")[0]


@dataclass(frozen=True)
class Schema:
    """All elements of a descriptor set, by their full names."""

    files: dict[str, FileDescriptorProto] = field(default_factory=dict)
    services: dict[str, Placed[ServiceDescriptorProto]] = field(default_factory=dict)
    messages: dict[str, Placed[DescriptorProto]] = field(default_factory=dict)
    enums: dict[str, Placed[EnumDescriptorProto]] = field(default_factory=dict)
    extensions: dict[str, Placed[FieldDescriptorProto]] = field(default_factory=dict)
    entries: dict[str, Placed[DescriptorProto]] = field(default_factory=dict)
    """The messages behind map fields, which count as the fields."""


def without(content: bytes, names: Collection[str]) -> bytes:
    """A serialized FileDescriptorSet without the files of these names."""
    if not names:
        return content
    from google.protobuf.descriptor_pb2 import FileDescriptorSet

    found = FileDescriptorSet.FromString(content)
    left = [file for file in found.file if file.name not in names]
    return FileDescriptorSet(file=left).SerializeToString(deterministic=True)


def read(content: bytes) -> Schema:
    """The elements of a serialized FileDescriptorSet."""
    from google.protobuf.descriptor_pb2 import FileDescriptorSet

    schema = Schema()
    for file in FileDescriptorSet.FromString(content).file:
        schema.files[file.name] = file
        scope, around = f"{file.package}." if file.package else "", of_file(file)
        _add(schema.services, file, scope, file.service, around)
        _add(schema.enums, file, scope, file.enum_type, around)
        _add(schema.extensions, file, scope, file.extension, around)
        _add_messages(schema, file, scope, file.message_type, around)
    return schema


def _add_messages(
    schema: Schema,
    file: FileDescriptorProto,
    scope: str,
    messages: Iterable[DescriptorProto],
    around: Features,
) -> None:
    for message in messages:
        inside, held = f"{scope}{message.name}.", around.within(message.options)
        if message.options.map_entry:
            # What a map holds is never delimited, whatever the file says.
            prefixed = replace(around, message_encoding="LENGTH_PREFIXED")
            _add(schema.entries, file, scope, [message], prefixed)
        else:
            _add(schema.messages, file, scope, [message], around)
        _add(schema.enums, file, inside, message.enum_type, held)
        _add(schema.extensions, file, inside, message.extension, held)
        _add_messages(schema, file, inside, message.nested_type, held)


def _add(
    found: MutableMapping[str, Placed[P]],
    file: FileDescriptorProto,
    scope: str,
    protos: Iterable[P],
    around: Features,
) -> None:
    for proto in protos:
        name = scope + proto.name  # type: ignore[attr-defined]
        found[name] = Placed(name, file, proto, around)
