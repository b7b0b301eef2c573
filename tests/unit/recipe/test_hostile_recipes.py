"""Recipes from strangers: a clear error within bounded time."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from protogen.errors import RecipeError
from protogen.recipe import model
from tests.support.upstream import RECIPE

BOUND_SECONDS = 30


def bomb() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (bomb(), "aliases are not allowed"),
        ("a: &a [*a]", "aliases are not allowed"),
        # Newer libyaml refuses this before its tokens are seen, in its own words.
        ("a: " + "[" * 400_000, "nested too deeply|nesting"),
        ("{a: " * 200_000, "nested too deeply"),
        ("- " * 300_000, "nested too deeply"),
        ("\n".join(" " * n + "a:" for n in range(1000)), "nested too deeply"),
        ("a: " + "1:1" * 100_000, "unknown key|can't be read"),
        ("a: 1" + ":1" * 100_000, "can't be read"),
        ("a: " + "9" * 900_000, "can't be read"),
        ("a: !!python/object/apply:os.system [x]", "unknown key|can't be read|expected"),
        ("a: !!python/name:os.system x", "can't be read"),
        ("a: !!int x", "can't be read"),
        ("a: !!bool maybe", "can't be read"),
        ("x" * 1_000_001, "larger than"),
        ("\x00", "not valid YAML"),
        ("a: \x1b[31m", "not valid YAML"),
    ],
    ids=lambda text: text[:16].encode("unicode_escape").decode(),
)
def test_a_document_that_would_exhaust_the_parser_is_refused(text: str, message: str) -> None:
    before = time.monotonic()
    with pytest.raises(RecipeError, match=message):
        model.parse(text, "strange.yaml")
    assert time.monotonic() - before < BOUND_SECONDS


def test_a_file_without_end_is_read_no_further_than_needed(tmp_path: Path) -> None:
    file = tmp_path / "huge.yaml"
    with file.open("wb") as content:
        content.truncate(1 << 40)
    with pytest.raises(RecipeError, match="larger than"):
        model.load(str(file))


@pytest.mark.parametrize(
    "expression",
    ["(a{99999999999999999999})", "(" * 400 + ")" * 400, "(" + "a" * 1000 + ")", "(", "(a)(b)", "a"],
    ids=lambda text: text[:12],
)
def test_an_expression_that_cannot_serve_is_refused_with_its_line(expression: str) -> None:
    text = RECIPE.replace("'base = ([0-9a-f]{40})'", f"'{expression}'")
    with pytest.raises(RecipeError, match=r"^strange\.yaml:17: repositories\.base\.pins\[0\]\.pattern: "):
        model.parse(text, "strange.yaml")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("https://git.invalid/api", "--upload-pack=touch"),
        ("https://git.invalid/api", "ext::sh -c x"),
        ("https://git.invalid/api", "javascript://x/y"),
        ("roots: [proto]", "roots: [../proto]"),
        ("roots: [proto]", "roots: [/etc]"),
        ("file: DEPS", "file: ../../DEPS"),
        ("submodule: deps/base", "submodule: --deps"),
        ('"shop/**/*.proto"', '"../**/*.proto"'),
        ("name: shop", "name: ../../shop"),
        ("name: shop", "name: --shop"),
        ("branch: release-{major}.{minor}", "branch: '{major.__class__}'"),
        ("branch: release-{major}.{minor}", "branch: --{minor}{major}"),
    ],
)
def test_a_recipe_cannot_leave_its_repositories_or_pass_options(old: str, new: str) -> None:
    with pytest.raises(RecipeError, match=r"^strange\.yaml:\d+: "):
        model.parse(RECIPE.replace(old, new), "strange.yaml")
