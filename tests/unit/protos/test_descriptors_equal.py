"""The comparison that the wire tests rest on sees what it must and passes over what it may."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.text_format import Parse

from tests.support.descriptors_equal import differences

SHOP = """
name: "shop.proto" package: "shop" syntax: "proto3" dependency: "a.proto" dependency: "b.proto"
message_type {
  name: "Item"
  field { name: "price" number: 1 label: LABEL_OPTIONAL type: TYPE_INT32 oneof_index: 0 }
  field { name: "tags" number: 2 label: LABEL_REPEATED type: TYPE_STRING }
  oneof_decl { name: "cost" }
  nested_type { name: "Deep" }
  enum_type { name: "Kind" value { name: "NEW" number: 0 } }
}
service { name: "Shop" method { name: "Buy" input_type: ".shop.Item" output_type: ".shop.Item" } }
extension { name: "mark" number: 100 label: LABEL_OPTIONAL type: TYPE_BOOL extendee: ".shop.Item" }
"""


def shop() -> FileDescriptorProto:
    return Parse(SHOP, FileDescriptorProto())


def changed(change: Callable[[FileDescriptorProto], object]) -> list[str]:
    file = shop()
    change(file)
    return differences(FileDescriptorSet(file=[shop()]), FileDescriptorSet(file=[file]))


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda file: setattr(file, "name", "other.proto"), "file shop.proto: missing"),
        (lambda file: setattr(file, "syntax", "proto2"), "shop.proto: file: "),
        (lambda file: file.dependency.pop(), "shop.proto: file: "),
        (lambda file: file.public_dependency.append(1), "shop.proto: file: "),
        (lambda file: setattr(file.message_type[0].field[0], "number", 3), "field shop.Item.price"),
        (lambda file: setattr(file.message_type[0].field[1], "type", 12), "field shop.Item.tags"),
        (lambda file: file.message_type[0].field[0].ClearField("oneof_index"), "field shop.Item.price"),
        (lambda file: setattr(file.message_type[0].nested_type[0], "name", "D"), "message shop.Item.D"),
        (lambda file: setattr(file.message_type[0].enum_type[0].value[0], "number", 1), "enum value"),
        (lambda file: setattr(file.service[0].method[0], "server_streaming", True), "method shop.Shop.Buy"),
        (lambda file: setattr(file.extension[0], "number", 101), "extension shop.mark"),
    ],
)
def test_a_change_of_the_wire_is_named(change: Callable[[FileDescriptorProto], object], line: str) -> None:
    assert any(line in found for found in changed(change)), changed(change)


@pytest.mark.parametrize(
    "change",
    [
        lambda file: setattr(file.options, "java_package", "com.example"),
        lambda file: setattr(file.message_type[0].field[0], "json_name", "price"),
        lambda file: file.source_code_info.location.add(),
        lambda file: file.dependency.sort(reverse=True),
    ],
)
def test_what_generators_may_change_is_passed_over(change: Callable[[FileDescriptorProto], object]) -> None:
    assert not changed(change)


def test_files_that_only_the_runtime_has_are_passed_over() -> None:
    registered = FileDescriptorSet(file=[shop(), FileDescriptorProto(name="runtime.proto")])
    assert not differences(FileDescriptorSet(file=[shop()]), registered)
