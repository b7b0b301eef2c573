"""Mermaid, for Markdown that is rendered where it lies. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from protogen.analysis.graph.dot import CYCLES
from protogen.analysis.graph.model import Edge, Graph, Node
from protogen.analysis.graph.view import View

# What means something in a quoted label, as the entity that stands for it.
_ENTITIES = str.maketrans({mark: f"#{ord(mark)};" for mark in '"#&<>`\\'})


def render(view: View) -> str:
    """A flowchart: directories as subgraphs, an arrow from importer to imported."""
    return "\n".join(_lines(view)) + "\n"


def _lines(view: View) -> Iterator[str]:
    graph = view.graph
    yield f"flowchart {'RL' if view.question.reverse else 'LR'}"
    clusters: dict[str, list[str]] = {}
    classes: dict[str, list[str]] = {}
    number = {}
    for index, node in enumerate(graph.nodes):
        number[node.name] = f"n{index}"
        clusters.setdefault(node.cluster, []).append(f'n{index}["{_label(node)}"]')
        if kind := _kind(node, graph):
            classes.setdefault(kind, []).append(f"n{index}")
    for index, (name, lines) in enumerate(clusters.items()):
        if name:
            yield f'  subgraph c{index}["{_text(name)}"]'
        yield from (f"    {line}" for line in lines)
        if name:
            yield "  end"
            if (cycle := graph.cycle_at(name)) is not None:
                classes.setdefault(_cycle(cycle), []).append(f"c{index}")
    for edge in graph.edges:
        yield f"  {number[edge.importer]} {_arrow(edge, graph)} {number[edge.imported]}"
    yield "  classDef service fill:#dcecff,stroke:#0b6bcb,stroke-width:2px,color:#12263a"
    yield "  classDef wellKnown stroke-dasharray:4,opacity:0.7"
    for index, colour in enumerate(CYCLES[: len(graph.cycles)]):
        yield f"  classDef cycle{index} stroke:{colour},stroke-width:2px"
    for kind, members in sorted(classes.items()):
        yield f"  class {','.join(members)} {kind}"
    yield from _link_styles(graph)


def _label(node: Node) -> str:
    services = "".join(f"<br/>◆ {_text(name.rpartition('.')[2])}" for name in node.services)
    return _text(node.short_name) + services


def _kind(node: Node, graph: Graph) -> str:
    cycle = None if graph.by == "file" else graph.cycle_at(node.name)
    if cycle is not None:
        return _cycle(cycle)
    return "service" if node.services else "wellKnown" if node.well_known else ""


def _arrow(edge: Edge, graph: Graph) -> str:
    if edge.public:
        return "==>"
    return "-.->" if (edge.importer, edge.imported) in graph.implied else "-->"


def _link_styles(graph: Graph) -> Iterator[str]:
    for index, edge in enumerate(graph.edges):
        cycle = graph.cycle_at(edge.importer, edge.imported)
        if cycle is not None:
            yield f"  linkStyle {index} stroke:{CYCLES[cycle % len(CYCLES)]},stroke-width:2px"


def _cycle(number: int) -> str:
    return f"cycle{number % len(CYCLES)}"


def _text(text: str) -> str:
    return text.translate(_ENTITIES)
