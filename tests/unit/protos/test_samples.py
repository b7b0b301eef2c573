"""Messages with every field set, and what two writings of them have in common."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import text_format
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from protogen.protos.samples import differing, samples

FILE = """
name: "s.proto" package: "s"
message_type {
  name: "All"
  field { name: "i" number: 1 type: TYPE_INT32 label: LABEL_OPTIONAL }
  field { name: "u" number: 2 type: TYPE_UINT64 label: LABEL_OPTIONAL }
  field { name: "b" number: 3 type: TYPE_BYTES label: LABEL_OPTIONAL }
  field { name: "t" number: 4 type: TYPE_BOOL label: LABEL_OPTIONAL }
  field { name: "d" number: 5 type: TYPE_DOUBLE label: LABEL_REPEATED }
  field { name: "e" number: 6 type: TYPE_ENUM label: LABEL_OPTIONAL type_name: ".s.E" }
  field { name: "m" number: 7 type: TYPE_MESSAGE label: LABEL_REPEATED type_name: ".s.All.MEntry" }
  field { name: "n" number: 8 type: TYPE_MESSAGE label: LABEL_REPEATED type_name: ".s.All.NEntry" }
  field { name: "x" number: 9 type: TYPE_STRING label: LABEL_OPTIONAL oneof_index: 0 }
  field { name: "y" number: 10 type: TYPE_MESSAGE label: LABEL_OPTIONAL oneof_index: 0 type_name: ".s.All" }
  field { name: "again" number: 11 type: TYPE_MESSAGE label: LABEL_OPTIONAL type_name: ".s.All" }
  field { name: "more" number: 12 type: TYPE_MESSAGE label: LABEL_REPEATED type_name: ".s.Needs" }
  oneof_decl { name: "one" }
  nested_type {
    name: "MEntry" options { map_entry: true }
    field { name: "key" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "value" number: 2 type: TYPE_INT64 label: LABEL_OPTIONAL }
  }
  nested_type {
    name: "NEntry" options { map_entry: true }
    field { name: "key" number: 1 type: TYPE_SINT32 label: LABEL_OPTIONAL }
    field { name: "value" number: 2 type: TYPE_MESSAGE label: LABEL_OPTIONAL type_name: ".s.All" }
  }
}
message_type {
  name: "Needs"
  field { name: "inner" number: 1 type: TYPE_MESSAGE label: LABEL_REQUIRED type_name: ".s.Needs.Inner" }
  nested_type {
    name: "Inner"
    field { name: "z" number: 1 type: TYPE_SINT32 label: LABEL_REQUIRED }
  }
}
enum_type {
  name: "E"
  value { name: "A" number: 0 } value { name: "C" number: -7 } value { name: "B" number: 1 }
}
"""
SET = FileDescriptorSet(file=[text_format.Parse(FILE, FileDescriptorProto())]).SerializeToString()
GIVEN = samples(SET, ["s.proto"])


def read(line: str) -> Any:
    pool = DescriptorPool()
    for file in FileDescriptorSet.FromString(SET).file:
        pool.AddSerializedFile(file.SerializeToString())
    name, content = line.split(" ")
    return GetMessageClass(pool.FindMessageTypeByName(name)).FromString(bytes.fromhex(content))


def test_every_message_is_there_and_those_with_oneofs_for_each_field_of_them() -> None:
    assert [line.split(" ")[0] for line in GIVEN.splitlines()] == [
        "s.All",
        "s.All",
        "s.Needs",
        "s.Needs.Inner",
    ]
    one, other = map(read, GIVEN.splitlines()[:2])
    assert (one.WhichOneof("one"), other.WhichOneof("one")) == ("x", "y")


def test_every_field_is_set_to_what_is_no_default() -> None:
    message = read(GIVEN.splitlines()[0])
    assert {field.name for field, _ in message.ListFields()} | {"y"} == {*message.DESCRIPTOR.fields_by_name}
    assert (message.i, message.u, message.b, message.t, message.e) == (-5, 5, b"\xff", True, -7)
    assert (list(message.d), dict(message.m)) == ([1.5, 1.5], {"x": -5})
    assert message.n[-5].i == message.again.again.i == -5
    assert not message.again.again.HasField("again")
    # However deep, or it couldn't be read.
    assert message.again.more[0].inner.z == -5


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda text: text, []),
        (lambda text: "", ["s.All", "s.Needs", "s.Needs.Inner"]),
        (lambda text: text.replace("s.Needs.Inner 0809", "s.Needs.Inner 0807"), ["s.Needs.Inner"]),
        (lambda text: text.replace("s.Needs.Inner 0809", "s.Needs.Inner 08"), ["s.Needs.Inner"]),
        (lambda text: text.replace("s.Needs.Inner 0809", "s.Needs.Inner no"), ["s.Needs.Inner"]),
        (lambda text: text.replace("s.Needs ", "s.None "), ["s.All", "s.Needs", "s.Needs.Inner"]),
    ],
    ids=["as they were", "nothing", "another value", "cut off", "no hexadecimal", "another name"],
)
def test_what_differs_is_named(change: Any, expected: list[str]) -> None:
    assert differing(SET, GIVEN, change(GIVEN)) == expected


def test_the_order_of_fields_is_no_difference() -> None:
    (line,) = [line for line in GIVEN.splitlines() if line.startswith("s.All")][:1]
    message = read(line)
    parts = [
        type(message)(**{field.name: value}) for field, value in message.ListFields() if field.number < 7
    ]
    before = f"s.All {b''.join(each.SerializePartialToString() for each in parts).hex()}\n"
    after = f"s.All {b''.join(each.SerializePartialToString() for each in reversed(parts)).hex()}\n"
    assert before != after
    assert differing(SET, before, after) == []
