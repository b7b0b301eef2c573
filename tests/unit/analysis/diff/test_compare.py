from __future__ import annotations

import pytest
from hypothesis import given, settings

from protogen.analysis.diff import elements
from protogen.analysis.diff.change import Change, Difference
from protogen.analysis.diff.compare import compare
from protogen.analysis.diff.members import Ranges, minus, ranges_text
from protogen.analysis.diff.render import lines
from protogen.releases.release import Release
from tests.support.change_cases import CASES, Case, told
from tests.support.drawn_sets import sets
from tests.support.schemas import file, message, serialized

OLD, NEW = (Release(name, f"{name}.0", "git", ()) for name in ("1.0", "1.1"))


def changes(old: bytes, new: bytes) -> tuple[Change, ...]:
    return compare(elements.read(old), elements.read(new))


def test_each_change_is_told_and_nothing_differs_from_itself() -> None:
    def as_told(case: Case) -> list[str]:
        found = lines(Difference(OLD, NEW, changes(case.old, case.new)))
        return [line.text[2:] for line in found if line.text.startswith(" ")]

    assert {case.name: as_told(case) for case in CASES} == told()
    assert len({case.name for case in CASES}) == len(CASES)
    assert not [case.name for case in CASES if changes(case.old, case.old) or changes(case.new, case.new)]


@given(sets(), sets())
@settings(max_examples=40)
def test_from_the_other_side_what_was_added_is_removed(one: bytes, other: bytes) -> None:
    there, back = changes(one, other), changes(other, one)
    for kind, opposite in (("added", "removed"), ("removed", "added")):
        assert sorted((each.element, each.name) for each in there if each.kind == kind) == sorted(
            (each.element, each.name) for each in back if each.kind == opposite
        )
    assert _turned(there) == sorted((each.element, each.aspect, each.new, each.old) for each in _plain(back))


def _plain(found: tuple[Change, ...]) -> list[Change]:
    """Changes that say the same from either side: aliases don't, nor what is reserved with a field's end."""
    return [
        each
        for each in found
        if each.kind == "changed" and each.element != "value" and each.aspect != "reserved"
    ]


def _turned(found: tuple[Change, ...]) -> list[tuple[str, str, str, str]]:
    return sorted((each.element, each.aspect, each.old, each.new) for each in _plain(found))


@given(sets())
@settings(max_examples=30)
def test_nothing_differs_from_itself(one: bytes) -> None:
    assert changes(one, one) == ()


def test_files_that_a_source_lacks_are_left_out() -> None:
    content = serialized(file("a.proto", message("A")), file("b.proto", message("B"), package="q"))
    assert elements.without(content, ["b.proto"]) == serialized(file("a.proto", message("A")))
    assert elements.without(content, []) == content


@pytest.mark.parametrize(
    ("ranges", "others", "left"),
    [
        ([(5, 5), (2, 2), (3, 4)], [], "2 to 5"),
        ([(1, 10)], [(3, 4), (9, 20)], "1 to 2, 5 to 8"),
        ([(1, 2), (2, 6)], [(0, 9)], ""),
        ([(-3, -1)], [(-2, -2)], "-3, -1"),
    ],
)
def test_ranges_without_others_are_in_order_and_as_few_as_can_be(
    ranges: Ranges, others: Ranges, left: str
) -> None:
    assert ranges_text(minus(ranges, others)) == left
