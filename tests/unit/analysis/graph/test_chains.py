from __future__ import annotations

from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.analysis.graph.view import chains
from tests.unit.analysis.graph.made import edges_among

DIAMOND = {"a": ("b", "c"), "b": ("d",), "c": ("d",), "d": (), "e": ("a",)}
RING = {"a": ("b", "c"), "b": ("c", "d"), "c": ("b", "d"), "d": ("a",)}


@pytest.mark.parametrize(
    ("edges", "starts", "target", "expected"),
    [
        (DIAMOND, "a", "d", ["abd", "acd"]),
        (DIAMOND, "ae", "d", ["abd", "acd", "eabd", "eacd"]),
        (DIAMOND, "be", "b", ["b", "eab"]),
        (DIAMOND, "d", "a", []),
        (DIAMOND, "", "a", []),
        (RING, "a", "d", ["abcd", "abd", "acbd", "acd"]),
        (RING, "d", "d", ["d"]),
        (RING, "d", "c", ["dabc", "dac"]),
    ],
)
def test_every_chain_is_found_in_order(
    edges: dict[str, tuple[str, ...]], starts: str, target: str, expected: list[str]
) -> None:
    found, total = chains(edges, starts, target, 100)
    assert ["".join(chain) for chain in found] == expected
    assert total == len(expected)


@given(edges_among("abcde"), st.sampled_from("abcde"), st.integers(1, 12))
def test_it_is_every_simple_chain_up_to_the_bound(
    edges: dict[str, tuple[str, ...]], target: str, most: int
) -> None:
    starts = [name for name in edges if name < "d"]
    every = sorted(
        chain
        for length in range(1, len(edges) + 1)
        for chain in permutations(edges, length)
        if chain[0] in starts
        and chain[-1] == target
        and all(after in edges[before] for before, after in pairwise(chain))
    )
    found, total = chains(edges, starts, target, most)
    assert list(found) == every[:most]
    assert total in ({len(every)} if len(every) <= most else {len(every), None})


def test_chains_beyond_the_bound_are_counted_without_being_made() -> None:
    # Forty diamonds in a row: 2 ** 40 chains.
    edges: dict[str, tuple[str, ...]] = {"n40": ()}
    for number in range(40):
        sides = (f"a{number}", f"b{number}")
        edges |= {f"n{number}": sides, **dict.fromkeys(sides, (f"n{number + 1}",))}
    found, total = chains(edges, ["n0"], "n40", 3)
    assert [len(chain) for chain in found] == [81] * 3
    assert total == 2**40


def test_ways_that_end_nowhere_cost_no_time() -> None:
    # Thirty that import each other, and lead on only through where the chain has begun.
    names = [f"n{number:02}" for number in range(30)]
    edges = {name: ("a", *(other for other in names if other != name)) for name in names}
    edges |= {"a": (*names, "z"), "z": ()}
    assert chains(edges, ["a"], "z", 5) == ((("a", "z"),), 1)


def test_chains_through_cycles_are_not_counted_beyond_the_bound() -> None:
    names = [f"n{number:02}" for number in range(30)]
    edges = {name: tuple(other for other in names if other != name) for name in names}
    found, total = chains(edges, ["n00"], "n29", 5)
    assert total is None
    assert found[0] == tuple(names)
    assert len(set(found)) == 5


def test_a_long_chain_needs_no_recursion() -> None:
    edges = {f"{number:05}": (f"{number + 1:05}",) for number in range(5000)} | {"05000": ()}
    ((chain,), total) = chains(edges, ["00000"], "05000", 10)
    assert (len(chain), total) == (5001, 1)
