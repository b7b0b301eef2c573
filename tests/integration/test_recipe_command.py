"""`protogen recipe …` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from protogen.cli import report
from protogen.recipe import builtin, model
from tests.integration.conftest import Command, Shop


def test_list_tells_the_shipped_recipes(command: Command) -> None:
    ended = command("recipe", "list")
    assert ended.code == 0
    assert [line.split()[0] for line in ended.out.splitlines()] == list(builtin.names())
    listed = command("recipe", "list", "--format", "json").json
    assert listed["schema"] == 1
    (default,) = [each for each in listed["recipes"] if each["default"]]
    assert default["name"] == builtin.default_name()
    assert default["repositories"] == {
        name: each.url for name, each in model.load(default["name"]).repositories.items()
    }


def test_show_prints_a_recipe_as_it_is_written(
    command: Command, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command("recipe", "show", str(shop.recipe)).out == shop.recipe.read_text()
    text = command("recipe", "show").out
    assert text == builtin.path(builtin.default_name()).read_text()
    monkeypatch.setattr(report, "is_terminal", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = command("recipe", "show", str(shop.recipe)).out
    assert "\x1b[" in coloured
    assert command("recipe", "show", "nope").code == 2


def test_show_as_json_tells_what_was_left_out_too(command: Command, shop: Shop) -> None:
    shown = command("recipe", "show", str(shop.recipe), "--format", "json").json
    assert (shown["schema"], shown["name"], shown["releases"]) == (1, "shop", "api")
    assert shown["repositories"]["api"]["roots"] == ["."]
    assert shown["repositories"]["base"]["pins"][1]["submodule"] == "deps/base"
    (entry,) = shown["entry_points"]
    assert (entry["repository"], entry["pattern"]) == ("api", "shop/**/*.proto")
    assert (entry["exclude"], entry["optional"], entry["from"]) == ([], False, "")
    assert shown["digest"] == model.load(str(shop.recipe)).digest


@pytest.mark.parametrize("asked_by", ["variable", "file"])
def test_validate_gives_json_where_it_is_asked_for_elsewhere(
    command: Command, monkeypatch: pytest.MonkeyPatch, asked_by: str
) -> None:
    if asked_by == "variable":
        monkeypatch.setenv("PROTOGEN_FORMAT", "json")
    else:
        Path("protogen.yaml").write_text("format: json\n")
    ended = command("recipe", "validate", "absent.yaml")
    assert ended.code == 2
    assert [each["file"] for each in json.loads(ended.out)["files"]] == ["absent.yaml"]


def test_validate_names_each_error(command: Command, shop: Shop) -> None:
    good = command("recipe", "validate", str(shop.recipe), builtin.default_name())
    assert (good.code, good.out) == (0, "")
    text = shop.recipe.read_text()
    Path("bad.yaml").write_text(text.replace("title:", "titel:"))
    Path("sections.yaml").write_text(
        text + "languages:\n  golang: {}\n  go: {modul: x}\n  python: {python: new}\n"
    )
    files = ["bad.yaml", str(shop.recipe), "sections.yaml", "absent.yaml"]
    ended = command("recipe", "validate", *files)
    assert ended.code == 2
    lines = ended.out.splitlines()
    assert lines[0].startswith("bad.yaml:3: titel: unknown key; expected one of schema, name")
    assert lines[1].startswith("sections.yaml:30: languages.golang: no such language; expected one of go")
    assert lines[2].startswith("sections.yaml:31: languages.go.modul: unknown key; expected one of module")
    assert lines[3].startswith("sections.yaml:32: languages.python.python: 'new' is not a version; expected")
    assert lines[4] == "absent.yaml: can't be read: No such file or directory"
    assert "3 of 4 can't be read: bad.yaml, sections.yaml, absent.yaml" in ended.err
    assert "protogen recipe validate bad.yaml" in ended.err
    document = command("recipe", "validate", *files, "--format", "json").json
    assert [len(each["errors"]) for each in document["files"]] == [1, 0, 3, 1]
    first = document["files"][0]["errors"][0]
    assert (first["line"], first["key"], first["problem"]) == (3, "titel", "unknown key")
    assert first["expected"].startswith("one of schema, name")
    nowhere = command("recipe", "validate", "nope", "--format", "json").json["files"][0]["errors"][0]
    assert list(nowhere) == ["message"]


def test_schemas_are_printed(command: Command) -> None:
    made = json.loads(command("recipe", "schema").out)
    assert made["properties"]["schema"]["const"] == 1
    assert made["$defs"]["GoSection"]["properties"]["module"]["description"]
    of_settings = json.loads(command("recipe", "schema", "--settings").out)
    assert of_settings["properties"]["source"]["enum"][0] == "auto"
    assert of_settings["properties"]["offline"]["type"] == "boolean"
    assert set(yaml.safe_load("{version: r2, lang: go, repo: {a: b}}")) <= set(of_settings["properties"])
