"""A descriptor set by full names: what two releases are compared by."""

from __future__ import annotations

from collections.abc import Collection, Iterable
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
    """A descriptor and where it stands. local: its name inside the proto package.

    around: the features that hold where it stands.
    """

    name: str
    local: str
    file: FileDescriptorProto
    proto: P
    around: Features

    @property
    def features(self) -> Features:
        """What holds inside of it."""
        return self.around.within(self.proto.options)  # type: ignore[attr-defined]

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
        around = of_file(file)
        _add(schema.services, file, "", file.service, around)
        _add(schema.enums, file, "", file.enum_type, around)
        _add(schema.extensions, file, "", file.extension, around)
        _add_messages(schema, file, "", file.message_type, around)
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
    found: dict[str, Placed[P]],
    file: FileDescriptorProto,
    scope: str,
    protos: Iterable[P],
    around: Features,
) -> None:
    prefix = f"{file.package}." if file.package else ""
    for proto in protos:
        local = scope + proto.name  # type: ignore[attr-defined]
        found[prefix + local] = Placed(prefix + local, local, file, proto, around)


def without(content: bytes, names: Collection[str]) -> bytes:
    """A serialized FileDescriptorSet without the files of these names."""
    if not names:
        return content
    from google.protobuf.descriptor_pb2 import FileDescriptorSet

    found = FileDescriptorSet.FromString(content)
    left = [file for file in found.file if file.name not in names]
    return FileDescriptorSet(file=left).SerializeToString(deterministic=True)
