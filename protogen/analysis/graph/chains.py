"""Chains of imports: every simple one between two places, in a fixed order, up to a bound. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import islice

from protogen.analysis.graph.model import reached, turned
from protogen.protos.imports import strongly_connected


def chains(
    edges: Mapping[str, tuple[str, ...]], starts: Collection[str], target: str, most: int
) -> tuple[tuple[tuple[str, ...], ...], int | None]:
    """The chains that no node is on twice, by name, and how many there are in all.

    starts: where chains begin; one that begins at a start may lead over another. most: how many
    are wanted. The number is None where there are more than that and cycles forbid to count them.
    """
    back = reached(turned(edges), [target])
    within = {name: tuple(sorted((set(edges[name]) & back) - {name})) for name in back if name in edges}
    cyclic = any(len(group) > 1 for group in strongly_connected(within))
    begin = sorted(set(starts) & back)
    found = tuple(islice(_walk(within, begin, target, cyclic), most + 1))
    if len(found) <= most:
        return found, len(found)
    return found[:most], None if cyclic else _count(within, begin, target)


def _walk(
    edges: Mapping[str, tuple[str, ...]], starts: list[str], target: str, cyclic: bool
) -> Iterator[tuple[str, ...]]:
    """Depth first, without recursion. Each step leads to the target, so none is made in vain."""
    for start in starts:
        chain, choices = [start], [iter(edges[start])]
        on_chain = {start}
        if start == target:
            yield (start,)
            continue
        while choices:
            step = next((each for each in choices[-1] if each not in on_chain), None)
            if step is None:
                choices.pop()
                on_chain.discard(chain.pop())
            elif step == target:
                yield (*chain, step)
            elif not cyclic or _leads(edges, step, target, on_chain):
                chain.append(step)
                on_chain.add(step)
                choices.append(iter(edges[step]))


def _leads(edges: Mapping[str, tuple[str, ...]], start: str, target: str, avoid: set[str]) -> bool:
    open_edges = {name: [each for each in edges[name] if each not in avoid] for name in edges}
    return target in reached(open_edges, [start])


def _count(edges: Mapping[str, tuple[str, ...]], starts: list[str], target: str) -> int:
    """How many chains there are in a graph without cycles, without making them."""
    number = {target: 1}
    # Those that others point to come first.
    for (name,) in strongly_connected(edges):
        if name != target:
            number[name] = sum(number[each] for each in edges[name])
    return sum(number[start] for start in starts)
