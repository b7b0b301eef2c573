from __future__ import annotations

from pathlib import Path

import pytest

from protogen.errors import UsageError
from protogen.languages import load_language
from protogen.languages.typescript import naming
from protogen.recipe import model
from tests.unit.recipe.test_model import GOOD

LONG = "n" * 214


@pytest.mark.parametrize(
    "name", ["client", "tf.serving_2", "@team/client", "@a.b/c", "0x", LONG, "@node/fs", "fs-client"]
)
def test_a_name_that_npm_takes_stays(name: str) -> None:
    assert naming.problem(name) == ""
    assert naming.nearest(name) == name


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("Client", "client"),
        ("TF Serving", "tf-serving"),
        (" client ", "client"),
        (".client", "client"),
        ("_client", "client"),
        ("-client-", "client"),
        ("client!", "client"),
        ("a/b", "@a/b"),
        ("@Team/Client", "@team/client"),
        ("@team", "team"),
        ("@team/", "@team/client"),
        ("@/x", "x"),
        ("@a/b/c", "@a-b/c"),
        ("fs", "fs-client"),
        ("node_modules", "node_modules-client"),
        ("ü", "client"),
        ("clïent", "cl-ent"),
        (f"{LONG}x", LONG),
    ],
)
def test_one_that_it_refuses_gets_the_nearest_that_it_takes(name: str, near: str) -> None:
    assert naming.problem(name)
    assert naming.nearest(name) == near
    assert naming.problem(near) == ""


@pytest.mark.parametrize(
    ("lines", "settings", "where"),
    [
        ("{}", {"npm_package": "Goods"}, "--npm-package"),
        ("{package: Goods}", {}, "languages.typescript"),
    ],
)
def test_it_is_refused_before_anything_is_read(lines: str, settings: dict[str, str], where: str) -> None:
    recipe = model.parse(f"{GOOD}languages: {{typescript: {lines}}}\n", "r.yaml")
    with pytest.raises(UsageError, match="'Goods' can't be an npm package") as caught:
        load_language("typescript").cache_inputs(recipe, settings, Path())
    assert caught.value.where == where
    assert caught.value.remedy == "run again with --npm-package goods"


@pytest.mark.parametrize(
    ("version", "spelled", "is_refused"),
    [
        ("2.11.1", "2.11.1", False),
        ("2.12.0-rc0", "2.12.0-rc.0", True),
        ("2.12.0-rc.1", "2.12.0-rc.1", True),
        ("1.0.0-SNAPSHOT", "1.0.0-SNAPSHOT", True),
        ("0.0.0-dev.20240102030405.g0123456789ab", "0.0.0-dev.20240102030405.g0123456789ab", True),
    ],
)
def test_versions_are_spelled_so_that_npm_sorts_them(version: str, spelled: str, is_refused: bool) -> None:
    language = load_language("typescript")
    assert language.version(version) == spelled
    assert ("--tag next" in language.refusal(version)) == is_refused
