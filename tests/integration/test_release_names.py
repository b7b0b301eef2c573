"""Releases as real projects name them, found in repositories by the command line."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.integration.conftest import Command
from tests.support.upstream import Repository

RECIPE = """\
schema: 1
name: one
releases: api
repositories:
  api: {url: https://git.invalid/api, %s}
entry_points:
  - {repository: api, pattern: "*.proto"}
"""
A = 'syntax = "proto3"; package a; message A {}'


def made(folder: Path, rules: str, tags: tuple[str, ...], branches: tuple[str, ...] = ()) -> list[str]:
    """A repository with these refs; the options that select it."""
    api = Repository.create(folder / "api")
    for number, tag in enumerate(tags):
        api.commit({"a.proto": f"{A} // {number}"})
        api.git("tag", tag)
    if not tags:
        api.commit({"a.proto": A})
    for branch in branches:
        api.git("branch", branch)
    recipe = folder / "one.yaml"
    recipe.write_text(RECIPE % rules)
    return ["--recipe", str(recipe), f"--repo=api={api.path}"]


NUMBERS = "tag: 'v{major}.{minor}.{patch}'"
LND = ("v0.20.0-beta", "v0.20.1-beta", "v0.21.0-beta", "v0.21.2-beta.rc1", "v0.21.2-beta")
CLOUDEVENTS = ("v0.3", "v1.0-rc1", "v1.0", "v1.0.1", "v1.0.2")
BOTH = "tag: ['v{major}.{minor}', 'v{major}.{minor}.{patch}']"
DATED = ("20260301T010203Z-0a1b2c3", "20260519T174026Z-4a1b2c3")
PREFIXED, LINES = "tag: 'api/v{major}.{minor}.{patch}'", NUMBERS + ", branch: 'release/v{major}.{minor}'"
TEMPORAL = ("v1.62.9", "v1.62.14", "v1.63.0", "v1.63.3")


@pytest.mark.parametrize(
    ("rules", "tags", "branches", "typed", "ref", "version"),
    [
        (NUMBERS, LND, (), "0.21", "refs/tags/v0.21.2-beta", "0.21.2"),
        (NUMBERS, LND, (), "v0.20.1-beta", "refs/tags/v0.20.1-beta", "0.20.1"),
        (BOTH, CLOUDEVENTS, (), "v1.0", "refs/tags/v1.0", "1.0.0"),
        (BOTH, CLOUDEVENTS, (), "1.0", "refs/tags/v1.0.2", "1.0.2"),
        ("tag: '{date}-{commit}'", DATED, (), DATED[1], f"refs/tags/{DATED[1]}", "0.20260519.174026"),
        ("tag: 'v{date}'", ("v20250211",), (), "20250211", "refs/tags/v20250211", "0.20250211.0"),
        (PREFIXED, ("v1.8.9", "api/v1.8.0"), (), "1.8", "refs/tags/api/v1.8.0", "1.8.0"),
        (LINES, TEMPORAL, ("release/v1.61",), "1.63", "refs/tags/v1.63.3", "1.63.3"),
        ("branch: 'r{major}.{minor}'", (), ("r26.06", "r26.07"), "26.07", "refs/heads/r26.07", "26.7.0"),
        ("branch: ''", (), (), "main", "refs/heads/main", ""),
    ],
    ids=["beta", "beta by tag", "spec", "spec line", "dated", "day", "prefix", "tag line", "padded", "none"],
)  # fmt: skip
def test_a_release_is_found_by_its_projects_rules(
    command: Command,
    tmp_path: Path,
    rules: str,
    tags: tuple[str, ...],
    branches: tuple[str, ...],
    typed: str,
    ref: str,
    version: str,
) -> None:
    options = made(tmp_path, rules, tags, branches)
    ended = command("--version", typed, "--lang", "proto", "--dry-run", "--format", "json", *options)
    assert ended.code == 0, ended.err
    release = json.loads(ended.out)["releases"][0]
    assert release["repositories"]["api"]["ref"] == ref
    assert release["package_version"] == version or not version


@pytest.mark.parametrize(
    ("rules", "tags", "options", "expected"),
    [
        (NUMBERS, LND, (), ["v0.21.2-beta", "v0.20.1-beta"]),
        (NUMBERS, LND, ("--pre", "--all"), ["v0.21.2-beta", "v0.21.2-beta.rc1", "v0.21.0-beta"]),
        (BOTH, CLOUDEVENTS, ("--all",), ["v1.0.2", "v1.0.1", "v1.0", "v0.3"]),
        ("tag: '{date}-{commit}'", DATED, (), list(DATED[::-1])),
    ],
)  # fmt: skip
def test_versions_lists_them_newest_first(
    command: Command,
    tmp_path: Path,
    rules: str,
    tags: tuple[str, ...],
    options: tuple[str, ...],
    expected: list[str],
) -> None:
    ended = command("versions", *options, "--format", "json", *made(tmp_path, rules, tags))
    assert ended.code == 0, ended.err
    assert [each["version"] for each in json.loads(ended.out)][: len(expected)] == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("versions",), "error: api has no releases: no branch or tag is one by the recipe's templates"),
        (
            ("--version", "1.0", "--lang", "proto"),
            "error: api has no release, branch or tag '1.0'; it has no",
        ),
    ],
)
def test_without_releases_the_main_branch_is_named(
    command: Command, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    ended = command(*arguments, *made(tmp_path, "tag: 'v{major}.{minor}.{patch}'", ()))
    assert ended.code == 3
    assert message in ended.err
    assert "--version main" in ended.err


def test_a_release_older_than_all_is_told_the_oldest(command: Command, tmp_path: Path) -> None:
    options = made(tmp_path, NUMBERS, ("v2.0.0", "v2.1.0"), ("patch-1",))
    ended = command("--version", "1.0.5", "--lang", "proto", *options)
    assert ended.code == 3
    assert "nearest: v2.0.0, v2.1.0; its oldest release is v2.0.0" in ended.err
    assert "patch-1" not in ended.err


def test_a_file_that_the_remote_lacks_is_named(command: Command, tmp_path: Path) -> None:
    options = made(tmp_path, NUMBERS, ("v1.0.0",))
    api = Repository(tmp_path / "api")
    blob = api.git("rev-parse", "HEAD:a.proto").strip()
    os.unlink(api.path / ".git/objects" / blob[:2] / blob[2:])  # noqa: PTH108
    ended = command("--version", "1.0.0", "--lang", "proto", *options)
    assert ended.code == 4
    assert f"has commit {api.head()[:12]}, but not its file a.proto" in ended.err
