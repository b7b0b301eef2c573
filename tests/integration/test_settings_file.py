"""protogen.yaml: a repository that vendors clients runs `protogen` and nothing more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.conftest import Command, Shop


def settings(shop: Shop, go_tools: list[str], **more: object) -> None:
    repositories = {"api": str(shop.api.path), "base": str(shop.base.path), "extra": str(shop.extra.path)}
    tools = dict(option.removeprefix("--tool=").split("=", 1) for option in go_tools)
    values = {
        "version": "1.0.0",
        "lang": "go",
        "recipe": str(shop.recipe),
        "repo": repositories,
        "tool": tools,
    }
    text = "\n".join(f"{key}: {json.dumps(value)}" for key, value in {**values, **more}.items())
    Path("protogen.yaml").write_text(text + "\n")


def test_no_flags_do_the_whole_job(command: Command, shop: Shop, go_tools: list[str]) -> None:
    settings(
        shop, go_tools, out="third_party/{lang}", go_module="example.com/vendored", package_version="3.2.1"
    )
    ended = command()
    assert ended.code == 0, ended.err
    assert Path("third_party/go/go.mod").read_text().startswith("module example.com/vendored/v3\n")


def test_a_flag_wins_over_a_variable_and_that_over_the_file(
    command: Command, shop: Shop, go_tools: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(shop, go_tools, out="from-file", go_module="example.com/file")
    monkeypatch.setenv("PROTOGEN_OUT", "from-variable")
    monkeypatch.setenv("PROTOGEN_GO_MODULE", "example.com/variable")
    assert command("--out", "from-flag").code == 0
    assert Path("from-flag/go/go.mod").read_text().startswith("module example.com/variable\n")
    monkeypatch.delenv("PROTOGEN_GO_MODULE")
    assert command().code == 0
    assert Path("from-variable/go/go.mod").read_text().startswith("module example.com/file\n")
    assert not Path("from-file").exists()


def test_a_registry_is_given_as_file_variable_and_flag(
    command: Command, shop: Shop, go_tools: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(shop, go_tools, registry="from-file", registry_url="https://file.example", artifacts="dist")
    assert command().code == 0
    (zipped,) = Path("dist/go").rglob("*.zip")
    (served,) = Path("from-file/go").rglob("*.zip")
    assert served.read_bytes() == zipped.read_bytes()
    listed = command("registry", "list", "from-file", "--format", "json").json
    assert listed["url"] == "https://file.example"
    monkeypatch.setenv("PROTOGEN_REGISTRY", "from-variable")
    monkeypatch.setenv("PROTOGEN_REGISTRY_URL", "https://variable.example")
    assert command().code == 0
    listed = command("registry", "list", "from-variable", "--format", "json").json
    assert listed["url"] == "https://variable.example"
    assert command("--registry", "from-flag").code == 0
    assert Path("from-flag/go").is_dir()


def test_versions_of_the_command_line_replace_those_of_the_file(
    command: Command, shop: Shop, go_tools: list[str]
) -> None:
    settings(shop, go_tools, version=["1.0.0", "1.0.2"])
    ended = command("--format", "json")
    assert [release["version"] for release in ended.json["releases"]] == ["1.0.0", "1.0.2"]
    ended = command("--format", "json", "--version", "1.0.2")
    assert [release["version"] for release in ended.json["releases"]] == ["1.0.2"]


def test_an_unknown_key_names_file_line_and_the_nearest(
    command: Command, shop: Shop, go_tools: list[str]
) -> None:
    settings(shop, go_tools, go_modul="example.com/x")
    ended = command()
    assert ended.code == 2
    assert "protogen.yaml:6: go_modul: unknown key; expected go_module" in ended.err


def test_what_is_missing_in_both_names_both(command: Command) -> None:
    Path("protogen.yaml").write_text("lang: go\n")
    ended = command()
    assert ended.code == 2
    assert "no release is given" in ended.err
    assert "--version, or protogen.yaml" in ended.err


def test_a_file_that_is_no_text_is_told(command: Command) -> None:
    Path("protogen.yaml").write_bytes(b"\xff")
    ended = command()
    assert ended.code == 2
    assert "protogen.yaml: can't be read: not UTF-8 text" in ended.err
