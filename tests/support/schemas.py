"""Descriptors built in a few words, as protoc would have made them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FieldOptions,
    FileDescriptorProto,
    FileDescriptorSet,
    MethodDescriptorProto,
    ServiceDescriptorProto,
)

Element = DescriptorProto | EnumDescriptorProto | ServiceDescriptorProto | FieldDescriptorProto
Member = FieldDescriptorProto | DescriptorProto | EnumDescriptorProto | tuple[FieldDescriptorProto, str]


def field(
    name: str,
    number: int,
    type_: str = "int32",
    label: str = "",
    *,
    json_name: str = "",
    default: str = "",
    extends: str = "",
    **options: Any,
) -> FieldDescriptorProto:
    """A field. type_: a scalar, or `message p.M`, `enum p.E`, `group p.M.G`; label: as a proto has it."""
    kind, _, of = type_.partition(" ")
    words = name.split("_")
    made = FieldDescriptorProto(
        name=name,
        number=number,
        json_name=json_name or words[0] + "".join(word.title() for word in words[1:]),
        type=FieldDescriptorProto.Type.Value(f"TYPE_{kind.upper()}"),
        label=FieldDescriptorProto.Label.Value(f"LABEL_{(label or 'optional').upper()}"),
    )
    if of:
        made.type_name = f".{of}"
    if extends:
        made.extendee = f".{extends}"
    if default:
        made.default_value = default
    if options:
        made.options.CopyFrom(FieldOptions(**options))
    return made


def present(member: FieldDescriptorProto) -> tuple[FieldDescriptorProto, str]:
    """A field that proto3 calls optional; it stands in a oneof that nobody wrote."""
    member.proto3_optional = True
    return member, f"_{member.name}"


def within(oneof: str, *members: FieldDescriptorProto) -> list[tuple[FieldDescriptorProto, str]]:
    """Fields of a oneof."""
    return [(member, oneof) for member in members]


def mapped(name: str, number: int, key: str, value: str, owner: str) -> list[Member]:
    """A map field of the message owner, and the message behind it."""
    entry = message(f"{name.title()}Entry", field("key", 1, key), field("value", 2, value))
    entry.options.map_entry = True
    return [field(name, number, f"message {owner}.{entry.name}", "repeated"), entry]


def message(
    name: str,
    *members: Member,
    reserved: Iterable[tuple[int, int]] = (),
    names: Iterable[str] = (),
    extensions: Iterable[tuple[int, int]] = (),
    deprecated: bool = False,
) -> DescriptorProto:
    """A message of fields, nested types; reserved and extensions are ranges, ends included."""
    made = DescriptorProto(name=name, reserved_name=names)
    for member in members:
        if isinstance(member, DescriptorProto):
            made.nested_type.append(member)
        elif isinstance(member, EnumDescriptorProto):
            made.enum_type.append(member)
        elif isinstance(member, tuple):
            _in_oneof(made, *member)
        else:
            made.field.append(member)
    for low, high in reserved:
        made.reserved_range.add(start=low, end=high + 1)
    for low, high in extensions:
        made.extension_range.add(start=low, end=high + 1)
    if deprecated:
        made.options.deprecated = True
    return made


def enum(
    name: str,
    *values: tuple[str, int],
    reserved: Iterable[tuple[int, int]] = (),
    names: Iterable[str] = (),
    deprecated: Iterable[str] = (),
) -> EnumDescriptorProto:
    """An enum; deprecated names values, or the enum itself."""
    made = EnumDescriptorProto(name=name, reserved_name=names)
    for value, number in values:
        made.value.add(name=value, number=number)
        if value in deprecated:
            made.value[-1].options.deprecated = True
    if len({number for _, number in values}) < len(values):
        made.options.allow_alias = True
    if name in deprecated:
        made.options.deprecated = True
    for low, high in reserved:
        made.reserved_range.add(start=low, end=high)
    return made


def service(name: str, *methods: MethodDescriptorProto, deprecated: bool = False) -> ServiceDescriptorProto:
    made = ServiceDescriptorProto(name=name, method=methods)
    if deprecated:
        made.options.deprecated = True
    return made


def rpc(name: str, takes: str, gives: str, streams: str = "", **options: Any) -> MethodDescriptorProto:
    """An RPC; streams: `client`, `server` or both."""
    made = MethodDescriptorProto(name=name, input_type=f".{takes}", output_type=f".{gives}")
    if "client" in streams:
        made.client_streaming = True
    if "server" in streams:
        made.server_streaming = True
    for key, value in options.items():
        setattr(made.options, key, value)
    return made


def file(
    name: str,
    *elements: Element,
    package: str = "p",
    syntax: str = "proto3",
    public: Iterable[str] = (),
    **options: Any,
) -> FileDescriptorProto:
    made = FileDescriptorProto(name=name, package=package, syntax=syntax if syntax == "proto3" else "")
    for element in elements:
        if isinstance(element, DescriptorProto):
            made.message_type.append(element)
        elif isinstance(element, EnumDescriptorProto):
            made.enum_type.append(element)
        elif isinstance(element, ServiceDescriptorProto):
            made.service.append(element)
        else:
            made.extension.append(element)
    for imported in public:
        made.public_dependency.append(len(made.dependency))
        made.dependency.append(imported)
    for key, value in options.items():
        setattr(made.options, key, value)
    return made


def serialized(*files: FileDescriptorProto) -> bytes:
    """The set of files, in the order of their imports."""
    return FileDescriptorSet(file=files).SerializeToString(deterministic=True)


def _in_oneof(message: DescriptorProto, member: FieldDescriptorProto, oneof: str) -> None:
    names = [each.name for each in message.oneof_decl]
    if oneof not in names:
        message.oneof_decl.add(name=oneof)
        names.append(oneof)
    member.oneof_index = names.index(oneof)
    message.field.append(member)
