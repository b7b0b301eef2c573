"""Tools that the recipe names, installed while its protos are fetched."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from protogen.languages.toolchain.toolbox import Toolbox

if TYPE_CHECKING:
    from protogen.languages.base import Language
    from protogen.recipe.model import Recipe
    from protogen.system.context import Context


def begin(recipe: Recipe, languages: tuple[Language[Any, Any], ...], context: Context) -> None:
    """Begin to install what the languages' packages usually take, where the network may be used.

    Nobody waits for it: who needs a tool gets it from the toolbox, which installs each once in a run, and
    ends with the error of one that couldn't be.
    """
    if context.offline:
        return
    for language in languages:
        context.background.begin(
            (recipe.digest, language.name), partial(language.prefetch, recipe, Toolbox.of(context))
        )


def begin_where_none_is_installed(
    recipe: Recipe, languages: tuple[Language[Any, Any], ...], context: Context
) -> None:
    """The same before it is known whether packages must be made, on a machine that has made none yet."""
    if not context.cache.path("tools").exists():
        begin(recipe, languages, context)
