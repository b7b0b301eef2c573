"""Folders that are read as they are, beside repositories that git matches to the release."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Command, Shop
from tests.support.upstream import MONEY, SHOP


def folder(shop: Shop, *names: str) -> list[str]:
    """Options that read these as folders, and the others by git from where the recipe says."""
    text = shop.recipe.read_text()
    for name in ("api", "base", "extra"):
        text = text.replace(f"https://git.invalid/{name}", str(getattr(shop, name).path))
    shop.recipe.write_text(text)
    given = [f"--repo={name}={getattr(shop, name).path}" for name in names]
    return ["--recipe", str(shop.recipe), "--source", "folder", *given, "--lang", "proto", "--format", "json"]


def made(command: Command, *arguments: str) -> dict[str, Any]:
    ended = command(*arguments, "--force")
    assert ended.code == 0, ended.err
    (release,) = ended.json["releases"]
    assert release["source"] == "folder"
    found: dict[str, Any] = release
    return found


def text(name: str) -> str:
    return Path("gen/proto/proto", name).read_text()


def test_an_api_of_the_users_own_is_compiled_with_released_protos(command: Command, shop: Shop) -> None:
    (shop.api.path / "shop/shop.proto").write_text(f"{SHOP}message Unsaved {{}}")
    release = made(command, "--version", "1.0", *folder(shop, "api"))
    assert "Unsaved" in text("shop/shop.proto")
    refs = {name: each["ref"] for name, each in release["repositories"].items()}
    assert refs == {"api": "", "base": "refs/heads/release-1.0", "extra": "refs/heads/release-1.0"}
    assert release["package_version"] == "1.0.0"
    assert release["repositories"]["api"] == {"url": str(shop.api.path), "ref": "", "commit": ""}
    release = made(command, "--version", "v1.0.0", *folder(shop, "api"))
    assert release["repositories"]["base"]["ref"] == "refs/tags/v1.0.0"


def test_a_dependency_of_the_users_own_goes_with_a_released_api(command: Command, shop: Shop) -> None:
    (shop.base.path / "money/money.proto").write_text(MONEY.replace("units", "unsaved"))
    release = made(command, "--version", "1.0", *folder(shop, "base"))
    assert "unsaved" in text("money/money.proto")
    assert release["repositories"]["api"]["ref"] == "refs/heads/release-1.0"
    assert release["package_version"] == "1.0.2"
    # What the folder holds now is taken, though commits are what they were.
    (shop.base.path / "money/money.proto").write_text(MONEY)
    made(command, "--version", "1.0", *folder(shop, "base"))
    assert "unsaved" not in text("money/money.proto")


def test_what_a_folder_pins_is_taken(command: Command, shop: Shop) -> None:
    options = [*folder(shop, "api"), "--ref", "extra=main"]
    release = made(command, "--version", "work", *options)
    assert release["repositories"]["base"]["commit"] == shop.pinned
    (shop.api.path / "DEPS").unlink()
    ended = command("--version", "work", *options)
    assert ended.code == 3
    assert "no pin of base was found; looked in api:DEPS, api:deps/base" in ended.err


def test_a_lock_holds_what_comes_by_git(command: Command, shop: Shop) -> None:
    options = [each for each in folder(shop, "api") if each not in ("--format", "json")]
    assert command("lock", "--version", "1.0", *options).code == 0
    shop.base.git("checkout", "--quiet", "release-1.0")
    shop.base.commit({"money/money.proto": MONEY.replace("units", "moved")})
    ended = command("--version", "1.0", *options, "--locked")
    assert ended.code == 0, ended.err
    assert "moved" not in text("money/money.proto")
    ended = command("--version", "1.0", *options, "--force")
    assert ended.code == 0, ended.err
    assert "moved" in text("money/money.proto")


def test_releases_are_those_of_the_repository_that_names_them(command: Command, shop: Shop) -> None:
    def options(name: str) -> list[str]:
        return [each for each in folder(shop, name) if each not in ("--lang", "proto")]

    ended = command("versions", *options("base"))
    assert "1.0.2" in ended.out
    ended = command("versions", *options("api"))
    assert ended.code == 2
    assert "nothing in them tells which releases there are" in ended.err + ended.out


@pytest.mark.parametrize(
    ("options", "complaint", "remedy"),
    [
        ([], "needs a folder for api", "--repo api=PATH"),
        (["--repo=base=https://git.invalid/b"], "needs a folder for base, not a URL", "--source git"),
        (["--repo=base={base}", "--ref=base=main"], "--ref base means nothing to it", "--source git"),
    ],
)
def test_what_means_nothing_to_folders_is_refused(
    options: list[str], complaint: str, remedy: str, command: Command, shop: Shop
) -> None:
    given = [each.format(base=shop.base.path) for each in options]
    ended = command("--version", "1.0", *folder(shop), *given)
    assert ended.code == 2
    told = ended.out + ended.err
    assert complaint in told
    assert remedy in told
