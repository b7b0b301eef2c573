"""`protogen recipe new` on repositories that a test makes, and what a run does with the recipe."""

from __future__ import annotations

from pathlib import Path

import pytest

from protogen.recipe import builtin, model
from tests.integration.conftest import Command, Shop
from tests.support import corpus

APACHE = "Apache License\nVersion 2.0, January 2004\n"


def new(shop: Shop, *, base: bool = True, extra: bool = True) -> list[str]:
    found = ["recipe", "new", str(shop.api.path), "--folder", "shop"]
    found += [f"--repo=base={shop.base.path}"] if base else []
    return found + ([f"--repo=extra={shop.extra.path}"] if extra else [])


def test_a_begun_recipe_makes_a_client(command: Command, shop: Shop, go_tools: list[str]) -> None:
    shop.api.commit({"LICENSE": APACHE})
    shop.api.git("branch", "--force", "release-1.0")
    ended = command(*new(shop), "--out", "made.yaml")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == "wrote made.yaml; 5 protos, every import found\n"
    text = Path("made.yaml").read_text()
    assert "TO DO" not in text
    read = model.load("made.yaml")
    assert (read.name, read.license) == ("api", "Apache-2.0")
    assert {name: each.roots for name, each in read.repositories.items()} == {
        "api": (".",),
        "base": (".", "third_party/types", "third_party/types/nested"),
        "extra": ("proto",),
    }
    assert {name: (each.branch, each.tag) for name, each in read.repositories.items()} == {
        "api": ("release-{major}.{minor}", "api/v{major}.{minor}.{patch}"),
        "base": ("release-{major}.{minor}", "v{major}.{minor}.{patch}"),
        "extra": ("release-{major}.{minor}", "v{major}.{minor}.{patch}"),
    }
    assert "at release-1.0: 5 protos" in text, "1.1 is newer, but not every repository has it"
    assert command("recipe", "validate", "made.yaml").code == 0
    made = command("--recipe", "made.yaml", "--version", "1.0", "--lang", "go", *go_tools)
    assert made.code == 0, made.err
    assert Path("gen/go/shop/shop.pb.go").is_file()


def test_of_the_settings_file_only_the_cache_counts(
    command: Command, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROTOGEN_CACHE_DIR")
    Path("protogen.yaml").write_text(f"cache_dir: {tmp_path / 'mine'}\nout: gen\nversion: r9\n")
    ended = command(*new(shop))
    assert ended.out.startswith("# A recipe")
    assert (tmp_path / "mine" / "v2" / "fetched").is_dir()
    monkeypatch.setenv("PROTOGEN_CACHE_DIR", str(tmp_path / "other"))
    assert command("cache", "dir").out == f"{tmp_path / 'other'}\n"


def test_what_no_repository_holds_is_left_to_do(command: Command, shop: Shop) -> None:
    ended = command(*new(shop, extra=False))
    assert ended.code == 0
    assert "#   stock/stock.proto, imported by api:shop/shop.proto\n" in ended.out
    assert "--repo NAME=URL" in ended.out
    assert ended.err == "1 imports are missing: see TO DO in it\n"
    assert model.parse(ended.out, "x").releases == "api"


def test_the_file_is_not_overwritten(command: Command, shop: Shop) -> None:
    Path("made.yaml").write_text("mine")
    refused = command(*new(shop), "--out", "made.yaml")
    assert (refused.code, Path("made.yaml").read_text()) == (8, "mine")
    assert command(*new(shop), "--out", "made.yaml", "--force").code == 0
    assert model.load("made.yaml").name == "api"
    assert command(*new(shop), "--out", "no/such/folder.yaml").code == 8


def test_releases_and_refs_may_be_named(command: Command, shop: Shop) -> None:
    several = command(*new(shop), "--version", "1.0,1.0.2")
    assert "from api at 1.0, 1.0.2: 5 protos" in several.out
    refs = command(*new(shop), "--version", "main", "--ref", f"base={shop.pinned}", "--ref=extra=main")
    assert refs.code == 0
    made = model.parse(refs.out, "x").repositories
    assert (made["base"].ref, made["extra"].ref) == (shop.pinned, "main")
    assert "--version main --lang go\n" in refs.out
    assert command(*new(shop), "--version", "9.9").code == 3


def test_another_repository_without_releases_is_taken_by_its_main_branch(
    command: Command, shop: Shop
) -> None:
    for branch in ("release-1.0", "release-1.1"):
        shop.extra.git("branch", "-D", branch)
    shop.extra.git("tag", "--delete", "v1.0.0")
    drafted = command(*new(shop), "--out", "made.yaml")
    assert drafted.code == 0, drafted.err
    made = model.load("made.yaml").repositories["extra"]
    assert (made.ref, made.branch, made.tag, made.pins) == ("main", "", "", ())
    assert command("graph", "--recipe=made.yaml", "--version=1.0").code == 0


def test_a_repository_without_releases(command: Command, shop: Shop) -> None:
    shop.api.git("checkout", "--quiet", "-b", "work")
    shop.api.git("branch", "-D", "main", "release-1.0", "release-1.1")
    shop.api.git("branch", "other")
    for tag in shop.api.git("tag").split():
        shop.api.git("tag", "--delete", tag)
    none = command(*new(shop, base=False, extra=False))
    assert none.code == 3
    assert "no branch or tag that looks like a release" in none.err
    named = command(*new(shop, base=False, extra=False), "--version", "work")
    assert named.code == 0
    assert (
        '    # branch: "release-{major}.{minor}"  # no branches of release lines were recognised' in named.out
    )


@pytest.mark.parametrize("folder", ["nope", "sho"])
def test_a_folder_without_protos_names_those_that_have_some(
    command: Command, shop: Shop, folder: str
) -> None:
    ended = command("recipe", "new", str(shop.api.path), "--folder", folder)
    assert ended.code == 2
    assert f"no protos below {folder!r}; there are some in shop" in ended.err
    assert "run again with --folder shop" in ended.err


def test_folders_are_read_as_they_are(command: Command, shop: Shop, go_tools: list[str]) -> None:
    for repository in (shop.api, shop.base, shop.extra):
        (repository.path / ".git").rename(repository.path / "git-of-before")
    ended = command(*new(shop), "--out", "made.yaml")
    assert ended.err == "wrote made.yaml; 5 protos, every import found\n"
    text = Path("made.yaml").read_text()
    (line,) = [line for line in text.splitlines() if line.startswith("# Make clients: ")]
    typed = line.removeprefix("# Make clients: protogen ").split()
    made = command(*typed, *go_tools)
    assert made.code == 0, made.err
    assert command(*new(shop), "--version", "1.0").code == 2
    assert command("recipe", "new", "/nothing/there").code == 2
    mixed = command("recipe", "new", str(shop.api.path), "--repo=base=https://example.com/base")
    assert mixed.code == 2
    assert "can't be mixed" in mixed.err


def test_what_protoc_would_refuse_is_told(command: Command, shop: Shop) -> None:
    shop.api.commit({"shop/ring.proto": 'syntax = "proto3"; import "shop/ring.proto";'})
    shop.api.git("branch", "--force", "release-1.0")
    ended = command(*new(shop))
    assert ended.code == 0
    assert "# TO DO: it doesn't resolve yet: files import each other" in ended.out


@pytest.mark.slow
def test_the_real_apis_roots_are_found(command: Command, tmp_path: Path) -> None:
    real = corpus.repositories(tmp_path)
    api = model.load(builtin.default_name())
    first, other = (
        api.releases,
        next(name for name in api.repositories if name != api.releases),
    )
    folder = api.entry_points[0].pattern.removesuffix("/**/*.proto")
    arguments = [f"file://{real[first]}", "--folder", folder, f"--repo={other}=file://{real[other]}"]
    ended = command("recipe", "new", *arguments, "--version", "r2.19,r2.16,r2.11", "--out", "made.yaml")
    assert ended.err == "wrote made.yaml; 55 protos, every import found\n"
    made = model.load("made.yaml")
    for name, repository in api.repositories.items():
        found = made.repositories[name]
        assert (found.roots, found.branch, found.tag) == (repository.roots, repository.branch, repository.tag)
    assert made.license == api.license
