"""What is asked of the graph: one file's reach, who reaches it, and why a file is in. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protogen.analysis.graph.chains import chains
from protogen.analysis.graph.model import Graph, build, reached, turned
from protogen.errors import UsageError
from protogen.protos.imports import strongly_connected

if TYPE_CHECKING:
    from protogen.protos.closure import Closure
    from protogen.protos.imports import ImportGraph
    from protogen.protos.outline import Outline
    from protogen.releases.release import Release


MAX_CHAINS = 1000


@dataclass(frozen=True)
class Question:
    """by: a key of GROUPINGS. focus and why: import names, empty for none. max_chains: 1 or more."""

    by: str = "file"
    focus: str = ""
    reverse: bool = False
    why: str = ""
    max_chains: int = MAX_CHAINS


@dataclass(frozen=True)
class Why:
    """The chains that lead to a node. total: how many there are, None where they weren't counted."""

    target: str
    chains: tuple[tuple[str, ...], ...]
    total: int | None

    @property
    def complete(self) -> bool:
        """Whether no chain was left out."""
        return self.total == len(self.chains)


@dataclass(frozen=True)
class View:
    """An answer. roots: where a tree begins. why: where it was asked for; chains run as the tree does."""

    recipe: str
    release: Release
    question: Question
    graph: Graph
    roots: tuple[str, ...]
    why: Why | None = None

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


def answer(recipe: str, closure: Closure, outline: Outline, question: Question) -> View:
    """The part of the closure's graph that is asked for.

    Raises UsageError for a file that isn't in it.
    """
    imports = closure.graph
    edges = {name: tuple(each.name for each in found) for name, found in imports.imports.items()}
    for flag, name in (("--focus", question.focus), ("--why", question.why)):
        if name and name not in edges:
            raise unknown(flag, name, edges, closure.release.name)
    shown = _shown(edges, imports.entry_points, question)
    graph = build(imports, outline, question.by, shown)
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
        return Why(question.why, (), 0)
    starts = [question.focus] if question.focus else imports.entry_points
    begin = {names[each] for each in starts if each in names}
    target = names[question.why]
    found, total = chains(graph.imported, begin, target, question.max_chains)
    if question.reverse:
        found = tuple(tuple(reversed(chain)) for chain in found)
    return Why(target, found, total)


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
