"""What Python calls what protos declare."""

from __future__ import annotations

import keyword
import types
from collections.abc import Collection

import pytest
from google.protobuf import descriptor_pb2, empty_pb2

from protogen.languages.python import names


@pytest.mark.parametrize(
    ("name", "siblings", "own", "expected"),
    [
        ("Greeter", (), names.MODULE, "Greeter"),
        ("None", (), names.MODULE, "None_"),
        ("class", ("class_", "class__"), names.MODULE, "class___"),
        ("match", (), names.MODULE, "match"),
        ("int", (), names.MODULE, "int"),
        ("_pool", (), names.MODULE, "_pool"),
        ("__debug__", (), names.MODULE, "__debug___"),
        ("__name__", (), names.MODULE, "__name___"),
        ("__x", (), names.MODULE, "__x"),
        ("DESCRIPTOR", (), names.MODULE, "DESCRIPTOR"),
        ("DESCRIPTOR", (), names.MESSAGE, "DESCRIPTOR_"),
        ("FromString", ("FromString",), names.MESSAGE, "FromString_"),
        ("__init__", (), names.MESSAGE, "__init___"),
        ("Name", (), names.MESSAGE, "Name"),
    ],
)
def test_attributes(name: str, siblings: Collection[str], own: Collection[str], expected: str) -> None:
    assert names.attribute(name, siblings, own) == expected


@pytest.mark.parametrize(
    ("name", "siblings", "expected"),
    [
        ("Get", ("Get",), "Get"),
        ("import", (), "import_"),
        ("import", ("import", "import_"), "import__"),
        ("__init__", (), "__init___"),
        # A class of the user's, where it is defined again, would make another name of it.
        ("__Get", (), "__Get__"),
        ("self", (), "self"),
        ("_grpc", (), "_grpc"),
    ],
)
def test_method_attributes(name: str, siblings: Collection[str], expected: str) -> None:
    assert names.method_attribute(name, siblings) == expected


@pytest.mark.parametrize(
    ("service", "services", "asynchronous"),
    [
        ("A", ("A",), "AAsyncStub"),
        ("A", ("A", "AAsync"), "AAsyncStub_"),
        ("AAsync", ("A",), "AAsyncAsyncStub"),
    ],
)
def test_a_service_gives_no_two_classes_one_name(
    service: str, services: Collection[str], asynchronous: str
) -> None:
    assert names.service_names(service, services) == (
        f"{service}Stub",
        asynchronous,
        f"{service}Servicer",
        f"add_{service}Servicer_to_server",
    )


def test_names_beside_others() -> None:
    assert names.free("_typing", {"_typing", "_typing_"}) == "_typing__"
    assert names.field_number("fooBar") == "FOOBAR_FIELD_NUMBER"


def test_the_tables_hold_what_the_installed_runtime_has() -> None:
    assert set(dir(empty_pb2.Empty)) <= names.MESSAGE
    assert set(dir(type(empty_pb2.Empty))) <= names.MESSAGE
    wrapper = descriptor_pb2.FieldDescriptorProto.Type
    assert set(dir(wrapper)) | set(dir(type)) <= names.ENUM
    assert set(dir(types.ModuleType("m"))) <= names.MODULE
    assert not any(map(names.is_written, keyword.kwlist))
    assert all(map(names.is_written, keyword.softkwlist))
