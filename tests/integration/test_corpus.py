"""Real releases from the corpus, by git, with the Go tools played by scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.conftest import Command
from tests.support import corpus

# Files in the closure and Go packages; from 2.6 on no directories import each other.
CLOSURES = {
    "r1.15": (51, 9, "1.15.5"),
    "r2.1": (52, 9, "2.1.4"),
    "r2.5": (51, 7, "2.5.3"),
    "r2.6": (52, 6, "2.6.5"),
    "r2.11": (54, 7, "2.11.1"),
    "r2.12": (56, 7, "2.12.1"),
    "r2.16": (57, 7, "2.16.2"),
    "r2.19": (57, 7, "2.19.1"),
    "master": (57, 7, "0.0.0-dev.20240101000000.g876a626ef689"),
}


@pytest.fixture(scope="session")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return corpus.repositories(tmp_path_factory.mktemp("corpus"))


@pytest.fixture
def real(repositories: dict[str, Path]) -> list[str]:
    return ["--lang", "go", *(f"--repo={name}={path}" for name, path in repositories.items())]


@pytest.mark.parametrize("release", corpus.RELEASES)
def test_every_release_resolves_compiles_and_drops_nothing(
    command: Command, real: list[str], go_tools: list[str], release: str
) -> None:
    files, packages, version = CLOSURES[release]
    ended = command("--version", release, "--format", "json", *real, *go_tools)
    assert ended.code == 0, ended.err
    assert f": {files} protos" in ended.err
    (made,) = ended.json["releases"]
    assert made["package_version"] == version
    written = made["languages"]["go"]["files"]
    messages = [name for name in written if name.endswith(".pb.go") and not name.endswith("_grpc.pb.go")]
    assert len(messages) == files - 2, "google's any and wrappers are Go's own"
    assert len([name for name in written if name.endswith("_grpc.pb.go")]) == 3
    folders = {name.rpartition("/")[0] for name in messages}
    assert len(folders) == packages
    assert "tensorflow_serving/core" not in folders, "it imports apis, and apis imports it"
    assert not [name for name in written if "/internal/" in name]
    assert "tensorflow_serving/apis/prediction_log.pb.go" in written


@pytest.mark.parametrize(
    ("typed", "serving", "tensorflow", "note"),
    [
        ("r2.1", "refs/heads/r2.1", "refs/heads/r2.1", ""),
        ("2.11", "refs/heads/r2.11", "refs/heads/r2.11", ""),
        ("2.11.1", "refs/tags/2.11.1", "refs/tags/v2.11.1", ""),
        ("v2.11.1", "refs/tags/2.11.1", "refs/tags/v2.11.1", ""),
        ("master", "refs/heads/master", "", "pinned in serving's WORKSPACE"),
        ("876a626ef689ac5f96a1fb84de07fb6dea0c6887", "", "", "pinned in serving's WORKSPACE"),
    ],
)
def test_names_resolve_in_both_repositories(
    command: Command,
    real: list[str],
    go_tools: list[str],
    typed: str,
    serving: str,
    tensorflow: str,
    note: str,
) -> None:
    ended = command("--version", typed, "--format", "json", "--dry-run", *real, *go_tools)
    assert ended.code == 0, ended.err
    repositories = ended.json["releases"][0]["repositories"]
    assert repositories["serving"]["ref"] == serving
    assert repositories["tensorflow"]["ref"] == tensorflow
    assert note in ended.err


def test_a_tag_without_a_twin_takes_the_nearest_before_it(
    command: Command, real: list[str], go_tools: list[str], tmp_path: Path
) -> None:
    clone = corpus.mirror(Path(real[2].partition("=")[2].partition("=")[2]), tmp_path / "serving.git")
    corpus.git("-C", str(clone), "tag", "2.12.2", "2.12.1")
    corpus.git("-C", str(clone), "tag", "2.12.0", "2.12.1")
    options = [*real, f"--repo=serving={clone}", *go_tools]
    ended = command("--version", "2.12.2", "--format", "json", "--dry-run", *options)
    assert ended.json["releases"][0]["repositories"]["tensorflow"]["ref"] == "refs/tags/v2.12.1"
    assert "tensorflow has no 2.12.2; 2.12.1 is the newest before it" in ended.err
    ended = command("--version", "2.12.0", "--format", "json", "--dry-run", *options)
    assert ended.code == 0, ended.err
    assert ended.json["releases"][0]["repositories"]["tensorflow"]["ref"] == ""
    assert "pinned in serving's WORKSPACE: tensorflow has no 2.12.0" in ended.err


def test_branch_and_pin_are_different_commits(command: Command, real: list[str], go_tools: list[str]) -> None:
    commits = []
    for match in ("branch", "pin"):
        ended = command(
            "--version", "r2.11", "--match", match, "--format", "json", "--dry-run", *real, *go_tools
        )
        assert ended.code == 0, ended.err
        commits.append(ended.json["releases"][0]["repositories"]["tensorflow"]["commit"])
    assert commits == ["fb4da85592ed92eb04746d4a812bec7bab925a70", "4919cb1b6a8cb0f643ab672a1f2c948733edbc78"]


@pytest.mark.parametrize("release", ["r1.15", "r2.11", "master"])
def test_the_config_group_comes_along(
    command: Command, real: list[str], go_tools: list[str], release: str
) -> None:
    ended = command(
        "--version", release, "--with", "config", "--format", "json", "--dry-run", *real, *go_tools
    )
    assert ended.code == 0, ended.err
    files = ended.json["releases"][0]["languages"]["go"]["files"]
    assert "tensorflow_serving/config/monitoring_config.pb.go" in files
    assert "tensorflow_serving/servables/tensorflow/session_bundle_config.pb.go" in files


def test_an_unknown_release_names_the_nearest(command: Command, real: list[str], go_tools: list[str]) -> None:
    ended = command("--version", "r2.13", *real, *go_tools)
    assert ended.code == 3
    assert "serving has no release, branch or tag 'r2.13'; nearest: r2.12, r2.11, r2.16" in ended.err
