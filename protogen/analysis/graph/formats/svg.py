"""SVG: what Graphviz draws of the DOT, with a style sheet for light and dark pages."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.analysis.graph.formats import dot

if TYPE_CHECKING:
    from protogen.analysis.graph.formats import Draw
    from protogen.analysis.graph.view import View

_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)


def render(view: View, draw: Draw) -> str:
    """The picture as a file of its own.

    Raises ToolMissing where nothing lays out graphs, ToolFailed where that fails.
    """
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + picture(view, draw)


def picture(view: View, draw: Draw) -> str:
    """The `svg` element alone. Nodes, edges and clusters have the ids nI, eI and cI, and classes.

    Raises what render raises.
    """
    drawn = draw(dot.render(view, draw))
    # The prologue names a DTD elsewhere, and comments repeat every name.
    element = _COMMENT.sub("", drawn[drawn.index("<svg") :])
    return element.replace(">", f">\n<style>\n{style()}</style>", 1)


@lru_cache(maxsize=1)
def style() -> str:
    """The style sheet of pictures."""
    return (Path(__file__).parents[1] / "page" / "picture.css").read_text(encoding="utf-8")
