"""A view in each of the formats: as JSON and pictures here, as tree, DOT and Mermaid in their modules."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from protogen.analysis.graph import dot, mermaid
from protogen.analysis.graph.model import Edge, Graph, Node
from protogen.analysis.graph.view import View

if TYPE_CHECKING:
    from rich.tree import Tree

Draw = Callable[[str], str]
"""From DOT to a picture in SVG, by whatever lays graphs out on this machine."""

FORMATS = ("text", "json", "dot", "mermaid", "svg", "html")
_PAGE = Path(__file__).parent / "page"
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)


def render(format_: str, view: View, draw: Draw) -> str | Tree:
    """The view in one of FORMATS, as text to print, or as a tree for a terminal.

    Raises what draw raises, which only pictures need.
    """
    if format_ == "text":
        # rich takes 40 ms.
        from protogen.analysis.graph import tree

        return tree.render(view)
    if format_ == "svg":
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + _picture(view, draw)
    if format_ == "html":
        return _page(view, draw)
    if format_ == "json":
        return json.dumps(document(view), indent=2) + "\n"
    return {"dot": dot.render, "mermaid": mermaid.render}[format_](view)


def _picture(view: View, draw: Draw) -> str:
    """What is drawn of the DOT as an `svg` element, with a style sheet for light and dark pages.

    Nodes, edges and clusters have the ids nI, eI and cI, and classes.
    """
    drawn = draw(dot.render(view))
    # The prologue names a DTD elsewhere, and comments repeat every name.
    element = _COMMENT.sub("", drawn[drawn.index("<svg") :])
    style = (_PAGE / "picture.css").read_text(encoding="utf-8")
    return element.replace(">", f">\n<style>\n{style}</style>", 1)


def _page(view: View, draw: Draw) -> str:
    """One file that needs nothing else: the picture, search, and what each node's neighbours are."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_PAGE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html.jinja").render(
        title=view.title,
        count=view.graph.size,
        signs=dot.signs(view.graph),
        picture=_picture(view, draw),
        document=document(view),
    )


def document(view: View) -> dict[str, Any]:
    """The view as JSON: docs/graph.md says what each key holds."""
    question, graph, release = view.question, view.graph, view.release
    return {
        "schema": 1,
        "recipe": view.recipe,
        "version": release.name,
        "package_version": release.package_version,
        "source": release.source,
        "by": graph.by,
        "focus": question.focus or None,
        "reverse": question.reverse,
        "nodes": [_node(node, graph) for node in graph.nodes],
        "edges": [_edge(edge, graph) for edge in graph.edges],
        "cycles": [list(cycle) for cycle in graph.cycles],
        "why": _why(view),
    }


def _node(node: Node, graph: Graph) -> dict[str, Any]:
    return {
        "name": node.name,
        "files": list(node.files),
        "directory": node.cluster if graph.by == "file" else None,
        "repositories": list(node.repositories),
        "services": list(node.services),
        "entry_point": node.entry_point,
        "well_known": node.well_known,
        "externals": {language: list(packages) for language, packages in node.externals.items()},
        "cycle": graph.cycle_at(node.name),
    }


def _edge(edge: Edge, graph: Graph) -> dict[str, Any]:
    return {
        "importer": edge.importer,
        "imported": edge.imported,
        "imports": [list(pair) for pair in edge.imports],
        "public": edge.public,
        "implied": edge in graph.implied,
        "cycle": graph.cycle_of(edge),
    }


def _why(view: View) -> dict[str, Any] | None:
    if view.why is None:
        return None
    return {
        "path": view.question.why,
        "chains": [list(chain) for chain in view.why.chains],
        "total": view.why.total,
        "complete": view.why.complete,
    }
