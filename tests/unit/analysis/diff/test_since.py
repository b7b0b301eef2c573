"""What a registry keeps of a difference: all counted, the first lines worded."""

from __future__ import annotations

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from protogen.analysis.diff import since
from protogen.registry.release import Changes, Section


def set_of(*messages: str) -> bytes:
    found = FileDescriptorSet()
    file = found.file.add(name="a.proto", package="a")
    for name in messages:
        file.message_type.add(name=name)
    return found.SerializeToString()


def test_the_same_set_has_no_changes() -> None:
    assert since.changes(set_of("A"), set_of("A")) == Changes()


def test_changes_are_counted_and_worded() -> None:
    assert since.changes(set_of("A", "B"), set_of("A", "C")) == Changes(
        1,
        1,
        0,
        (Section("Messages", (("removed", "message a.B (0 fields)"), ("added", "message a.C (0 fields)"))),),
    )


def test_a_long_list_is_cut_and_says_by_how_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(since, "LINES", 2)
    found = since.changes(set_of(), set_of("A", "B", "C", "D", "E"))
    assert (found.added, found.left_off) == (5, 3)
    assert [len(each.lines) for each in found.sections] == [2]
