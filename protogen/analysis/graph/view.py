"""What is asked of the graph: one file's reach, who reaches it, and why a file is in. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from protogen.analysis.graph.model import Graph, build, reached, turned
from protogen.errors import UsageError
from protogen.protos.closure import Closure
from protogen.protos.imports import ImportGraph, strongly_connected
from protogen.protos.outline import Outline
from protogen.releases.release import Release

MAX_CHAINS = 1000


@dataclass(frozen=True)
class Question:
    """What is asked of the graph."""

    by: str = "file"
    """A key of GROUPINGS."""
    focus: str = ""
    """The import name of the file whose reach is wanted; empty for all."""
    reverse: bool = False
    """From the imported to the importers."""
    why: str = ""
    """The import name of the file whose chains are wanted; empty for none."""
    max_chains: int = MAX_CHAINS
    """1 or more."""


@dataclass(frozen=True)
class Why:
    """The chains that lead to a file."""

    chains: tuple[tuple[str, ...], ...]
    total: int | None
    """How many there are; None where they weren't counted."""

    @property
    def complete(self) -> bool:
        """Whether no chain was left out."""
        return self.total == len(self.chains)


@dataclass(frozen=True)
class View:
    """An answer."""

    recipe: str
    release: Release
    question: Question
    graph: Graph
    roots: tuple[str, ...]
    """Where a tree begins."""
    why: Why | None = None
    """Where it was asked for; chains run as the tree does."""

    @property
    def title(self) -> str:
        """What is shown, in one line."""
        name, question = f"{self.recipe} {self.release.name}", self.question
        if question.why:
            start = f"{question.focus} has " if question.focus else ""
            return f"{name}: why {start}{question.why}"
        if question.focus:
            return (
                f"{name}: who imports {question.focus}" if question.reverse else f"{name}: {question.focus}"
            )
        return name

    @property
    def following(self) -> dict[str, tuple[str, ...]]:
        """What stands below each node in a tree: what it imports, or who imports it."""
        return self.graph.importers if self.question.reverse else self.graph.imported


def answer(
    recipe: str,
    closure: Closure,
    outline: Outline,
    question: Question,
    externals: Mapping[str, Mapping[str, str]] | None = None,
) -> View:
    """The part of the closure's graph that is asked for.

    externals: by proto and language, the published package that serves.
    Raises UsageError for a file that isn't in it.
    """
    imports = closure.graph
    edges = {name: tuple(each.name for each in found) for name, found in imports.imports.items()}
    for flag, name in (("--focus", question.focus), ("--why", question.why)):
        if name and name not in edges:
            raise unknown(flag, name, edges, closure.release.name)
    shown = _shown(edges, imports.entry_points, question)
    graph = build(imports, outline, question.by, shown, externals)
    names = {file: node.name for node in graph.nodes for file in node.files}
    why = _why(graph, names, imports, question) if question.why else None
    if question.focus and not question.why:
        roots: tuple[str, ...] = (names[question.focus],)
    else:
        roots = _beginnings(graph, reverse=question.reverse)
    return View(recipe, closure.release, question, graph, roots, why)


def unknown(flag: str, name: str, known: Collection[str], release: str) -> UsageError:
    """The complaint about a file that isn't there, with the nearest names."""
    wanted = name.strip("/")
    near = [each for each in sorted(known) if each.endswith(f"/{wanted}")][:3]
    near = near or difflib.get_close_matches(wanted, sorted(known), 3, 0.5)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return UsageError(
        f"{name!r} is not among the {len(known)} protos of {release}{hint}",
        where=flag,
        remedy=f"run again with {flag} {near[0]}" if near else "run protogen graph without it for all names",
    )


def _shown(
    edges: Mapping[str, tuple[str, ...]], entry_points: Collection[str], question: Question
) -> frozenset[str]:
    if question.why:
        starts = [question.focus] if question.focus else entry_points
        return reached(edges, starts) & reached(turned(edges), [question.why])
    if question.focus:
        return reached(turned(edges) if question.reverse else edges, [question.focus])
    return frozenset(edges)


def _why(graph: Graph, names: Mapping[str, str], imports: ImportGraph, question: Question) -> Why:
    if question.why not in names:
        return Why((), 0)
    starts = [question.focus] if question.focus else imports.entry_points
    begin = {names[each] for each in starts if each in names}
    target = names[question.why]
    found, total = chains(graph.imported, begin, target, question.max_chains)
    if question.reverse:
        found = tuple(tuple(reversed(chain)) for chain in found)
    return Why(found, total)


def _beginnings(graph: Graph, *, reverse: bool) -> tuple[str, ...]:
    """Nodes from which all others are reached: one of each set that nothing outside it leads to."""
    following = graph.importers if reverse else graph.imported
    led_to = turned(following)
    entries = {node.name for node in graph.nodes if node.entry_point}
    found = []
    for group in strongly_connected(following):
        if all(other in group for name in group for other in led_to[name]):
            found.append(min(group, key=lambda name: (name not in entries, name)))
    return tuple(sorted(found))


def chains(
    edges: Mapping[str, tuple[str, ...]], starts: Collection[str], target: str, most: int
) -> tuple[tuple[tuple[str, ...], ...], int | None]:
    """The chains of imports that no node is on twice, by name, and how many there are in all.

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
