"""Comments in a descriptor set, made so that every generator can write them into its code; pure.

protoc takes any bytes in a comment and hands them on. Runtimes then refuse the string, compilers the code.
"""

from __future__ import annotations

import re

from protogen.protos import wire

_FILE, _SOURCE_INFO, _LOCATION = 1, 9, 1
_COMMENTS = frozenset({3, 4, 6})
# No compiler wants control characters in a source, and Go's refuses a byte order mark within one.
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufeff]")
_SUSPECT = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f\x80-\xff]")


def with_legible_comments(descriptor_set: bytes) -> bytes:
    """A serialized FileDescriptorSet whose comments are text: U+FFFD stands for what is none.

    Nothing else changes: strings and defaults may hold any bytes.
    """
    return b"".join(
        wire.field(number, _file(value) if number == _FILE and isinstance(value, bytes) else value)
        for number, value in wire.fields(descriptor_set)
    )


def _file(file: bytes) -> bytes:
    infos = wire.contents(file, _SOURCE_INFO)
    legible = [_info(info) for info in infos]
    if legible == infos:
        return file
    replaced = iter(legible)
    return b"".join(
        wire.field(number, next(replaced) if number == _SOURCE_INFO else value)
        for number, value in wire.fields(file)
    )


def _info(info: bytes) -> bytes:
    return b"".join(
        wire.field(number, _location(value) if number == _LOCATION and isinstance(value, bytes) else value)
        for number, value in wire.fields(info)
    )


def _location(location: bytes) -> bytes:
    return b"".join(
        wire.field(number, _legible(value) if number in _COMMENTS and isinstance(value, bytes) else value)
        for number, value in wire.fields(location)
    )


def _legible(comment: bytes) -> bytes:
    if not _SUSPECT.search(comment):
        return comment
    return _UNWANTED.sub("\ufffd", comment.decode("utf-8", "replace")).encode()
