"""What several renderings say of a graph, in the same words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protogen.analysis.graph.model import Graph, Node
    from protogen.analysis.graph.view import Why

_PLURALS = {"file": "files", "directory": "directories", "go-package": "Go packages"}
_SINGULARS = {"file": "file", "directory": "directory", "go-package": "Go package"}


def count(graph: Graph) -> str:
    """How much is shown."""
    nodes, imports = len(graph.nodes), sum(len(edge.imports) for edge in graph.edges)
    unit = (_SINGULARS if nodes == 1 else _PLURALS)[graph.by]
    between = "" if graph.by == "file" else " between them"
    return f"{nodes} {unit}, {imports} import{'' if imports == 1 else 's'}{between}"


def chain_count(why: Why) -> str:
    """How many chains there are, and how many of them are shown."""
    shown = len(why.chains)
    if why.complete:
        return f"{shown or 'no'} chain{'' if shown == 1 else 's'}"
    return f"the first {shown} of {why.total or 'even more'} chains"


def cycle_unit(graph: Graph) -> str:
    """What imports itself in a circle where there are cycles."""
    return "Go packages" if graph.by == "go-package" else "directories"


def signs(graph: Graph) -> str:
    """What the signs of a picture mean, those that are in it."""
    said = []
    if any(node.services for node in graph.nodes):
        said.append("◆ service")
    if any(node.well_known for node in graph.nodes):
        said.append("dashed: comes with the compiler")
    if any(len(edge.imports) > 1 for edge in graph.edges):
        said.append("number: imports that an arrow stands for")
    if graph.implied:
        said.append("pale arrow: other arrows lead there too")
    if any(edge.public for edge in graph.edges):
        said.append("thick arrow: public import")
    if graph.cycles:
        said.append(f"coloured: {cycle_unit(graph)} that import each other")
    return "   ".join(said)


def short_name(node: Node) -> str:
    """The name of a node as it stands in its cluster."""
    return node.name.removeprefix(f"{node.cluster}/") if node.cluster else node.name
