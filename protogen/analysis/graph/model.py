"""The import graph as it is shown: files, directories or Go packages, who imports whom, and cycles. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_

from protogen.protos.imports import ImportGraph, strongly_connected
from protogen.protos.outline import File, Outline
from protogen.system.text import counted

# The directory of files at the top of an import root.
_TOP = "."
# What a node is called, one and several.
_UNITS = {
    "file": ("file", "files"),
    "directory": ("directory", "directories"),
    "go-package": ("Go package", "Go packages"),
}


@dataclass(frozen=True)
class Node:
    """A file, a directory or a Go package."""

    name: str
    files: tuple[str, ...]
    """Import names, sorted."""
    repositories: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    """Full names."""
    cluster: str = ""
    """What it is drawn in: a file's directory, or the path above a declared Go package; empty for none."""
    entry_point: bool = False
    """Whether it is one, or holds one."""
    well_known: bool = False
    """Whether it holds nothing but the compiler's own protos."""
    externals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By language, the published packages that serve its protos, so that they aren't generated."""

    @property
    def short_name(self) -> str:
        """The name as it stands in the cluster."""
        return self.name.removeprefix(f"{self.cluster}/") if self.cluster else self.name


@dataclass(frozen=True)
class Edge:
    """One node imports another."""

    importer: str
    imported: str
    imports: tuple[tuple[str, str], ...]
    """The files that do, and what they import."""
    public: bool = False


@dataclass(frozen=True)
class Graph:
    """Nodes by name, edges by importer, both sorted."""

    by: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    @property
    def size(self) -> str:
        """How much is shown, in words."""
        one, many = _UNITS[self.by]
        imports = counted(sum(len(edge.imports) for edge in self.edges), "import")
        between = "" if self.by == "file" else " between them"
        return f"{len(self.nodes)} {one if len(self.nodes) == 1 else many}, {imports}{between}"

    @property
    def clusters(self) -> dict[str, list[tuple[int, Node]]]:
        """By name, what is drawn in each: numbers and nodes; under the empty name what is in none."""
        found: dict[str, list[tuple[int, Node]]] = {}
        for number, node in enumerate(self.nodes):
            found.setdefault(node.cluster, []).append((number, node))
        return found

    @property
    def cycle_unit(self) -> str:
        """What imports itself in a circle where there are cycles."""
        return "Go packages" if self.by == "go-package" else "directories"

    @cached_property
    def imported(self) -> dict[str, tuple[str, ...]]:
        """What each node imports."""
        found: dict[str, list[str]] = {node.name: [] for node in self.nodes}
        for edge in self.edges:
            found[edge.importer].append(edge.imported)
        return {name: tuple(others) for name, others in found.items()}

    @cached_property
    def importers(self) -> dict[str, tuple[str, ...]]:
        """Who imports each node."""
        return turned(self.imported)

    @cached_property
    def cycles(self) -> tuple[tuple[str, ...], ...]:
        """The groups that import each other; protobuf forbids it to files, so theirs are directories."""
        groups: dict[str, set[str]] = {group: set() for group in self._groups.values()}
        for edge in self.edges:
            groups[self._groups[edge.importer]].add(self._groups[edge.imported])
        return tuple(sorted(tuple(each) for each in strongly_connected(groups) if len(each) > 1))

    @cached_property
    def implied(self) -> frozenset[Edge]:
        """The edges without which their importer would reach what they import all the same."""
        components = strongly_connected(self.imported)
        home = {name: number for number, group in enumerate(components) for name in group}
        # Which components each one leads to, itself included, as the bits of a number.
        leads: list[int] = []
        for number, group in enumerate(components):
            outward = {home[other] for name in group for other in self.imported[name]} - {number}
            leads.append(reduce(or_, (leads[other] for other in outward), 1 << number))
        found = set()
        for edge in self.edges:
            start, end = home[edge.importer], home[edge.imported]
            others = (home[other] for other in self.imported[edge.importer] if other != edge.imported)
            if any(other != start and leads[other] >> end & 1 for other in others):
                found.add(edge)
        return frozenset(found)

    def cycle_of(self, thing: Node | Edge) -> int | None:
        """The number of the cycle that an edge is on, or a node; a file isn't on that of its directory."""
        if isinstance(thing, Edge):
            return self.cycle_at(thing.importer, thing.imported)
        return None if self.by == "file" else self.cycle_at(thing.name)

    def cycle_at(self, *names: str) -> int | None:
        """The number of the cycle that holds all these: nodes, or directories of files.

        One node alone counts as the group that it stands for; two of one group are on no cycle.
        """
        groups = {self._groups.get(name, name) for name in names}
        if len(groups) < len(names):
            return None
        return next((number for number, cycle in enumerate(self.cycles) if groups <= set(cycle)), None)

    @cached_property
    def _groups(self) -> dict[str, str]:
        return {node.name: node.cluster if self.by == "file" else node.name for node in self.nodes}


def _directory(file: File) -> str:
    return file.directory or _TOP


def _go_package(file: File) -> str:
    """The declared import path; of a file without one, its directory."""
    return file.options.get("go_package", "").partition(";")[0] or _directory(file)


GROUPINGS: dict[str, Callable[[File], str]] = {
    "file": lambda file: file.name,
    "directory": _directory,
    "go-package": _go_package,
}


def build(
    graph: ImportGraph,
    outline: Outline,
    by: str = "file",
    only: Collection[str] | None = None,
    externals: Mapping[str, Mapping[str, str]] | None = None,
) -> Graph:
    """The graph of the closure, or of some of its files; by: a key of GROUPINGS.

    externals: by proto and language, the published package that serves.
    """
    shown = [file for file in outline.files if only is None or file.name in only]
    names = {file.name: GROUPINGS[by](file) for file in shown}
    members: dict[str, list[File]] = {}
    for file in sorted(shown, key=lambda each: each.name):
        members.setdefault(names[file.name], []).append(file)
    served = externals or {}
    nodes = tuple(_node(name, files, graph, by, served) for name, files in sorted(members.items()))
    return Graph(by, nodes, _edges(graph, names))


def _node(
    name: str,
    files: list[File],
    graph: ImportGraph,
    by: str,
    externals: Mapping[str, Mapping[str, str]],
) -> Node:
    own = [file.name for file in files]
    served: dict[str, dict[str, None]] = {}
    for each in own:
        for language, package in externals.get(each, {}).items():
            served.setdefault(language, {})[package] = None
    return Node(
        name,
        files=tuple(own),
        repositories=tuple(
            sorted({graph.files[each].origin.repository for each in own if each not in graph.well_known})
        ),
        services=tuple(
            f"{file.package}.{service.name}".lstrip(".") for file in files for service in file.services
        ),
        cluster=_cluster(files[0], name, by),
        entry_point=not set(graph.entry_points).isdisjoint(own),
        well_known=graph.well_known.issuperset(own),
        externals={language: tuple(sorted(packages)) for language, packages in sorted(served.items())},
    )


def _cluster(file: File, name: str, by: str) -> str:
    if by == "file":
        return _directory(file)
    declared = by == "go-package" and name != _directory(file)
    return name.rpartition("/")[0] if declared else ""


def _edges(graph: ImportGraph, names: Mapping[str, str]) -> tuple[Edge, ...]:
    pairs: dict[tuple[str, str], dict[tuple[str, str], bool]] = {}
    for importer, imports in graph.imports.items():
        for each in imports:
            if {importer, each.name} <= names.keys() and names[importer] != names[each.name]:
                found = pairs.setdefault((names[importer], names[each.name]), {})
                found[importer, each.name] = each.modifier == "public"
    return tuple(
        Edge(*ends, imports=tuple(sorted(found)), public=any(found.values()))
        for ends, found in sorted(pairs.items())
    )


def turned(edges: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """The same edges the other way round; every end is a key."""
    found: dict[str, list[str]] = {name: [] for name in edges}
    for name in sorted(edges):
        for other in edges[name]:
            found.setdefault(other, []).append(name)
    return {name: tuple(others) for name, others in found.items()}


def reached(edges: Mapping[str, Iterable[str]], starts: Iterable[str]) -> frozenset[str]:
    """The starts and all that follows from them."""
    found = set(starts)
    pending = list(found)
    while pending:
        for other in edges.get(pending.pop(), ()):
            if other not in found:
                found.add(other)
                pending.append(other)
    return frozenset(found)
