"""Messages of a set with every field set, for proofs that generated code reads and writes all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor, FieldDescriptor
    from google.protobuf.descriptor_pool import DescriptorPool

# How deep messages in messages are filled: recursive ones have no end.
_DEPTH = 2


def samples(descriptor_set: bytes, files: Collection[str]) -> str:
    """A line for each message of these files: its full name, and the serialized message in hexadecimal.

    A message with oneofs has as many lines as it takes to have each of their fields in one.
    """
    pool = _pool(descriptor_set)
    found = (
        (message.full_name, content)
        for name in sorted(files)
        for message in pool.FindFileByName(name).message_types_by_name.values()
        for message in _with_nested(message)
        for content in _contents(message)
    )
    return "".join(f"{name} {content.hex()}\n" for name, content in found)


def differing(descriptor_set: bytes, before: str, after: str) -> list[str]:
    """The messages whose lines don't say the same; fields have no order. All where a line is missing."""
    pool = _pool(descriptor_set)
    one, other = ([line.split(" ") for line in text.splitlines()] for text in (before, after))
    if [name for name, *_ in one] != [name for name, *_ in other]:
        return sorted({name for name, *_ in one})
    same = (_parsed(pool, *first) == _parsed(pool, *second) for first, second in zip(one, other, strict=True))
    return sorted({name for (name, *_), equal in zip(one, same, strict=True) if not equal})


def _pool(descriptor_set: bytes) -> DescriptorPool:
    from google.protobuf.descriptor_pb2 import FileDescriptorSet
    from google.protobuf.descriptor_pool import DescriptorPool

    pool = DescriptorPool()
    for file in FileDescriptorSet.FromString(descriptor_set).file:
        pool.AddSerializedFile(file.SerializeToString())
    return pool


def _parsed(pool: DescriptorPool, name: str, content: str) -> Any:
    """The message; None where it can't be read."""
    from google.protobuf.message import DecodeError
    from google.protobuf.message_factory import GetMessageClass

    message = GetMessageClass(pool.FindMessageTypeByName(name))()
    try:
        message.ParseFromString(bytes.fromhex(content))
    except (DecodeError, ValueError):
        return None
    return message


def _with_nested(descriptor: Descriptor) -> Iterator[Descriptor]:
    if not descriptor.GetOptions().map_entry:
        yield descriptor
        for nested in descriptor.nested_types:
            yield from _with_nested(nested)


def _contents(descriptor: Descriptor) -> Iterator[bytes]:
    from google.protobuf.message_factory import GetMessageClass

    for variant in range(max((len(each.fields) for each in descriptor.oneofs), default=1)):
        message = GetMessageClass(descriptor)()
        _fill(message, variant, _DEPTH)
        yield message.SerializePartialToString(deterministic=True)


def _fill(message: Any, variant: int, depth: int) -> None:
    """variant: which of each oneof's fields is set."""
    for field in message.DESCRIPTOR.fields:
        oneof = field.containing_oneof
        if oneof and oneof.fields[variant % len(oneof.fields)].number != field.number:
            continue
        value = getattr(message, field.name)
        if field.message_type and field.message_type.GetOptions().map_entry:
            _fill_map(value, field.message_type, variant, depth)
        elif field.message_type and depth:
            inner = value.add() if hasattr(value, "add") else value
            if inner is value:
                inner.SetInParent()
            _fill(inner, variant, depth - 1)
        elif hasattr(value, "extend") and not field.message_type:
            value.extend([_scalar(field)] * 2)
        elif not field.message_type:
            setattr(message, field.name, _scalar(field))
    for name in () if depth else message.FindInitializationErrors():
        _fill(getattr(message, name), variant, depth)


def _fill_map(entries: Any, entry: Descriptor, variant: int, depth: int) -> None:
    key, value = _scalar(entry.fields_by_name["key"]), entry.fields_by_name["value"]
    if not value.message_type:
        entries[key] = _scalar(value)
    elif depth:
        _fill(entries[key], variant, depth - 1)


def _scalar(field: FieldDescriptor) -> Any:
    """A value that is no default and, where it can be, negative: other types would read another."""
    if field.enum_type:
        return max((value.number for value in field.enum_type.values), key=abs)
    if field.type == field.TYPE_BYTES:
        return b"\xff"
    kinds: dict[int, Any] = {field.CPPTYPE_STRING: "x", field.CPPTYPE_BOOL: True}
    kinds |= dict.fromkeys((field.CPPTYPE_FLOAT, field.CPPTYPE_DOUBLE), 1.5)
    kinds |= dict.fromkeys((field.CPPTYPE_UINT32, field.CPPTYPE_UINT64), 5)
    return kinds.get(field.cpp_type, -5)
