from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest, Version
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet
from hypothesis import example, given, settings
from hypothesis import strategies as st

from protogen.protos import wire
from tests.support.drawn_sets import sets

NUMBERS = st.integers(1, 2**29 - 1)
VALUES = st.integers(0, 2**64 - 1) | st.binary(max_size=300)
VARINT, FIXED64, LENGTH, START, END, FIXED32 = range(6)


def as_protobuf_reads(content: bytes) -> list[tuple[int, int, object]]:
    """Number, wire type and value of each field, as of a message that knows none of them."""
    unknown: Any = UnknownFieldSet(Empty.FromString(content))
    return [(each.field_number, each.wire_type, each.data) for each in unknown]


@settings(max_examples=500)
@given(st.binary(max_size=40))
@example(b"\x0b\x10\x07\x1b\x1c\x0c\x10\x01")
@example(b"\x0b\x10\x07\x1c")
@example(b"\x0b\x10\x07")
@example(b"\x09" + b"12345678" + b"\x0d" + b"1234" + b"\x10\x07")
def test_fields_of_every_kind_are_cut_out_whole_or_refused(content: bytes) -> None:
    try:
        read = list(wire.pieces(content))
    except ValueError:
        return
    assert b"".join(piece for _, piece, _ in read) == content
    if of_a_message(content):
        assert [number for number, _, _ in read] == [number for number, _, _ in as_protobuf_reads(content)]


def of_a_message(content: bytes) -> bool:
    try:
        Empty.FromString(content)
    except DecodeError:
        return False
    return True


@given(st.lists(st.tuples(NUMBERS, VALUES), max_size=8))
def test_what_is_put_together_is_read_alike_by_protobuf(given_fields: list[tuple[int, int | bytes]]) -> None:
    content = b"".join(wire.field(number, value) for number, value in given_fields)
    assert list(wire.fields(content)) == given_fields
    assert [(number, value) for number, _, value in as_protobuf_reads(content)] == given_fields


@settings(max_examples=500)
@given(st.binary(max_size=40))
@example(b"\x08" + b"\xff" * 9 + b"\x01")
@example(b"\x08" + b"\xff" * 9 + b"\x02")
@example(b"\x08" + b"\xff" * 10 + b"\x01")
@example(b"\x00\x01")
@example(b"\x09" + b"12345678" + b"\x0d" + b"1234" + b"\x10\x07")
@example(b"\x0d123")
@example(b"\x0a\x02x")
def test_any_bytes_are_read_as_protobuf_reads_them_or_refused(content: bytes) -> None:
    try:
        read = list(wire.fields(content))
    except ValueError:
        # Groups, and with some runtimes the number 0, are the only things that protobuf would have read.
        if of_a_message(content):
            assert any(kind == START or not number for number, kind, _ in as_protobuf_reads(content))
        return
    assert of_a_message(content)
    expected = [
        (number, value) for number, kind, value in as_protobuf_reads(content) if kind in {VARINT, LENGTH}
    ]
    assert read == expected


@given(sets())
def test_a_set_taken_apart_and_put_together_is_the_same(content: bytes) -> None:
    files = FileDescriptorSet.FromString(content).file
    found = wire.contents(content, 1)
    assert [wire.contents(file, 1)[0].decode() for file in found] == [file.name for file in files]
    assert b"".join(wire.field(1, file) for file in found) == content


def test_a_message_is_built_as_protobuf_builds_it() -> None:
    told: tuple[int | bytes, ...] = (7, 35, 300, b"-rc1")
    version = b"".join(wire.field(number, value) for number, value in enumerate(told, 1))
    assert version == Version(major=7, minor=35, patch=300, suffix="-rc1").SerializeToString()
    request = wire.field(1, b"a.proto") + wire.field(3, version)
    assert CodeGeneratorRequest.FromString(request).compiler_version.patch == 300


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x80", "a number that doesn't end"),
        (b"\x08" + b"\xff" * 10, "a number that doesn't end"),
        (b"\x0a\x05abc", "a field that is cut off"),
        (b"\x09abc", "a field that is cut off"),
        (b"\x02\x00", "a field without a number"),
        (b"\x0b\x0c", "a field of wire type 3"),
    ],
)
def test_what_is_no_message_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=f"^{words}$"):
        list(wire.fields(content))


def test_only_fields_with_a_length_have_contents() -> None:
    content = wire.field(1, b"a") + wire.field(1, 7) + wire.field(2, b"b") + wire.field(1, b"c")
    assert wire.contents(content, 1) == [b"a", b"c"]
