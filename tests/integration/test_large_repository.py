"""Repositories of thousands of protos, shaped like googleapis: only what an API imports is fetched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from protogen.sources.gitrepo.commits import MOST_AT_ONCE
from tests.integration.conftest import Command
from tests.support.upstream import Repository

RECIPE = """\
schema: 1
name: small
releases: api
repositories:
  api: {url: https://git.invalid/api, branch: "r{major}"}
  common: {url: https://git.invalid/common, branch: "r{major}"}
entry_points:
  - {repository: api, pattern: "api/**/*.proto"}
"""
OTHERS = {
    f"other/v{number % 40}/f{number}.proto": f'syntax = "proto3"; message M{number} {{}}'
    for number in range(MOST_AT_ONCE)
}
NEEDED = {
    "google/api/annotations.proto": 'syntax = "proto3"; import "google/api/http.proto";',
    "google/api/http.proto": 'syntax = "proto3"; import "google/type/date.proto"; message Http {}',
    "google/type/date.proto": 'syntax = "proto3"; package google.type; message Date { int32 year = 1; }',
}
API = 'syntax = "proto3"; package api; import "google/api/annotations.proto"; message A {}'


@pytest.fixture(scope="module")
def common(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The large repository, which takes a second to make."""
    repository = Repository.create(tmp_path_factory.mktemp("large") / "common")
    repository.commit({**OTHERS, **NEEDED, "LICENSE": "Free."})
    repository.git("branch", "r1")
    return repository


@pytest.fixture
def options(tmp_path: Path, common: Repository) -> list[str]:
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    api = Repository.create(tmp_path / "api")
    api.commit({"api/a.proto": API})
    api.git("branch", "r1")
    return [
        *(
            "--recipe",
            str(tmp_path / "recipe.yaml"),
            "--cache-dir",
            str(tmp_path / "cache"),
            "--lang",
            "proto",
        ),
        *("--repo", f"api=file://{api.path}", "--repo", f"common=file://{common.path}"),
    ]


def fetched(tmp_path: Path) -> list[str]:
    """The protos of the large repository that are in the cache, by their first lines' message or import."""
    return sorted(
        path.read_text(encoding="utf-8")
        for path in (tmp_path / "cache").glob("*/fetched/common-*/*")
        if path.is_file() and path.read_bytes().startswith(b"syntax")
    )


def test_of_a_large_repository_only_what_is_imported_is_fetched(
    command: Command, tmp_path: Path, options: list[str]
) -> None:
    ended = command("--version", "r1", *options)
    assert ended.code == 0, ended.err
    assert fetched(tmp_path) == sorted(NEEDED.values())
    made = {
        path.name: path.read_text(encoding="utf-8")
        for path in Path("gen/proto/proto/google").rglob("*.proto")
    }
    assert {"annotations.proto", "http.proto", "date.proto"} <= set(made)
    assert [path.name for path in Path("gen/proto").rglob("LICENSE*")] == ["LICENSE.common"]


def test_the_same_is_made_again_without_the_network(
    command: Command, tmp_path: Path, options: list[str]
) -> None:
    assert command("graph", "--version", "r1", *options[:4], *options[6:]).code == 0
    (tmp_path / "api").rename(tmp_path / "gone")
    offline = command("graph", "--version", "r1", "--offline", "--format", "json", *options[:4], *options[6:])
    assert offline.code == 0, offline.err
    assert set(NEEDED) < {node["name"] for node in json.loads(offline.out)["nodes"]}


def test_a_link_into_a_large_repository_is_followed(
    command: Command, tmp_path: Path, options: list[str], common: Repository
) -> None:
    link = common.path / "google" / "api" / "http.proto"
    link.unlink()
    link.symlink_to("../../other/http.proto")
    common.commit({"other/http.proto": NEEDED["google/api/http.proto"]})
    common.git("branch", "linked")
    common.git("reset", "--quiet", "--hard", "r1")
    ended = command("--version", "r1", "--ref", "common=linked", *options)
    assert ended.code == 0, ended.err
    assert NEEDED["google/api/http.proto"] in fetched(tmp_path)


def test_entry_points_in_a_large_repository_are_found_and_fetched_at_once(
    command: Command, tmp_path: Path, options: list[str]
) -> None:
    recipe = tmp_path / "recipe.yaml"
    text = recipe.read_text(encoding="utf-8").replace(
        'repository: api, pattern: "api/**', 'repository: common, pattern: "other/v7/**'
    )
    recipe.write_text(text, encoding="utf-8")
    ended = command("graph", "--version", "r1", "--format", "json", *options[:4], *options[6:])
    assert ended.code == 0, ended.err
    wanted = sorted(content for path, content in OTHERS.items() if path.startswith("other/v7/"))
    assert fetched(tmp_path) == wanted
    entries = list((tmp_path / "cache").glob("*/fetched/common-blobs-*"))
    assert len(entries) == 1


def test_an_import_that_a_large_repository_lacks_is_said_to_be_missing(
    command: Command, tmp_path: Path, options: list[str]
) -> None:
    Repository(tmp_path / "api").commit({"api/a.proto": API.replace("annotations", "nowhere")})
    Repository(tmp_path / "api").git("branch", "--force", "r1")
    ended = command("--version", "r1", *options)
    assert ended.code == 5
    assert "'google/api/nowhere.proto' is not in r1; searched api:., common:." in ended.err
