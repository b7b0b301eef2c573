"""The wire is the same: comparing the descriptors of two descriptor sets, whatever made them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    ServiceDescriptorProto,
)

Fact = tuple[str, tuple[object, ...]]


def differences(a: FileDescriptorSet, b: FileDescriptorSet) -> list[str]:
    """What b tells otherwise than a, one line each: of files, messages, fields, enums and services.

    Files that only b has don't count: a runtime's registry holds its own as well. File options,
    JSON names and source info are passed over, since generators change or drop them.
    """
    ours, theirs = {file.name: file for file in a.file}, {file.name: file for file in b.file}
    found = [f"file {name}: missing" for name in ours if name not in theirs]
    for name in ours.keys() & theirs.keys():
        expected, actual = facts(ours[name]), facts(theirs[name])
        for what in expected.keys() | actual.keys():
            if expected.get(what) != actual.get(what):
                found.append(f"{name}: {what}: {expected.get(what)} became {actual.get(what)}")
    return sorted(found)


def facts(file: FileDescriptorProto) -> dict[str, tuple[object, ...]]:
    """All that one file says of the wire, by what it is about."""
    prefix = f"{file.package}." if file.package else ""
    imports = tuple(sorted(file.dependency))
    public = tuple(sorted(file.dependency[index] for index in file.public_dependency))
    return {
        "file": (file.package, file.syntax or "proto2", imports, public),
        **dict(_messages(file.message_type, prefix)),
        **dict(_enums(file.enum_type, prefix)),
        **dict(_services(file.service, prefix)),
        **{f"extension {prefix}{each.name}": _field(each, ()) for each in file.extension},
    }


def _messages(messages: Iterable[DescriptorProto], prefix: str) -> Iterator[Fact]:
    for message in messages:
        name = f"{prefix}{message.name}"
        yield (
            f"message {name}",
            (
                message.options.map_entry,
                message.options.message_set_wire_format,
                tuple((each.start, each.end) for each in message.extension_range),
                tuple((each.start, each.end) for each in message.reserved_range),
                tuple(message.reserved_name),
            ),
        )
        oneofs = tuple(oneof.name for oneof in message.oneof_decl)
        for field in message.field:
            yield f"field {name}.{field.name}", _field(field, oneofs)
        for extension in message.extension:
            yield f"extension {name}.{extension.name}", _field(extension, ())
        yield from _messages(message.nested_type, f"{name}.")
        yield from _enums(message.enum_type, f"{name}.")


def _field(field: FieldDescriptorProto, oneofs: tuple[str, ...]) -> tuple[object, ...]:
    return (
        field.number,
        FieldDescriptorProto.Label.Name(field.label),
        FieldDescriptorProto.Type.Name(field.type),
        field.type_name,
        field.extendee,
        field.default_value,
        field.proto3_optional,
        oneofs[field.oneof_index] if field.HasField("oneof_index") else "",
        field.options.packed if field.options.HasField("packed") else None,
    )


def _enums(enums: Iterable[EnumDescriptorProto], prefix: str) -> Iterator[Fact]:
    for enum in enums:
        yield f"enum {prefix}{enum.name}", (enum.options.allow_alias,)
        for value in enum.value:
            yield f"enum value {prefix}{enum.name}.{value.name}", (value.number,)


def _services(services: Iterable[ServiceDescriptorProto], prefix: str) -> Iterator[Fact]:
    for service in services:
        yield f"service {prefix}{service.name}", ()
        for method in service.method:
            yield (
                f"method {prefix}{service.name}.{method.name}",
                (method.input_type, method.output_type, method.client_streaming, method.server_streaming),
            )
