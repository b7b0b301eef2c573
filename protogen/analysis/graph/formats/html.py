"""HTML: one file that needs nothing else, with the picture, search, and what each node's neighbours are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from protogen.analysis.graph.formats import json, svg
from protogen.analysis.graph.words import count, signs

if TYPE_CHECKING:
    from protogen.analysis.graph.formats import Draw
    from protogen.analysis.graph.view import View

_PAGE = Path(__file__).parents[1] / "page"


def render(view: View, draw: Draw) -> str:
    """The page.

    Raises ToolMissing where nothing lays out graphs, ToolFailed where that fails.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_PAGE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html.jinja").render(
        title=view.title,
        count=count(view.graph),
        signs=signs(view.graph),
        picture=svg.picture(view, draw),
        document=json.document(view),
    )
