from __future__ import annotations

import pytest

from protogen.errors import RecipeError
from protogen.recipe import model
from protogen.recipe.externals import NONE, External, Externals
from tests.unit.recipe.test_model import GOOD


def externals(text: str) -> Externals:
    return model.parse(f"{GOOD}externals: {text}\n", "recipe.yaml").externals


def test_a_recipe_that_says_nothing_takes_what_is_known() -> None:
    assert model.parse(GOOD, "recipe.yaml").externals == Externals(known=True) == externals("true")
    assert externals("false") == NONE
    recipe = model.parse(GOOD, "recipe.yaml")
    assert recipe.with_all_generated().externals == NONE
    assert recipe.with_all_generated().digest == recipe.digest


def test_the_first_pattern_that_speaks_of_a_language_counts() -> None:
    found = externals(
        "{a/b.proto: {go: {version: v1}}, a/**: {go: null, java: {package: 'g:a'}}, '**': null}"
    )
    assert found.said_of("a/b.proto", "go") == (True, External(version="v1"))
    assert found.said_of("a/b.proto", "java") == (True, External(package="g:a"))
    assert found.said_of("a/c.proto", "go") == (True, None)
    assert found.said_of("c.proto", "rust") == (True, None)
    assert found.languages() == {"go": "a/b.proto", "java": "a/**"}
    assert Externals().said_of("a/b.proto", "go") == (False, None)
    plain = model.parse(f"{GOOD}externals: {{a/**: null}}\n", "recipe.yaml").plain
    assert plain["externals"] == {"a/**": None}


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ("[]", "externals", "Expected `bool | object`"),
        ("{/a/**: null}", "externals./a/**", "a pattern of import names"),
        ("{google/api: null}", "externals.google/api", "ends in .proto or **"),
        ("{a/**: {}}", "externals.a/**", "names no language"),
        ("{a/**: true}", "externals.a/**", "names no language"),
        ("{a/**: {go: {}}}", "externals.a/**.go", "says nothing"),
        ("{a/**: {go: {module: m}}}", "externals.a/**.go.module", "one of package, version, import"),
        ("{a/**: {go: {version: 1.5}}}", "externals.a/**.go.version", '"1.5", in quotes'),
    ],
)
def test_what_says_nothing_or_another_thing_is_refused(text: str, key: str, expected: str) -> None:
    with pytest.raises(RecipeError) as caught:
        externals(text)
    location = caught.value.location
    assert location and location.key == key
    assert expected.lower() in location.message.lower()
