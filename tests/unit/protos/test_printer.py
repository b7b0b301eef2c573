"""The printer's decisions, one at a time; tests/integration/test_printer.py holds the whole to protoc."""

from __future__ import annotations

import math
import struct

import pytest
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet
from hypothesis import given, settings
from hypothesis import strategies as st

from protogen.protos import wire
from protogen.protos.printer import literals, printed
from protogen.protos.printer.comments import Location
from protogen.protos.printer.reading import same
from protogen.protos.printer.symbols import Symbols
from tests.support.drawn_sets import sets
from tests.support.schemas import enum, field, file, message, serialized

SYMBOLS = Symbols(
    frozenset(
        "a a.b a.b.M a.b.M.N a.b.M.a a.b.S a.b.S.M a.M a.N a.string a.b.M.f a.b.M.f2 string c c.X".split()
    ),
    frozenset("a a.b a.b.M a.b.M.N a.b.M.a a.b.S a.M a.N c".split()),
)


@pytest.mark.parametrize(
    ("full", "scope", "written"),
    [
        # Within its package from there on, as short as it can be.
        (".a.b.M", "a.b", "M"),
        (".a.b.M.N", "a.b.M", "N"),
        (".a.b.M.N", "a.b.S2", "M.N"),
        (".a.b.M", "a.b.M", "M"),
        # A method of the name is nearer.
        (".a.b.M", "a.b.S", "a.b.M"),
        # Within M stands another `a`, which has nothing in it.
        (".a.N", "a.b.M", ".a.N"),
        (".a.N", "a.b", "a.N"),
        (".c.X", "a.b.M", "c.X"),
        # What the parser takes for a type of its own.
        (".a.string", "a.b.M", ".a.string"),
        (".string", "a.b.M", ".string"),
        # What isn't in the set is found where it says.
        (".elsewhere.Y", "a.b.M", ".elsewhere.Y"),
    ],
)
def test_a_type_is_written_as_short_as_it_stands_for_itself(full: str, scope: str, written: str) -> None:
    assert SYMBOLS.type_name(full, scope, "a.b") == written


def test_without_a_package_types_are_written_in_full() -> None:
    symbols = Symbols(frozenset({"M", "M.N", "M.N.M"}), frozenset({"M", "M.N"}))
    assert symbols.type_name(".M.N", "M", "") == "M.N"
    assert symbols.type_name(".M", "M.N", "") == ".M"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("plain", '"plain"'),
        ('"quoted" \\ \'', '"\\"quoted\\" \\\\ \'"'),
        ("\n\r\t\0\x7f", '"\\n\\r\\t\\000\\177"'),
        ("ä 中", '"ä 中"'),
        ("\ufeff\x85", '"\\357\\273\\277\\302\\205"'),
        (b"\xff\xc3\xa4", '"\\377ä"'),
    ],
)
def test_strings_are_legible_and_what_is_no_text_is_octal(value: str | bytes, written: str) -> None:
    assert literals.string(value) == written


@given(st.floats(width=32))
def test_a_float_is_read_as_itself_though_a_reader_rounds_twice(value: float) -> None:
    read = struct.unpack("f", struct.pack("f", float(literals.single(value))))[0]
    assert read == value or math.isnan(value)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("foo_bar", "fooBar"), ("Foo__bar_", "FooBar"), ("_x1_2y", "X12y"), ("", "")],
)
def test_names_in_json(name: str, expected: str) -> None:
    assert literals.json_name(name) == expected


@pytest.mark.parametrize(
    ("location", "lines"),
    [
        (Location(), ["message M {", "}"]),
        (Location(leading=" a\n b\n"), ["// a", "// b", "message M {", "}"]),
        (Location(leading=" a\n b "), ["/* a", " * b */", "message M {", "}"]),
        (Location(trailing=" a\n"), ["message M {  // a", "}"]),
        (Location(trailing=" a\n b\n"), ["message M {", "// a", "// b", "", "}"]),
        (Location(detached=(" a\n",), trailing=" b "), ["", "// a", "", "message M {  /* b */", "}"]),
    ],
)
def test_comments_stand_where_they_are_read_as_the_same(location: Location, lines: list[str]) -> None:
    assert location.over(["message M {", "}"], 0) == lines


def test_an_empty_block_is_opened_for_a_comment() -> None:
    assert Location(trailing=" a\n").over(["message M {}"], 0) == ["message M {  // a", "}"]


def test_options_that_nothing_declares_are_told() -> None:
    made = file("a.proto", message("M", field("x", 1)))
    made.message_type[0].options.MergeFromString(wire.field(50_000, 7))
    made.options.uninterpreted_option.add()
    content = serialized(made)
    found = printed(content)
    assert b"50000" not in found.texts["a.proto"]
    assert [each.split(",")[0] for each in found.left_out] == [
        "a.proto: an option without a meaning",
        "a.proto: p.M: option 50000 of google.protobuf.MessageOptions",
    ]
    made.message_type[0].ClearField("options")
    without = serialized(made)
    assert not same(content, without)
    assert same(content, without, but_unknown=True)


def test_values_and_extensions_that_no_name_leads_to_are_told() -> None:
    extended = "google.protobuf.FileOptions"
    declaring = file(
        "a.proto",
        message("M", extensions=[(1, 9)]),
        enum("E", ("Z", 0)),
        field("m", 50_001, "message a.b.M", extends=extended),
        field("e", 50_002, "enum a.b.E", extends=extended),
        package="a.b",
    )
    # Within `a.b`, where text format looks for extensions of M, `b` is that package.
    hidden = file("b.proto", field("x", 1, extends="a.b.M"), package="b", public=["a.proto"])
    using = file("c.proto", package="c", public=["b.proto"])
    using.options.MergeFromString(wire.field(50_001, wire.field(1, 7)) + wire.field(50_002, 99))
    found = printed(serialized(declaring, hidden, using))
    assert b"option (a.b.m) = {};" in found.texts["c.proto"]
    assert found.left_out == ("c.proto: b.x, hidden by another name", "c.proto: a.b.e = 99, no known value")


def test_a_group_that_stands_elsewhere_is_refused() -> None:
    made = file("a.proto", message("G"), message("M", field("g", 1, "group p.G")), syntax="proto2")
    with pytest.raises(ValueError, match=r"a.proto: g is a group whose message is elsewhere"):
        printed(serialized(made))


def test_defaults_of_any_bytes_are_kept() -> None:
    made = FileDescriptorProto(name="a.proto")
    made.message_type.add(name="M").field.add(
        name="x", number=1, label=1, type=FieldDescriptorProto.TYPE_STRING, default_value="X"
    )
    content = serialized(made).replace(b"X", b"\xff")
    assert b'[default = "\\377"]' in printed(content).texts["a.proto"]


@settings(max_examples=20)
@given(sets())
def test_sets_are_printed_whole(content: bytes) -> None:
    found = printed(content)
    assert found.left_out == ()
    names = {each.name for each in FileDescriptorSet.FromString(content).file}
    assert found.texts.keys() == names
    assert all(text.count(b"{") == text.count(b"}") for text in found.texts.values())
