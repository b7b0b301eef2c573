"""A descriptor set by full names: what two releases are compared by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

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
    """A descriptor and where it stands. local: its name inside the proto package."""

    name: str
    local: str
    file: FileDescriptorProto
    proto: P

    @property
    def simple(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2]

    @property
    def parent(self) -> str:
        """The full name of what it stands in: a message, or the proto package."""
        return self.name.rpartition(".")[0]


@dataclass(frozen=True)
class Schema:
    """All elements of a descriptor set. entries: the messages behind map fields, which count as fields."""

    files: dict[str, FileDescriptorProto] = field(default_factory=dict)
    services: dict[str, Placed[ServiceDescriptorProto]] = field(default_factory=dict)
    messages: dict[str, Placed[DescriptorProto]] = field(default_factory=dict)
    enums: dict[str, Placed[EnumDescriptorProto]] = field(default_factory=dict)
    extensions: dict[str, Placed[FieldDescriptorProto]] = field(default_factory=dict)
    entries: dict[str, Placed[DescriptorProto]] = field(default_factory=dict)

    @property
    def packages(self) -> frozenset[str]:
        """The proto packages that a file declares."""
        return frozenset(file.package for file in self.files.values())


def read(content: bytes, without: Collection[str] = ()) -> Schema:
    """The elements of a serialized FileDescriptorSet, but for the files named in without."""
    from google.protobuf.descriptor_pb2 import FileDescriptorSet

    return of_files(file for file in FileDescriptorSet.FromString(content).file if file.name not in without)


def of_files(files: Iterable[FileDescriptorProto]) -> Schema:
    """The elements of files."""
    schema = Schema()
    for file in files:
        schema.files[file.name] = file
        _add(schema.services, file, "", file.service)
        _add(schema.enums, file, "", file.enum_type)
        _add(schema.extensions, file, "", file.extension)
        _add_messages(schema, file, "", file.message_type)
    return schema


def _add_messages(
    schema: Schema, file: FileDescriptorProto, scope: str, messages: Iterable[DescriptorProto]
) -> None:
    for message in messages:
        inside = f"{scope}{message.name}."
        _add(schema.entries if message.options.map_entry else schema.messages, file, scope, [message])
        _add(schema.enums, file, inside, message.enum_type)
        _add(schema.extensions, file, inside, message.extension)
        _add_messages(schema, file, inside, message.nested_type)


def _add(found: dict[str, Placed[P]], file: FileDescriptorProto, scope: str, protos: Iterable[P]) -> None:
    prefix = f"{file.package}." if file.package else ""
    for proto in protos:
        local = scope + proto.name  # type: ignore[attr-defined]
        found[prefix + local] = Placed(prefix + local, local, file, proto)


def without(content: bytes, names: Collection[str]) -> bytes:
    """A serialized FileDescriptorSet without the files of these names."""
    if not names:
        return content
    from google.protobuf.descriptor_pb2 import FileDescriptorSet

    found = FileDescriptorSet.FromString(content)
    left = [file for file in found.file if file.name not in names]
    return FileDescriptorSet(file=left).SerializeToString(deterministic=True)
