from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.analysis.diff import ranges
from protogen.analysis.diff.ranges import Range, Reserved

RANGES = st.lists(st.tuples(st.integers(-20, 20), st.integers(0, 8)).map(lambda each: (each[0], sum(each))))


def numbers(parts: list[Range]) -> set[int]:
    return {number for low, high in parts for number in range(low, high + 1)}


@given(RANGES, RANGES)
def test_what_is_left_is_what_sets_would_leave(some: list[Range], others: list[Range]) -> None:
    left = ranges.minus(some, others)
    assert numbers(left) == numbers(some) - numbers(others)
    assert all(earlier[1] < later[0] for earlier, later in pairwise(left))


@given(RANGES, st.integers(-25, 30))
def test_a_number_is_held_where_a_range_has_it(some: list[Range], number: int) -> None:
    assert ranges.holds(some, number) == (number in numbers(some))


def test_ranges_that_touch_are_one() -> None:
    assert ranges.text(ranges.merged([(5, 7), (1, 1), (2, 3)])) == "1 to 3, 5 to 7"


@pytest.mark.parametrize(
    ("own", "other", "gone", "words"),
    [
        (Reserved((), ()), Reserved((), ()), {}, ""),
        (Reserved(((1, 3),), ("a", "b")), Reserved(((2, 2),), ("b",)), {}, '1, 3, "a"'),
        (Reserved(((1, 3),), ("a", "b")), Reserved((), ()), {"a": 1}, '2 to 3, "b"'),
        (Reserved(((1, 1),), ()), Reserved(((0, 9),), ()), {}, ""),
    ],
)
def test_reservations_beyond_the_others(
    own: Reserved, other: Reserved, gone: dict[str, int], words: str
) -> None:
    assert own.beyond(other, gone) == words
