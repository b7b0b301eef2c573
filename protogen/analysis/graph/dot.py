"""DOT, for Graphviz and all that reads its language. The pictures are laid out from it too. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from protogen.analysis.graph.model import Edge, Graph, Node
from protogen.analysis.graph.view import View

FONT = "Helvetica,Arial,sans-serif"
# On white; the pictures' style sheet has others for dark pages.
_LINE, _FAINT, _SERVICE, _DIM = "#5b6675", "#b4bdc9", "#0b6bcb", "#77818f"
CYCLES = ("#c62828", "#ad5c00", "#8e24aa", "#00796b")
_SETTINGS = f"""\
  graph [fontname="{FONT}", fontsize=13, fontcolor="#3b4552", labeljust=l, labelloc=b, pad=0.3,
    nodesep=0.12, ranksep=0.7, newrank=true];
  node [shape=box, style="rounded,filled", fillcolor="#ffffff", color="{_LINE}", fontname="{FONT}",
    fontsize=12, height=0.3, margin="0.12,0.04"];
  edge [color="{_LINE}", arrowsize=0.6, penwidth=1, fontname="{FONT}", fontsize=10, fontcolor="{_DIM}"];"""


def render(view: View) -> str:
    """The graph in DOT: clusters for directories, arrows from importer to imported."""
    return "\n".join(_lines(view)) + "\n"


def signs(graph: Graph) -> str:
    """What the signs of a picture mean, those that are in it."""
    meanings = []
    if any(node.services for node in graph.nodes):
        meanings.append("◆ service")
    if any(node.well_known for node in graph.nodes):
        meanings.append("dashed: comes with the compiler")
    if any(node.externals for node in graph.nodes):
        meanings.append("⇢ published packages serve, in these languages")
    if any(len(edge.imports) > 1 for edge in graph.edges):
        meanings.append("number: imports that an arrow stands for")
    if graph.implied:
        meanings.append("pale arrow: other arrows lead there too")
    if any(edge.public for edge in graph.edges):
        meanings.append("thick arrow: public import")
    if graph.cycles:
        meanings.append(f"coloured: {graph.cycle_unit} that import each other")
    return "   ".join(meanings)


def quoted(text: str) -> str:
    """A DOT string for an identifier."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def label(*lines: str, end: str = "") -> str:
    """A DOT string for these lines, each ended as end says, or joined where it says nothing."""
    # Graphviz reads entities in what it shows.
    texts = [quoted(line.replace("&", "&amp;"))[1:-1] for line in lines]
    return '"' + ("".join(text + end for text in texts) if end else "\\n".join(texts)) + '"'


def _lines(view: View) -> Iterator[str]:
    graph = view.graph
    yield f"digraph {quoted(view.title)} {{"
    yield _SETTINGS
    caption = label(f"{view.title}: {graph.size}", signs(graph), end="\\l")
    yield f"  rankdir={'RL' if view.question.reverse else 'LR'}; label={caption};"
    for number, (name, nodes) in enumerate(graph.clusters.items()):
        if name:
            yield f"  subgraph cluster_{number} {{\n    {_cluster(number, name, graph)}"
        yield from (f"    {quoted(node.name)} [{_node(index, node, graph)}];" for index, node in nodes)
        if name:
            yield "  }"
    for number, edge in enumerate(graph.edges):
        yield f"  {quoted(edge.importer)} -> {quoted(edge.imported)} [{_edge(number, edge, graph)}];"
    yield "}"


def _cluster(number: int, name: str, graph: Graph) -> str:
    cycle = graph.cycle_at(name)
    classes = "group" if cycle is None else f"group {_class(cycle)}"
    line = "#c9d1dc" if cycle is None else _colour(cycle)
    return (
        f'id=c{number}; class="{classes}"; label={label(name)}; labelloc=t; margin=10; '
        f'style="rounded,filled"; fillcolor="#f2f5f9"; color="{line}";'
    )


def _node(number: int, node: Node, graph: Graph) -> str:
    classes, looks = ["proto" if graph.by == "file" else "protos"], {}
    lines = [node.short_name]
    if graph.by != "file" and len(node.files) > 1:
        lines.append(f"{len(node.files)} files")
    if node.well_known:
        classes.append("well-known")
        looks = {"style": "rounded,filled,dashed", "fontcolor": _DIM, "color": _DIM}
    if node.externals:
        lines.append(f"⇢ {', '.join(node.externals)}")
    if node.services:
        classes.append("service")
        lines.append("◆ " + ", ".join(name.rpartition(".")[2] for name in node.services))
        looks = {"fillcolor": "#dcecff", "color": _SERVICE, "penwidth": "2"}
    return _attributes(f"n{number}", classes, looks, graph.cycle_of(node), f", label={label(*lines)}")


def _edge(number: int, edge: Edge, graph: Graph) -> str:
    classes, looks = ["import"], {}
    if edge in graph.implied:
        classes.append("implied")
        looks = {"color": _FAINT}
    if edge.public:
        classes.append("public")
        looks |= {"penwidth": "2"}
    label = f', label="{len(edge.imports)}"' if len(edge.imports) > 1 else ""
    return _attributes(f"e{number}", classes, looks, graph.cycle_of(edge)) + label


def _attributes(
    name: str, classes: list[str], looks: Mapping[str, str], cycle: int | None, label: str = ""
) -> str:
    """An id, classes and looks; what is on a cycle has its colour."""
    if cycle is not None:
        classes = [*classes, _class(cycle)]
        looks = {**looks, "color": _colour(cycle), "penwidth": "2"}
    more = "".join(f', {key}="{value}"' for key, value in looks.items())
    return f'id={name}, class="{" ".join(classes)}"{label}{more}'


def _colour(cycle: int) -> str:
    return CYCLES[cycle % len(CYCLES)]


def _class(cycle: int) -> str:
    return f"cycle cycle-{cycle % len(CYCLES)}"
