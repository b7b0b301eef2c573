"""Outline: what planning needs to know of a descriptor set, as plain values that load fast."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from protogen.protos import wire
from protogen.protos.features import EDITIONS, Features, edition_name, has_presence, of_file

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import (
        DescriptorProto,
        EnumDescriptorProto,
        FieldDescriptorProto,
        FileDescriptorProto,
    )

# Of java_features.proto: the extension of FeatureSet, and its field nest_in_file_class with the value YES.
_JAVA_FEATURES, _YES = 1001, (5, 2)
# Of go_features.proto: the extension of FeatureSet, and its field api_level.
_GO_FEATURES, _API_LEVEL = 1002, 2
_PLACING_OPTIONS = ("go_package", "java_package", "java_outer_classname")
_BOOLEAN_OPTIONS = ("java_multiple_files", "java_generic_services", "cc_generic_services")


class Method(msgspec.Struct, frozen=True):
    """An RPC; input and output are full message names without the leading dot."""

    name: str
    input: str
    output: str
    client_streaming: bool = False
    server_streaming: bool = False


class Service(msgspec.Struct, frozen=True):
    """A service and its RPCs."""

    name: str
    methods: tuple[Method, ...]


class Field(msgspec.Struct, frozen=True, omit_defaults=True):
    """A field of a message, or an extension."""

    name: str
    kind: str = "string"
    """The proto keyword of its type, or `message`, `enum`, `group`."""
    type: str = ""
    """The full name of what such a one refers to, for a map that of its values."""
    number: int = 0
    repeated: bool = False
    map: bool = False
    oneof: str = ""
    """The name of the one that it is part of."""
    synthetic: bool = False
    """Whether that one isn't written: it stands for proto3's `optional`."""
    default: bool = False
    default_value: str = ""
    """The name of an enum's value that it has where none is set, if it is said."""
    presence: bool = False
    """Whether the message knows if it is set; only where that decides which methods Go has."""


class Type(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message or enum as declared, without entries of maps: values are an enum's, the rest a message's."""

    name: str
    kind: str
    nested: tuple[Type, ...] = ()
    fields: tuple[Field, ...] = ()
    values: tuple[str, ...] = ()
    oneofs: tuple[str, ...] = ()
    extensions: tuple[Field, ...] = ()
    aliases: tuple[str, ...] = ()
    """An enum's values whose number an earlier one has."""
    extendable: bool = False
    """Whether a message has extension ranges."""
    message_set: bool = False
    """Whether a message is on the wire as those were that proto1 had in place of extensions."""
    alike_in_json: bool = False
    """Whether a field of a message has the name in JSON that another has there, or another or a oneof has in
    the proto."""
    in_file_class: bool = False
    """Whether Java's class for it is to stand in that of its file, as edition 2024 can say of each."""
    go_api: str = ""
    """`hybrid` or `opaque` for a message that Go gives that API; empty for the open one."""


def all_types(types: Iterable[Type], prefix: str = "") -> Iterator[tuple[str, Type]]:
    """Every message and enum at any depth, outer ones first, by its path in the file."""
    for type_ in types:
        path = f"{prefix}{type_.name}"
        yield path, type_
        yield from all_types(type_.nested, f"{path}.")


class File(msgspec.Struct, frozen=True, omit_defaults=True):
    """One file of the set."""

    name: str
    package: str
    dependencies: tuple[str, ...]
    types: tuple[Type, ...]
    services: tuple[Service, ...]
    extensions: tuple[Field, ...] = ()
    options: dict[str, str] = {}
    """Those that place generated code or ask for more of it, where declared."""
    public: tuple[str, ...] = ()
    syntax: str = ""
    """As the descriptor has it; empty for proto2."""
    edition: str = ""
    """The one that the file is written in; empty for a syntax."""

    @property
    def directory(self) -> str:
        """The folder part of the name; empty for the top."""
        return self.name.rpartition("/")[0]


class Outline(msgspec.Struct, frozen=True, dict=True):
    """All files of a set, imports before importers."""

    files: tuple[File, ...]

    @property
    def newest(self) -> File | None:
        """The first file of the highest edition; None where all have a syntax."""
        return max((file for file in self.files if file.edition), key=lambda file: file.edition, default=None)

    def file_of(self, message: str) -> File | None:
        """The file that declares a message by its full name."""
        end = len(message)
        while end > 0:
            if found := self._declaring.get(message[:end]):
                return found
            end = message.rfind(".", 0, end)
        return None

    @cached_property
    def _declaring(self) -> dict[str, File]:
        """The file of each type that is in no other, by the type's full name."""
        return {
            f"{file.package}.{type_.name}" if file.package else type_.name: file
            for file in reversed(self.files)
            for type_ in file.types
        }


def outline_of(content: bytes) -> Outline:
    """The outline of a serialized FileDescriptorSet."""
    from google.protobuf.descriptor_pb2 import FileDescriptorSet

    return Outline(tuple(_outline_file(file) for file in FileDescriptorSet.FromString(content).file))


def _outline_file(file: FileDescriptorProto) -> File:
    around = of_file(file)
    options = {
        # The runtime gives bytes for a string that isn't UTF-8.
        option.name: value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        for option, value in file.options.ListFields()
        if option.name in _PLACING_OPTIONS
    }
    options |= {name: "true" for name in _BOOLEAN_OPTIONS if getattr(file.options, name)}
    return File(
        name=file.name,
        package=file.package,
        dependencies=tuple(file.dependency),
        types=_types(file.message_type, file.enum_type, _go_api(file.options, _default_go_api(file)), around),
        services=tuple(
            Service(
                service.name,
                tuple(
                    Method(
                        method.name,
                        method.input_type.removeprefix("."),
                        method.output_type.removeprefix("."),
                        method.client_streaming,
                        method.server_streaming,
                    )
                    for method in service.method
                ),
            )
            for service in file.service
        ),
        extensions=tuple(map(_plain_field, file.extension)),
        options=options,
        public=tuple(file.dependency[index] for index in file.public_dependency),
        syntax=file.syntax,
        edition=edition_name(file.edition) if file.syntax == EDITIONS else "",
    )


def _types(
    messages: Iterable[DescriptorProto],
    enums: Iterable[EnumDescriptorProto],
    go_api: str,
    around: Features,
) -> tuple[Type, ...]:
    """The types as declared; go_api and around: what holds for those that say nothing of their own."""
    found = []
    for message in messages:
        if not message.options.map_entry:
            api, held = _go_api(message.options, go_api), around.within(message.options)
            found.append(
                Type(
                    message.name,
                    "message",
                    nested=_types(message.nested_type, message.enum_type, api, held),
                    fields=_fields(message, held if api else None),
                    oneofs=tuple(oneof.name for oneof in message.oneof_decl),
                    extensions=tuple(map(_plain_field, message.extension)),
                    extendable=bool(message.extension_range),
                    message_set=message.options.message_set_wire_format,
                    alike_in_json=_alike_in_json(message),
                    in_file_class=_in_file_class(message),
                    go_api=api,
                )
            )
    found += [
        Type(
            enum.name,
            "enum",
            values=tuple(value.name for value in enum.value),
            aliases=_aliases(enum),
            in_file_class=_in_file_class(enum),
        )
        for enum in enums
    ]
    return tuple(found)


def _aliases(enum: EnumDescriptorProto) -> tuple[str, ...]:
    firsts: dict[int, str] = {}
    return tuple(
        value.name for value in enum.value if firsts.setdefault(value.number, value.name) != value.name
    )


def _alike_in_json(message: DescriptorProto) -> bool:
    others = {each.name for each in message.field} | {each.name for each in message.oneof_decl}
    names = [each.json_name for each in message.field if each.json_name not in {"", each.name}]
    return len({*names}) < len(names) or not others.isdisjoint(names)


def _in_file_class(declared: DescriptorProto | EnumDescriptorProto) -> bool:
    """Whether the feature `(pb.java).nest_in_file_class` says so."""
    return any(_YES in wire.fields(java) for java in _language_features(declared.options, _JAVA_FEATURES))


def _default_go_api(file: FileDescriptorProto) -> str:
    return "opaque" if file.syntax == EDITIONS and edition_name(file.edition) >= "2024" else ""


def _go_api(options: Any, around: str) -> str:
    """What the feature `(pb.go).api_level` says, else what holds around: `hybrid`, `opaque`, or empty."""
    for go in _language_features(options, _GO_FEATURES):
        for number, value in wire.fields(go):
            if number == _API_LEVEL and value:
                around = {2: "hybrid", 3: "opaque"}.get(int(value), "")
    return around


def _language_features(options: Any, number: int) -> list[bytes]:
    """The extensions of a declaration's features by number, which no runtime here need know."""
    if "features" not in options.DESCRIPTOR.fields_by_name or not options.HasField("features"):
        return []
    return wire.contents(options.features.SerializeToString(), number)


def _fields(message: DescriptorProto, held: Features | None) -> tuple[Field, ...]:
    """The fields of a message; held: the features inside it, where it counts which have presence."""
    entries = {entry.name: entry for entry in message.nested_type if entry.options.map_entry}
    found = []
    for field in message.field:
        plain = _plain_field(field)
        entry = entries.get(field.type_name.rpartition(".")[2]) if plain.repeated else None
        if entry:
            value = _plain_field(entry.field[1])
            plain = msgspec.structs.replace(plain, kind=value.kind, type=value.type, map=True)
        if field.HasField("oneof_index"):
            plain = msgspec.structs.replace(
                plain, oneof=message.oneof_decl[field.oneof_index].name, synthetic=field.proto3_optional
            )
        if held and has_presence(field, held):
            plain = msgspec.structs.replace(plain, presence=True)
        found.append(plain)
    return tuple(found)


def _plain_field(field: FieldDescriptorProto) -> Field:
    return Field(
        field.name,
        kind=field.Type.Name(field.type).removeprefix("TYPE_").lower(),
        type=field.type_name.removeprefix("."),
        number=field.number,
        repeated=field.label == field.LABEL_REPEATED,
        default=field.HasField("default_value"),
        default_value=field.default_value if field.type == field.TYPE_ENUM else "",
    )
