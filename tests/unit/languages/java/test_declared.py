from __future__ import annotations

import pytest

from protogen.languages.java.declared import Member, declared, field_names
from protogen.languages.java.naming import placements
from protogen.protos.outline import Field, File


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ([Field("a_b", number=1)], [("aB", "AB")]),
        ([Field("class", number=1)], [("class_", "Class_")]),
        ([Field("__class__", number=1)], [("Class_", "Class_")]),
        ([Field("all_fields", number=1)], [("allFields_", "AllFields_")]),
        ([Field("a_b", number=1), Field("aB", number=2)], [("aB1", "AB1"), ("aB2", "AB2")]),
        (
            [Field("a", repeated=True, number=1), Field("a_count", number=2)],
            [("a1", "A1"), ("aCount2", "ACount2")],
        ),
        (
            [Field("a_list", number=2), Field("a", repeated=True, map=True, number=1)],
            [("aList2", "AList2"), ("a1", "A1")],
        ),
        # A list of many has an accessor of its own.
        (
            [Field("a", repeated=True, number=1), Field("a_list", repeated=True, number=2)],
            [("a", "A"), ("aList", "AList")],
        ),
        ([Field("a", number=1), Field("a_count", number=2)], [("a", "A"), ("aCount", "ACount")]),
    ],
)
def test_fields_are_called_as_protoc_calls_them(fields: list[Field], names: list[tuple[str, str]]) -> None:
    assert list(field_names(fields).values()) == names


@pytest.mark.parametrize(
    ("name", "called"),
    [("kept_for", "keptFor"), ("class", "class_"), ("all_fields", "allFields_"), ("__class__", "Class_")],
)
def test_extensions_are_called_as_protoc_calls_them(name: str, called: str) -> None:
    file = File(
        "x.proto", "p", (), types=(), services=(), extensions=(Field(name, "int32"),), syntax="proto2"
    )
    members: list[Member] = list(declared(file, placements([file], "fallback")["x.proto"]))
    assert called in {each.name for each in members if each.place.declaration == name}
