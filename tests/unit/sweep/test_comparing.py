"""A sweep's comparison names each message, enum and service that isn't the official one."""

from __future__ import annotations

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.text_format import Parse

from tests.sweep import comparing

FILE = """
name: "shop/order.proto" package: "shop" syntax: "proto3"
message_type {
  name: "Order"
  field { name: "price" number: 1 label: LABEL_OPTIONAL type: TYPE_INT32 }
  nested_type { name: "Line" }
  nested_type { name: "NotesEntry" options { map_entry: true } }
}
enum_type { name: "Kind" value { name: "NONE" number: 0 } }
service { name: "Orders" method { name: "Get" input_type: ".shop.Order" output_type: ".shop.Order" } }
"""


def one(text: str = FILE) -> FileDescriptorSet:
    return FileDescriptorSet(file=[Parse(text, FileDescriptorProto())])


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("TYPE_INT32", "TYPE_INT64", "shop.Order"),
        ('"price"', '"cost"', "shop.Order"),
        ('name: "Line"', 'name: "Line" reserved_name: "x"', "shop.Order.Line"),
        ("number: 0", "number: 1", "shop.Kind"),
        ('output_type: ".shop.Order"', 'output_type: ".shop.Line"', "shop.Orders"),
        ('"proto3"', '"proto2"', "shop/order.proto"),
        ("order.proto", "other.proto", "shop/order.proto"),
    ],
)
def test_what_differs_is_named(old: str, new: str, name: str) -> None:
    assert old in FILE
    assert set(comparing.differing(one(), one(FILE.replace(old, new)))) == {name}


def test_equal_files_differ_in_nothing_whatever_their_options() -> None:
    other = one(FILE + 'options { java_package: "org.shop" }')
    assert comparing.all_differing(one(), {"go": one(), "java": other}) == {"go": {}, "java": {}}


def test_messages_and_services_are_counted_without_the_entries_of_maps() -> None:
    assert comparing.messages(one()) == 2
    assert comparing.services(one()) == 1


def test_official_files_are_expected_and_else_what_the_first_language_has() -> None:
    official, first = one(), FileDescriptorSet()
    first.file.add(name="shop/order.proto")
    first.file.add(name="shop/new.proto", package="first")
    second = FileDescriptorSet()
    second.file.add(name="shop/new.proto", package="second")
    wanted = comparing.expected(official, [first, second])
    assert [file.name for file in wanted.file] == ["shop/new.proto", "shop/order.proto"]
    assert wanted.file[0].package == "first"
    assert wanted.file[1] == official.file[0]
    assert set(comparing.differing(wanted, second)) == {"shop/new.proto", "shop/order.proto"}
