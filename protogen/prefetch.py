"""Tools that the recipe names, installed while its protos are fetched."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from protogen.languages.base import Language
    from protogen.recipe import Recipe
    from protogen.workbench import Workbench


def begin(recipe: Recipe, languages: tuple[Language[Any], ...], bench: Workbench) -> None:
    """Begin to install what the languages' packages usually take, where the network may be used.

    Nobody waits for it: who needs a tool gets it from the toolbox, which installs each once in a run, and
    ends with the error of one that couldn't be.
    """
    if bench.offline:
        return
    for language in languages:
        bench.background.begin(
            (recipe.digest, language.name), partial(language.prefetch, recipe, bench.toolbox)
        )


def begin_where_none_is_installed(
    recipe: Recipe, languages: tuple[Language[Any], ...], bench: Workbench
) -> None:
    """The same before it is known whether packages must be made, on a machine that has made none yet."""
    if not bench.cache.path("tools").exists():
        begin(recipe, languages, bench)
