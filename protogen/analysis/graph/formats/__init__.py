"""The renderings of a view, by what `--format` calls them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.tree import Tree

    from protogen.analysis.graph.view import View

    # From DOT to a picture in SVG, by whatever lays graphs out on this machine.
    Draw = Callable[[str], str]

# A rendering is the function `render` of the module of that name, imported when it is asked for.
RENDERINGS: dict[str, str] = {
    "text": "tree",
    "json": "json",
    "dot": "dot",
    "mermaid": "mermaid",
    "svg": "svg",
    "html": "html",
}


def render(format_: str, view: View, draw: Draw) -> str | Tree:
    """The view as text to print, or as a tree for a terminal.

    Raises what draw raises, which only pictures need.
    """
    rendered: str | Tree = import_module(f"{__name__}.{RENDERINGS[format_]}").render(view, draw)
    return rendered
