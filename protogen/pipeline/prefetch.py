"""Tools that the recipe names, installed while its protos are fetched."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from protogen.languages.toolchain.toolbox import Toolbox

if TYPE_CHECKING:
    from protogen.languages.base import Language
    from protogen.recipe.model import Recipe
    from protogen.system.context import Context


def begin(
    recipe: Recipe, languages: tuple[Language[Any, Any], ...], context: Context, *, only_first: bool = False
) -> None:
    """Begin to install what the languages' packages usually take, where the network may be used.

    only_first: before it is known whether packages must be made, for languages none of whose tools is here.
    Nobody waits for it: who needs a tool gets it from the toolbox, which installs each once in a run, and
    ends with the error of one that couldn't be.
    """
    if context.offline:
        return
    toolbox = Toolbox.of(context)
    for language in languages:
        tools = [tool for tool in language.tools(language.read(recipe)) if tool.name not in toolbox.given]
        if tools and not (only_first and any(map(toolbox.is_at_hand, tools))):
            context.background.begin((recipe.digest, language.name), partial(toolbox.install, tools))
