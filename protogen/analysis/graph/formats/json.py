"""JSON, schema 1: docs/graph.md says what each key holds. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from protogen.analysis.graph.formats import Draw
    from protogen.analysis.graph.model import Edge, Graph, Node
    from protogen.analysis.graph.view import View

SCHEMA = 1


def render(view: View, _draw: Draw) -> str:
    """The document as text."""
    return json.dumps(document(view), indent=2) + "\n"


def document(view: View) -> dict[str, Any]:
    """The view as plain values; nodes by name, edges by importer and imported."""
    question, graph, release = view.question, view.graph, view.release
    return {
        "schema": SCHEMA,
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
        "cycle": graph.cycle_at(node.name),
    }


def _edge(edge: Edge, graph: Graph) -> dict[str, Any]:
    return {
        "importer": edge.importer,
        "imported": edge.imported,
        "imports": [list(pair) for pair in edge.imports],
        "public": edge.public,
        "implied": (edge.importer, edge.imported) in graph.implied,
        "cycle": graph.cycle_at(edge.importer, edge.imported),
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
