"""Mermaid, for Markdown that is rendered where it lies. Pure."""

from __future__ import annotations

from collections import defaultdict
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
    classes: dict[str, list[str]] = defaultdict(list)
    number = {node.name: f"n{index}" for index, node in enumerate(graph.nodes)}
    for node in graph.nodes:
        if kind := _kind(node, graph):
            classes[kind].append(number[node.name])
    for index, (name, nodes) in enumerate(graph.clusters.items()):
        if name:
            yield f'  subgraph c{index}["{_text(name)}"]'
        yield from (f'    {number[node.name]}["{_label(node)}"]' for _, node in nodes)
        if name:
            yield "  end"
            if (cycle := graph.cycle_at(name)) is not None:
                classes[_cycle(cycle)].append(f"c{index}")
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
    cycle = graph.cycle_of(node)
    if cycle is not None:
        return _cycle(cycle)
    return "service" if node.services else "wellKnown" if node.well_known else ""


def _arrow(edge: Edge, graph: Graph) -> str:
    if edge.public:
        return "==>"
    return "-.->" if edge in graph.implied else "-->"


def _link_styles(graph: Graph) -> Iterator[str]:
    for index, edge in enumerate(graph.edges):
        cycle = graph.cycle_of(edge)
        if cycle is not None:
            yield f"  linkStyle {index} stroke:{CYCLES[cycle % len(CYCLES)]},stroke-width:2px"


def _cycle(number: int) -> str:
    return f"cycle{number % len(CYCLES)}"


def _text(text: str) -> str:
    return text.translate(_ENTITIES)
