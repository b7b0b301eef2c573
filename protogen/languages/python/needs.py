"""The programs that a Python package takes: none to make it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protogen.languages.python import section as sections
from protogen.languages.toolchain.need import Need

if TYPE_CHECKING:
    from protogen.recipe.model import Recipe


def needs(recipe: Recipe) -> tuple[Need, ...]:
    """pip, which installs the package.

    Raises RecipeError.
    """
    sections.load(recipe)
    return (Need("pip", purpose="it installs the package", remedy="python3 -m ensurepip"),)
