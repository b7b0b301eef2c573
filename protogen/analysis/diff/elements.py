"""A descriptor set by full names: the declarations that two releases are compared by."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from protogen.analysis.diff.change import Change
from protogen.protos.features import Features, of_file

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

TYPES = ("service", "message", "extension", "enum")
"""The kinds of what a file declares, in the order of telling."""
ENTRY = "entry"
"""The kind of the message behind a map field, which counts as the field."""


@dataclass(frozen=True)
class Element:
    """A declaration where it stands, and the changes of it."""

    kind: str
    """As Change has it, or ENTRY."""
    name: str
    """In full."""
    file: FileDescriptorProto
    proto: Any
    """Its descriptor; None for a oneof."""
    around: Features
    """The features that hold where it stands."""

    @property
    def features(self) -> Features:
        """What holds inside of it."""
        return self.around.within(self.proto.options)

    @property
    def parent(self) -> str:
        """The full name of what it stands in: a message, or the proto package."""
        return self.name.rpartition(".")[0]

    def member(self, kind: str, name: str, proto: Any = None) -> Element:
        """What stands in it: a field, oneof, value or RPC."""
        return Element(kind, f"{self.name}.{name}", self.file, proto, self.features)

    def added(self, content: str = "", note: str = "") -> Change:
        """It came, with this content."""
        return Change("added", self.kind, self.name, self.file.name, new=content, note=note)

    def removed(self, content: str = "", note: str = "") -> Change:
        """It went, with this content."""
        return Change("removed", self.kind, self.name, self.file.name, old=content, note=note)

    def changed(self, aspect: str, old: str, new: str, note: str = "") -> Change:
        """One side of it is another now."""
        return Change("changed", self.kind, self.name, self.file.name, aspect, old, new, note)

    def differing(self, old: Element, aspects: Callable[[Element], Mapping[str, str]]) -> Iterator[Change]:
        """A change for each aspect that has another value than it had."""
        now = aspects(self)
        for aspect, was in aspects(old).items():
            if was != now[aspect]:
                yield self.changed(aspect, was, now[aspect])


@dataclass(frozen=True)
class Schema:
    """All that a descriptor set declares."""

    files: dict[str, Element] = field(default_factory=dict)
    types: dict[str, dict[str, Element]] = field(
        default_factory=lambda: {kind: {} for kind in (*TYPES, ENTRY)}
    )
    """By kind and full name."""


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
        scope, around = f"{file.package}." if file.package else "", of_file(file)
        schema.files[file.name] = Element("file", file.name, file, file, around)
        _add(schema, "service", file.service, file, scope, around)
        _add_inside(schema, file, file.message_type, file, scope, around)
    return schema


def _add_inside(
    schema: Schema,
    outer: Any,
    messages: Iterable[Any],
    file: FileDescriptorProto,
    scope: str,
    around: Features,
) -> None:
    """Add what stands in a file or a message, messages with all that stands in them."""
    _add(schema, "enum", outer.enum_type, file, scope, around)
    _add(schema, "extension", outer.extension, file, scope, around)
    for message in messages:
        if message.options.map_entry:
            # What a map holds is never delimited, whatever the file says.
            _add(schema, ENTRY, [message], file, scope, replace(around, message_encoding="LENGTH_PREFIXED"))
        else:
            _add(schema, "message", [message], file, scope, around)
        inside = around.within(message.options)
        _add_inside(schema, message, message.nested_type, file, f"{scope}{message.name}.", inside)


def _add(
    schema: Schema,
    kind: str,
    protos: Iterable[Any],
    file: FileDescriptorProto,
    scope: str,
    around: Features,
) -> None:
    for proto in protos:
        schema.types[kind][scope + proto.name] = Element(kind, scope + proto.name, file, proto, around)
