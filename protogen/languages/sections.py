"""The languages' own sections of a recipe, all of them at once: the strictest reading of a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protogen.errors import RecipeError
from protogen.languages import LANGUAGES, load_language
from protogen.recipe import model

if TYPE_CHECKING:
    from protogen.recipe.model import Recipe


def check(name_or_file: str) -> tuple[RecipeError, ...]:
    """All that is wrong with a recipe: its first complaint, else those about the languages' sections."""
    try:
        return refusals(model.load(name_or_file))
    except RecipeError as error:
        return (error,)


def refusals(recipe: Recipe) -> tuple[RecipeError, ...]:
    """What is wrong with the sections: each language's first complaint, and sections of no language."""
    found = [
        recipe.document.error("no such language", ("languages", name), f"one of {', '.join(LANGUAGES)}")
        for name in recipe.languages
        if name not in LANGUAGES
    ]
    for name in LANGUAGES:
        try:
            if name in recipe.languages:
                load_language(name).read(recipe)
        except RecipeError as error:
            found.append(error)
    return tuple(found)
