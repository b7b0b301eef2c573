"""`auto`: git, and where its host can't be reached, published packages, said aloud."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import Command
from tests.integration.index_server import IndexServer, Offer, serving
from tests.integration.made_up_packages import RECIPE, api_wheel, core_wheel
from tests.integration.test_package_index import API, CORE

UNREACHABLE = "http://user:secret@127.0.0.1:9"


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[IndexServer]:
    offers = {"demo-api": [Offer(API, api_wheel())], "demo-core": [Offer(CORE, core_wheel())]}
    with serving(IndexServer(offers)) as server:
        monkeypatch.setenv("NO_PROXY", "*")
        monkeypatch.setenv("NETRC", os.devnull)
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_INDEX_URL", server.url)
        yield server


@pytest.fixture
def demo(tmp_path: Path, go_tools: list[str]) -> list[str]:
    recipe = tmp_path / "demo.yaml"
    text = RECIPE.replace("https://example.com", UNREACHABLE).replace(
        "https://user:secret@example.com", UNREACHABLE
    )
    recipe.write_text(text)
    return ["--recipe", str(recipe), "--lang", "go", *go_tools]


def test_an_unreachable_host_is_answered_with_packages_and_one_line(
    command: Command, index: IndexServer, demo: list[str]
) -> None:
    ended = command("--version", "r1.2", "--format", "json", *demo)
    assert ended.code == 0, ended.err
    (release,) = ended.json["releases"]
    assert release["source"] == "index"
    assert release["package_version"] == "1.2.0"
    assert release["repositories"]["api"]["ref"] == "demo-api==1.2.0"
    first = ended.err.splitlines()[0]
    assert first.startswith("note: http://127.0.0.1:9/demo/")
    assert "using published packages, without comments, and without demo/api/internal/hidden.proto" in first
    assert "secret" not in ended.err
    assert "not in this source: demo/api/internal/hidden.proto" in ended.err
    readme = Path("gen/go/README.md").read_text()
    assert "`demo/api/internal/hidden.proto`" in readme
    assert "secret" not in readme


def test_without_a_git_program_packages_are_taken(
    command: Command, index: IndexServer, demo: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ended = command("--version", "r1.2", *demo)
    assert ended.code == 0, ended.err
    first = ended.err.splitlines()[0]
    assert first.startswith("note: git can't be started; using published packages, without comments")
    shown = command("versions", *demo[:2])
    assert shown.code == 0, shown.err
    assert "note: git can't be started; these are the published packages" in shown.err
    for options in (("--version", "1.2", "--source", "git"), ("--version", "main")):
        refused = command(*options, *demo)
        assert refused.code == 6
        assert "git can't be started, and the git source needs it" in refused.err


def test_quiet_keeps_the_note_away(command: Command, index: IndexServer, demo: list[str]) -> None:
    assert command("--version", "1.2.0", "-q", *demo).err == ""


@pytest.mark.parametrize(
    "options",
    [
        ("--version", "main"),
        ("--version", "0" * 40),
        ("--version", "1.2", "--ref", "api=x"),
        ("--version", "1.2", "--match", "pin"),
        ("--version", "1.2", "--repo", f"api={UNREACHABLE}/other"),
        ("--version", "1.2", "--source", "git"),
    ],
)
def test_what_the_index_cannot_mean_ends_with_4(
    command: Command, index: IndexServer, demo: list[str], options: tuple[str, ...]
) -> None:
    ended = command(*options, *demo)
    assert ended.code == 4
    assert "can't be reached" in ended.err
    assert not index.requests


@pytest.mark.parametrize(
    "options", [("main",), ("0" * 40,), ("1.2", "--ref", "api=x"), ("1.2", "--match", "pin")]
)
def test_the_index_refuses_what_it_has_not_with_3(
    command: Command, index: IndexServer, demo: list[str], options: tuple[str, ...]
) -> None:
    ended = command("--version", *options, "--source", "index", *demo)
    assert ended.code == 3
    assert "--source git" in ended.err


def test_both_out_of_reach_names_both(
    command: Command, index: IndexServer, demo: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    monkeypatch.setenv("PIP_RETRIES", "0")
    ended = command("--version", "1.2", *demo)
    assert ended.code == 4
    assert "can't be reached" in ended.err
    assert "; and " in ended.err


def test_a_recipe_without_packages_does_not_fall_back(
    command: Command, index: IndexServer, demo: list[str]
) -> None:
    path = Path(demo[1])
    path.write_text(path.read_text().replace("    packages: [demo-core-lite, demo-core]\n", ""))
    assert command("--version", "1.2", *demo).code == 4
    ended = command("--version", "1.2", "--source", "index", *demo)
    assert ended.code == 2
    assert "names no published packages for core" in ended.err


def test_offline_falls_back_to_what_the_index_left_in_the_cache(
    command: Command, index: IndexServer, demo: list[str]
) -> None:
    assert command("--version", "1.2", *demo).code == 0
    index.requests.clear()
    ended = command("--version", "1.2", "--offline", *demo)
    assert ended.code == 0, ended.err
    assert not index.requests
    assert "unchanged" in ended.err


def test_a_locked_index_run_names_the_file_that_moved(
    command: Command, index: IndexServer, demo: list[str]
) -> None:
    options = ("--version", "1.2", "--source", "index", *demo)
    assert command("lock", *options).code == 0
    lock = json.loads(Path("protogen.lock").read_text())
    core = lock["releases"]["1.2"]["repositories"]["core"]
    assert core["ref"] == "demo-core==1.2.0"
    assert core["sha256"] == index.projects["demo-core"][0].sha256
    assert "secret" not in Path("protogen.lock").read_text()
    index.projects["demo-api"].insert(0, Offer(API.replace("1.2.0", "1.2.9"), api_wheel()))
    assert command(*options, "--locked").code == 0
    index.projects["demo-core"][0] = Offer(CORE, core_wheel(padding=300_001))
    ended = command(*options, "--locked")
    assert ended.code == 9
    assert "core moved from demo-core==1.2.0 sha256:" in ended.err


def test_a_locked_index_run_stays_at_its_packages_whatever_version_they_get(
    command: Command, index: IndexServer, demo: list[str]
) -> None:
    options = ("--version", "1.2", "--source", "index", *demo)
    assert command("lock", *options, "--package-version", "7.0.0").code == 0
    release = json.loads(Path("protogen.lock").read_text())["releases"]["1.2"]
    assert release["package_version"] == "7.0.0"
    assert release["repositories"]["api"]["ref"] == "demo-api==1.2.0"
    for name, wheel, content in (("demo-api", API, api_wheel()), ("demo-core", CORE, core_wheel())):
        newer = wheel.replace("1.2.0", "1.2.9")
        index.projects[name] += [
            Offer(newer, content),
            Offer(wheel.replace("py3-none-any", "cp313-abi3-manylinux_x86_64"), content),
        ]
    for more in ((), ("--package-version", "7.0.0")):
        ended = command(*options, *more, "--locked")
        assert ended.code == 0, ended.err
        assert "7.0.0" in ended.err
    ended = command("lock", *options)
    assert ended.code == 0, ended.err
    assert "1.2: as before" in ended.err
    ended = command("lock", *options, "--update", "core")
    assert "core moved from demo-core==1.2.0" not in ended.err  # it matches the api, which stays
    assert command("lock", *options, "--update").code == 0
    release = json.loads(Path("protogen.lock").read_text())["releases"]["1.2"]
    assert release["repositories"]["core"]["ref"] == "demo-core==1.2.9"


def test_a_locked_index_run_names_a_package_that_is_gone(
    command: Command, index: IndexServer, demo: list[str]
) -> None:
    options = ("--version", "1.2", "--source", "index", *demo)
    assert command("lock", *options).code == 0
    index.projects["demo-api"] = [Offer(API.replace("1.2.0", "1.2.9"), api_wheel())]
    ended = command(*options, "--locked")
    assert ended.code == 3
    assert "the index has no demo-api==1.2.0, which protogen.lock holds api to" in ended.err
    assert command("lock", *options, "--update", "api").code == 0  # as the remedy says
    assert command(*options, "--locked").code == 0


def test_a_wheel_that_is_read_in_parts_is_held_to_the_lock_by_its_protos(
    command: Command, index: IndexServer, demo: list[str], tmp_path: Path
) -> None:
    options = ("--version", "1.2", "--source", "index", *demo)
    assert command("lock", *options).code == 0
    before = index.projects["demo-core"][0]
    other = core_wheel(forged=True)
    index.projects["demo-core"][0] = Offer(CORE, other, digest=before.sha256)
    ended = command(*options, "--locked", "--cache-dir", str(tmp_path / "other"))
    assert ended.code == 9, ended.err
    assert "the protos moved: their closure has another hash" in ended.err


@pytest.mark.parametrize("without_git", [False, True])
@pytest.mark.parametrize(
    ("options", "code", "said", "remedy"),
    [
        (
            ("--version", "main"),
            (4, 6),
            "",
            ("run again with --repo api=PATH", "install git\n"),
        ),
        (
            ("--version", "1.2", "--source", "git"),
            (4, 6),
            "",
            (
                "check the network, or run again with --source index",
                "install git, or run again with --source index",
            ),
        ),
        (
            ("--version", "1.2", "--match", "pin"),
            (4, 6),
            "",
            ("run again with --repo api=PATH", "install git\n"),
        ),
        (
            ("--version", "9.9"),
            (3, 3),
            "; and the index has no release '9.9' of demo-api; nearest: 1.2.0",
            ("run again with --version 1.2.0",) * 2,
        ),
        (
            ("--version", "1.2", "--with", "config"),
            (5, 5),
            "; and the published packages leave out",
            (
                "can be reached, or without --with config",
                "install git and run again, or without --with config",
            ),
        ),
    ],
)
def test_the_remedy_is_one_that_can_help(
    command: Command,
    index: IndexServer,
    demo: list[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    without_git: bool,
    options: tuple[str, ...],
    code: tuple[int, int],
    said: str,
    remedy: tuple[str, str],
) -> None:
    if without_git:
        monkeypatch.setenv("PATH", str(tmp_path))
    ended = command(*options, *demo)
    assert ended.code == code[without_git], ended.err
    assert said in ended.err
    assert remedy[without_git] in ended.err
    if "with --source index" in ended.err:  # then it is tried
        assert command(*options, "--source", "index", *demo).code == 0
