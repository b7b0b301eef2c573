"""Names in JSON that clash are found where protobuf's compiled Python refuses them, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import descriptor_pool
from google.protobuf.descriptor_pb2 import Edition, FileDescriptorProto
from google.protobuf.internal import api_implementation

from protogen.languages.python.json_names import clashes


@pytest.mark.parametrize(
    ("syntax", "fields", "oneof", "found"),
    [
        ("proto3", {"a": "a", "b_c": "bC"}, "kind", []),
        ("proto2", {"a_b": "aB", "aB": "aB"}, "", [("M.N.aB", "M.N.a_b", "aB")]),
        ("", {"a_b": "aB", "a__b": "aB"}, "", [("M.N.a__b", "M.N.a_b", "aB")]),
        ("proto3", {"kind_": "kind"}, "kind", [("M.N.kind_", "M.N.kind", "kind")]),
        ("proto2", {"kind_": "kind"}, "kind", []),
        ("proto3", {"a": "b", "b": "c"}, "", []),
        ("proto3", {"b": "c", "a": "b"}, "", [("M.N.a", "M.N.b", "b")]),
        ("proto2", {"a": "b", "b": "c"}, "", []),
    ],
)
def test_clashes(syntax: str, fields: dict[str, str], oneof: str, found: list[tuple[str, str, str]]) -> None:
    file = FileDescriptorProto(name="a.proto", syntax=syntax or None)
    message = file.message_type.add(name="M").nested_type.add(name="N")
    if oneof:
        message.oneof_decl.add(name=oneof)
    for number, (name, json) in enumerate(fields.items()):
        made = message.field.add(name=name, json_name=json, number=number + 1, type=5, label=1)
        if oneof:
            made.oneof_index = 0
    assert list(clashes(file)) == found
    if api_implementation.Type() == "upb":
        pool = descriptor_pool.DescriptorPool()
        if found:
            with pytest.raises(TypeError, match="duplicate json_name"):
                pool.AddSerializedFile(file.SerializeToString())
        else:
            assert pool.AddSerializedFile(file.SerializeToString()).name == "a.proto"


BEST_EFFORT, STRICT, MAY_CLASH = "best effort", "strict", "may clash"


def _say(options: Any, what: str) -> None:
    if what == MAY_CLASH:
        options.deprecated_legacy_json_field_conflicts = True
    elif what:
        options.features.json_format = "LEGACY_BEST_EFFORT" if what == BEST_EFFORT else "ALLOW"


@pytest.mark.parametrize(
    ("file_says", "outer_says", "says", "two_fields", "as_oneof"),
    [
        ("", "", "", True, True),
        (BEST_EFFORT, "", "", True, False),
        ("", BEST_EFFORT, "", True, False),
        ("", "", BEST_EFFORT, True, False),
        (BEST_EFFORT, STRICT, "", True, True),
        (STRICT, STRICT, BEST_EFFORT, True, False),
        ("", "", MAY_CLASH, False, False),
        (BEST_EFFORT, "", MAY_CLASH, False, False),
        ("", MAY_CLASH, "", True, True),
    ],
)
def test_an_edition_decides_clashes_by_message(
    file_says: str, outer_says: str, says: str, *, two_fields: bool, as_oneof: bool
) -> None:
    for oneof, refused in (("kind", two_fields), ("aB", as_oneof)):
        file = FileDescriptorProto(name="a.proto", syntax="editions", edition=Edition.EDITION_2023)
        outer = file.message_type.add(name="M")
        message = outer.nested_type.add(name="N")
        message.oneof_decl.add(name=oneof)
        names = ["a_b"] if oneof == "aB" else ["a_b", "aB"]
        for number, name in enumerate(names, 1):
            message.field.add(name=name, json_name="aB", number=number, type=5, label=1, oneof_index=0)
        _say(file.options, file_says)
        _say(outer.options, outer_says)
        _say(message.options, says)
        assert bool(list(clashes(file))) is refused
        if api_implementation.Type() == "upb":
            pool = descriptor_pool.DescriptorPool()
            if refused:
                with pytest.raises(TypeError, match="duplicate json_name"):
                    pool.AddSerializedFile(file.SerializeToString())
            else:
                assert pool.AddSerializedFile(file.SerializeToString()).name == "a.proto"
