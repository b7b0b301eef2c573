"""Protobuf's wire format: a message cut into its fields, and put together; pure.

For the few fields that are needed where importing protobuf's own runtime, 60 ms, would be most of the work.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

_VARINT, _LENGTH, _GROUP, _END_GROUP = 0, 2, 3, 4
_FIXED = {1: 8, 5: 4}
_MAX_TAG, _MAX_LENGTH, _MAX_VARINT = (1 << 32) - 1, (1 << 31) - 1, (1 << 64) - 1


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields in their order: number, and an int where it is a varint, bytes where it has a length.

    Fields of a fixed width are passed over: nothing that is read here has any.
    Raises ValueError for bytes that are no message, and for groups, which only options of proto2 may hold.
    """
    at, end = 0, len(message)
    while at < end:
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if not number or tag > _MAX_TAG:
            raise ValueError("a field without a number")
        if kind == _LENGTH:
            length, start = _varint(message, at)
            at = start + length
            if at > end or length > _MAX_LENGTH:
                raise ValueError("a field that is cut off")
            yield number, message[start:at]
        elif kind == _VARINT:
            value, at = _varint(message, at)
            yield number, value
        elif kind in _FIXED:
            at += _FIXED[kind]
            if at > end:
                raise ValueError("a field that is cut off")
        else:
            raise ValueError(f"a field of wire type {kind}")


def contents(message: bytes, number: int) -> list[bytes]:
    """What the fields of that number hold that have a length: strings, bytes, messages.

    Raises ValueError for bytes that are no message.
    """
    return [value for each, value in fields(message) if each == number and isinstance(value, bytes)]


def changed(message: bytes, numbers: Collection[int], change: Callable[[bytes], bytes]) -> bytes:
    """The message with another content in those fields of these numbers that have a length.

    Raises ValueError for bytes that are no message.
    """
    return b"".join(
        field(number, change(value) if number in numbers and isinstance(value, bytes) else value)
        for number, value in fields(message)
    )


def pieces(message: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """The fields of every kind in their order: number, the field as it stands, what of a length it holds.

    Put together again, they are the message. Raises ValueError for bytes that are no message.
    """
    at = 0
    while at < len(message):
        tag, inner = _varint(message, at)
        number, start, end = tag >> 3, *_span(message, tag, inner)
        if not number or tag > _MAX_TAG:
            raise ValueError("a field without a number")
        yield number, message[at:end], message[start:end] if tag & 7 == _LENGTH else b""
        at = end


def _span(message: bytes, tag: int, at: int) -> tuple[int, int]:
    """Where the content of a field begins and ends, whose tag ends at `at`; a group with its end."""
    kind = tag & 7
    if kind == _LENGTH:
        length, at = _varint(message, at)
        end = at + length
    elif kind == _VARINT:
        end = _varint(message, at)[1]
    elif kind in _FIXED:
        end = at + _FIXED[kind]
    elif kind == _GROUP:
        end = at
        while True:
            inner, start = _varint(message, end)
            if inner == (tag >> 3) << 3 | _END_GROUP:
                end = start
                break
            end = _span(message, inner, start)[1]
    else:
        raise ValueError(f"a field of wire type {kind}")
    if end > len(message):
        raise ValueError("a field that is cut off")
    return at, end


def varint(value: int) -> bytes:
    """A number from 0 to 2**64 - 1."""
    if value < 128:
        return bytes((value,))
    written = bytearray()
    while value > 127:
        written.append(value & 127 | 128)
        value >>= 7
    written.append(value)
    return bytes(written)


def field(number: int, value: int | bytes) -> bytes:
    """A field: an int as a varint, bytes with their length."""
    if isinstance(value, int):
        return varint(number << 3 | _VARINT) + varint(value)
    return varint(number << 3 | _LENGTH) + varint(len(value)) + value


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """The number that starts there, of at most ten bytes and 64 bits, and where it ends."""
    value = shift = 0
    for byte in message[at : at + 10]:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value & _MAX_VARINT, at + shift // 7
    raise ValueError("a number that doesn't end")
