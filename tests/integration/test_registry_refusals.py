"""What a registry refuses, and what a dry run says that it would do; what is proposed is in test_remedies."""

from __future__ import annotations

from pathlib import Path

import pytest

from protogen.registry import layout
from protogen.registry.adding import add
from tests.integration.conftest import Command, Shop
from tests.support import plugins
from tests.support.registry_packages import artifacts
from tests.support.traces import everything


@pytest.fixture
def asked(shop: Shop, go_tools: list[str]) -> list[str]:
    """What all runs have in common."""
    return ["--lang", "go", *shop.options, *go_tools, "--registry", "public", "--format", "json"]


def test_a_dry_run_says_what_would_become_of_each_package(
    command: Command, asked: list[str], tmp_path: Path
) -> None:
    ended = command("--version", "1.0.2", *asked, "--dry-run")
    assert ended.code == 0, ended.err
    (release,) = ended.json["releases"]
    assert [each["status"] for each in release["registry"]] == ["would-add"]
    assert "would add example.com/shop v1.0.2 (go)" in ended.err
    assert everything(tmp_path / "work") == {}
    assert command("--version", "1.0.2", *asked).code == 0
    before = everything(tmp_path / "work")
    ended = command("--version", "1.0.2,1.0,1.0.0", *asked, "--dry-run")
    assert ended.code == 8
    registered = [release["registry"][0]["status"] for release in ended.json["releases"]]
    assert registered == ["unchanged", "refused", "would-add"]
    assert [bool(release["error"]) for release in ended.json["releases"]] == [False, True, False]
    assert ended.err.splitlines()[-5:] == [
        "3 releases: 2 done, 1 failed",
        "  1.0.2  done        1.0.2  go",
        "  1.0    failed (8)  -      -",
        "  1.0.0  done        1.0.0  go",
        "packages in the registry: 1 unchanged, 1 refused, 1 would add",
    ]
    assert everything(tmp_path / "work") == before


def test_a_branch_has_the_number_of_its_newest_tag(command: Command, asked: list[str]) -> None:
    assert command("--version", "1.0.2", *asked).code == 0
    ended = command("--version", "release-1.0,1.0.0", *asked)
    assert ended.code == 8
    assert ended.json["releases"][0]["error"] == {
        "code": 8,
        "message": (
            "release-1.0 is a branch; its packages have the number of its newest tag, 1.0.2, which the "
            "registry has with other bytes: example.com/shop v1.0.2 (go). Those there were made of 1.0.2, "
            "not release-1.0"
        ),
        "where": "public",
        "remedy": (
            "run again with --version 1.0.2; or run again with --version release-1.0 "
            "--package-version 1.0.3-dev.1"
        ),
    }
    assert [each["status"] for each in ended.json["releases"][1]["registry"]] == ["added"]


def test_what_made_the_bytes_other_ones_is_named(command: Command, shop: Shop, asked: list[str]) -> None:
    assert command("--version", "1.0", *asked).code == 0
    assert command("--version", "1.0", *asked, "--package-version", "1.0.3-dev.1").code == 0
    shop.api.git("checkout", "--quiet", "release-1.0")
    shop.api.commit({"shop/shop.proto": (shop.api.path / "shop/shop.proto").read_text() + "// moved"})
    ended = command("--version", "1.0", *asked, "--with", "admin")
    (release,) = ended.json["releases"]
    assert ended.code == 8
    assert "Those there were made of api at " in release["error"]["message"]
    assert release["error"]["message"].endswith("; without --with, not with --with admin")
    assert release["error"]["remedy"] == "run again with --package-version 1.0.3-dev.2"


@pytest.mark.parametrize(
    ("options", "message", "remedy"),
    [
        (["--with", "admin"], "without --with, not with --with admin", "without --with"),
        (["--tools"], "by protoc-gen-go 1.35.2, not 9.9.9", "with protoc-gen-go 1.35.2"),
    ],
)
def test_settings_and_tools_that_made_the_bytes_are_named(
    options: list[str], message: str, remedy: str, command: Command, asked: list[str], tmp_path: Path
) -> None:
    assert command("--version", "1.0", *asked).code == 0
    if options == ["--tools"]:
        options = plugins.tool_options(plugins.go_tools(tmp_path / "others", version="v9.9.9"))
    (release,) = command("--version", "1.0", *asked, *options).json["releases"]
    assert message in release["error"]["message"]
    assert release["error"]["remedy"].startswith(f"run again {remedy}")


@pytest.mark.parametrize("damage", ["", "{}", None])
def test_without_provenance_it_is_told_that_the_bytes_are_others(
    damage: str | None, command: Command, asked: list[str]
) -> None:
    assert command("--version", "1.0.2", *asked).code == 0
    (statement,) = Path("public/files").rglob("*.provenance.json")
    statement.write_text(damage) if damage is not None else statement.unlink()
    (release,) = command("--version", "1.0", *asked).json["releases"]
    assert (release["error"]["message"], release["error"]["remedy"]) == (
        "the registry has other bytes of example.com/shop v1.0.2 (go); a version is published once",
        "run again with --package-version 1.0.3-dev.1",
    )


@pytest.mark.parametrize(
    ("written", "code", "message"),
    [
        (None, 2, "public is no registry"),
        (
            '{"schema": 99}',
            2,
            "a newer protogen wrote this registry: it has schema 99, this protogen knows 1",
        ),
        ("{", 8, "the registry's record of how it is served is damaged"),
    ],
)
@pytest.mark.parametrize(
    "arguments", [["list"], ["verify"], ["show", "team-api"], ["yank", "team-api", "1.2.0"]], ids=" ".join
)
def test_the_commands_tell_a_folder_that_they_cannot_read(
    arguments: list[str], written: str | None, code: int, message: str, command: Command
) -> None:
    add(Path("public"), *layout.additions(artifacts("1.2.0", ("python",)), "api", "1.2.0"))
    path = Path("public/.protogen/registry.json")
    path.write_text(written) if written else path.unlink()
    ended = command("registry", arguments[0], "public", *arguments[1:])
    assert ended.code == code, ended.err
    assert message in ended.err
    assert "  try:   " in ended.err
