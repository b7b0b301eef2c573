"""The schemas against what reads the files: whatever they refuse, the readers refuse."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from protogen.analysis import schema
from protogen.cli import defaults
from protogen.cli.generate import generate
from protogen.errors import RecipeError
from protogen.languages import LANGUAGES, load_language, refusals
from protogen.recipe import builtin, model
from protogen.recipe import project_file as settings_file
from tests.unit.recipe.test_model import GOOD

DOCS = Path(__file__).parents[3] / "docs" / "recipes.md"
RECIPE = schema.recipe_schema({name: load_language(name).section for name in LANGUAGES})
KNOWN = defaults.known(generate)
SETTINGS = schema.settings_schema(KNOWN)
FULL = (
    GOOD.replace(
        "    url: ../base", '    url: ../base\n    roots: [{path: ., as: m, exclude: [x/**], until: "2"}]'
    )
    + """\
title: The Shop
license: MIT
prefer: [{pattern: a.proto, repository: api, root: proto}]
languages:
  go: {module: example.com/shop, tools: {protoc-gen-go: v1.34.0}, require: {a: v1}, sums: [x]}
  java: {group: com.example, plugins: {maven-jar-plugin: 3.4.2}}
  python: {package: shop, python: "3.8"}
"""
)
# As an editor sees a file; pairs of the recipe's own strict reading are texts there.
SETTINGS_FILE = {
    "version": ["r2.11", 2.5],
    "lang": "go",
    "repo": {"a": "../a"},
    "ref": ["a=main"],
    "source": "git",
    "jobs": 3,
    "offline": True,
    "out": "gen",
    "java_pom": {
        "name": "The shop's client",
        "licenses": [{"name": "MIT", "url": "https://example.com/mit"}],
        "developers": [{"id": "jane", "organizationUrl": "https://example.com"}],
        "scm": {"connection": "scm:git:https://example.com/shop.git", "tag": "v1"},
    },
}


def accepts(wanted: dict[str, Any], value: Any) -> bool:
    return bool(jsonschema.Draft202012Validator(wanted).is_valid(value))


def reads_recipe(value: Any) -> bool:
    try:
        return not refusals(model.parse(yaml.safe_dump(value), "r.yaml"))
    except RecipeError:
        return False


def reads_settings(value: Any) -> bool:
    try:
        settings_file.parse(yaml.safe_dump(value), KNOWN)
    except RecipeError:
        return False
    return True


def test_the_schemas_are_schemas() -> None:
    for made in (RECIPE, SETTINGS):
        jsonschema.Draft202012Validator.check_schema(made)


@pytest.mark.parametrize("name", builtin.names())
def test_shipped_recipes_fit(name: str) -> None:
    text, _ = model.read_text(name)
    assert accepts(RECIPE, yaml.safe_load(text))
    assert accepts(RECIPE, yaml.safe_load(FULL))


def objects(made: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {"Recipe": made, **made["$defs"]}


def test_every_key_says_what_it_is() -> None:
    for name, made in objects(RECIPE).items():
        for key, value in made["properties"].items():
            assert len(value["description"]) > 5, f"{name}.{key}: nothing is said of it"
    for name, made in {"": SETTINGS, **SETTINGS["$defs"]}.items():
        for key, value in made["properties"].items():
            assert len(value["description"]) > 5, f"{name}.{key}: nothing is said of it"


def documented(heading: str) -> set[str]:
    """The keys in the first column of the first table at or after some text of docs/recipes.md."""
    after = DOCS.read_text().split(heading, 1)[1]
    rows = re.search(r"(?:^\|.*\n)*^\| `.*\n(?:^\|.*\n)*", after, re.MULTILINE)
    assert rows, f"no table after {heading!r}"
    return {key for row in rows[0].splitlines() for key in re.findall(r"`(\w+)`", row.split("|")[1])}


@pytest.mark.parametrize(
    ("heading", "definition"),
    [
        ("| key of a recipe ", "Recipe"),
        ("| key of a repository ", "Repository"),
        ("| key of a pin ", "Pin"),
        ("| key of an entry point ", "EntryPoints"),
        ("| key of a preference ", "Preference"),
        ("| key of a root ", "Root"),
        ("## languages.go", "GoSection"),
        ("## languages.java", "JavaSection"),
        ("## languages.python", "PythonSection"),
    ],
)
def test_the_docs_tell_the_same_keys(heading: str, definition: str) -> None:
    assert documented(heading) == set(objects(RECIPE)[definition]["properties"])


def test_the_example_of_the_docs_fits() -> None:
    (example,) = re.findall(r"```yaml\n(schema: 1.*?)```", DOCS.read_text(), re.DOTALL)
    assert accepts(RECIPE, yaml.safe_load(example))
    assert reads_recipe(yaml.safe_load(example))


def paths(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield here
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in pairs:
        yield from paths(child, (*here, key))


WRONG: list[Any] = [None, True, 0, 1, 2.5, "", "x", "X!", "a/../b", "{minor}", "v{major}", "x.proto"]
WRONG += [[], ["x"], [1], {}, {"x": "y"}, {"url": "u"}, {"repository": "api", "pattern": "x.txt"}]


@st.composite
def broken(draw: st.DrawFn, whole: dict[str, Any]) -> Any:
    """The document with one to three nodes replaced, removed, renamed or added."""
    value: Any = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 3))):
        *above, last = draw(st.sampled_from([path for path in paths(value) if path]))
        parent: Any = value
        for step in above:
            parent = parent[step]
        kind = draw(st.sampled_from(["replace", "remove", "rename", "add"]))
        if kind == "replace":
            parent[last] = copy.deepcopy(draw(st.sampled_from(WRONG)))
        elif kind == "remove" or isinstance(parent, list):
            del parent[last]
        elif kind == "rename":
            parent[draw(st.sampled_from(["new", "New Name", f"{last}s"]))] = parent.pop(last)
        else:
            parent[draw(st.sampled_from(["extra", "cobol"]))] = copy.deepcopy(draw(st.sampled_from(WRONG)))
        if not list(paths(value))[1:]:
            break
    return value


def test_whatever_is_left_out_schema_and_loader_agree() -> None:
    whole = yaml.safe_load(FULL)
    for *above, last in [path for path in paths(whole) if path]:
        value: Any = copy.deepcopy(whole)
        parent: Any = value
        for step in above:
            parent = parent[step]
        del parent[last]
        if reads_recipe(value):
            assert accepts(RECIPE, value), f"{[*above, last]} may be left out"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: shop", f"name: {'x' * 60}"),
        ("name: shop", "name: a1-b_2"),
        ("branch: release-{major}.{minor}", "branch: ''"),
        ("branch: release-{major}.{minor}", "branch: r{major}"),
        ("[., proto]", "[proto]"),
        ("repository: api, file: DEPS", "submodule: '', repository: api, file: DEPS"),
        ("  admin:\n    - {repository: base, pattern: admin/*.proto}", "  admin: []"),
        ("shop/**/*.proto", "a.proto"),
        ("https://example.com/api", "x"),
        ("title: The Shop", "title: ''"),
        ("  go: {module", "  go: {sums: [], indirect: {}, module"),
    ],
)
def test_what_the_loader_takes_the_schema_takes(old: str, new: str) -> None:
    assert old in FULL
    value = yaml.safe_load(FULL.replace(old, new, 1))
    assert reads_recipe(value)
    assert accepts(RECIPE, value)


@settings(max_examples=150, deadline=None)
@given(broken(yaml.safe_load(FULL)))
def test_what_the_schema_refuses_the_loader_refuses(value: Any) -> None:
    if not accepts(RECIPE, value):
        assert not reads_recipe(value)


@settings(max_examples=150, deadline=None)
@given(broken(SETTINGS_FILE))
def test_what_the_schema_of_settings_refuses_the_reader_refuses(value: Any) -> None:
    if not accepts(SETTINGS, value):
        assert not reads_settings(value)
    assert accepts(SETTINGS, SETTINGS_FILE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("schema: 1", "schema: 2"),
        ("name: shop", "name: Shop!"),
        ("name: shop", "nmae: shop"),
        ("releases: api\n", ""),
        ("release-{major}.{minor}", "release"),
        ("[., proto]", "[]"),
        ("[., proto]", "proto"),
        ("file: DEPS, ", ""),
        ("submodule: deps/base", "file: x"),
        ("shop/**/*.proto", "shop/**/*.txt"),
        ("  base:", "  Base!:"),
        ("  python: {package", "  pyton: {package"),
        ("{group: com.example", "{gruop: com.example"),
        ("tools: {protoc-gen-go: v1.34.0}", "tools: {protoc-gen-go: 1.34}"),
        ("url: https://example.com/api", "url: ''"),
    ],
)
def test_the_schema_sees_the_usual_slips(old: str, new: str) -> None:
    assert old in FULL
    assert not accepts(RECIPE, yaml.safe_load(FULL.replace(old, new, 1)))


@pytest.mark.parametrize(
    "value",
    [
        {"versoin": "r2"},
        {"offline": "yes"},
        {"jobs": "many"},
        {"source": "gti"},
        {"version": {"a": "b"}},
        {"repo": {"a": ["b"]}},
        {"out": ["a"]},
    ],
)
def test_the_schema_of_settings_sees_the_usual_slips(value: Any) -> None:
    assert not accepts(SETTINGS, value)
