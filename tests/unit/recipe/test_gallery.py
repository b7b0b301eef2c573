"""The recipes that come with protogen."""

from __future__ import annotations

import json

import pytest

from protogen.languages import refusals_of
from protogen.recipe import builtin, model


@pytest.mark.parametrize("name", builtin.names())
def test_a_recipe_of_the_gallery_says_what_it_is(name: str) -> None:
    read = model.load(name)
    assert read.name == name
    assert read.title
    assert read.license
    assert all(each.url.startswith("https://") for each in read.repositories.values() if each.url)
    assert builtin.path(name).read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("name", builtin.names())
def test_a_recipe_of_the_gallery_is_read_by_every_language(name: str) -> None:
    assert not refusals_of(name)


def test_what_was_proven_is_of_recipes_that_there_are() -> None:
    proven = json.loads((builtin.folder() / "proven.json").read_text(encoding="utf-8"))
    assert set(proven) <= set(builtin.names())
