"""`protogen versions`, and runs of several releases."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from protogen.system.process import Finished, Processes
from tests.integration.conftest import Command, Shop
from tests.integration.index_server import IndexServer, Offer, serving
from tests.integration.made_up_packages import RECIPE, api_wheel, core_wheel
from tests.integration.test_package_index import API, CORE

UNREACHABLE = "http://user:secret@127.0.0.1:9"


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[IndexServer]:
    later = [Offer(API.replace("1.2.0", number), b"") for number in ("1.2.1", "1.3.0", "1.4.0rc0")]
    offers = {"demo-api": [Offer(API, api_wheel()), *later], "demo-core": [Offer(CORE, core_wheel())]}
    with serving(IndexServer(offers)) as server:
        for name, value in (("NO_PROXY", "*"), ("NETRC", os.devnull), ("PIP_CONFIG_FILE", os.devnull)):
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("PIP_INDEX_URL", server.url)
        yield server


@pytest.fixture
def demo(tmp_path: Path) -> list[str]:
    recipe = tmp_path / "demo.yaml"
    recipe.write_text(RECIPE.replace("https://example.com", UNREACHABLE))
    return ["--recipe", str(recipe)]


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that git was told to list the refs of, one for each process."""
    addresses: list[str] = []
    run = Processes.run

    def counted(self: Processes, argv: Any, **options: Any) -> Finished:
        if "ls-remote" in argv:
            environ = options["env"]
            keys = {environ[f"GIT_CONFIG_KEY_{n}"]: n for n in range(int(environ["GIT_CONFIG_COUNT"]))}
            addresses.append(environ[f"GIT_CONFIG_VALUE_{keys['remote.origin.url']}"])
        return run(self, argv, **options)

    monkeypatch.setattr(Processes, "run", counted)
    return addresses


def names(found: list[dict[str, str]]) -> list[str]:
    return [each["version"] for each in found]


def test_lines_and_releases_of_git(command: Command, shop: Shop, listed: list[str]) -> None:
    ended = command("versions", "--format", "json", *shop.options)
    assert (ended.code, ended.err) == (0, "")
    assert ended.json == [
        {
            "version": "release-1.1",
            "ref": "refs/heads/release-1.1",
            "package_version": "1.1.0",
            "source": "git",
        },
        {
            "version": "release-1.0",
            "ref": "refs/heads/release-1.0",
            "package_version": "1.0.2",
            "source": "git",
        },
    ]
    assert listed == [str(shop.api.path)]
    offline = ("--offline", *shop.options)
    every = command("versions", "--all", "--until", "release-1.0", "--format=json", *offline).json
    assert names(every) == ["api/v1.0.2", "api/v1.0.0"]
    assert command("versions", "--since", "1.1", *offline).out == (
        "release-1.1  1.1.0  refs/heads/release-1.1  git\n"
    )
    assert len(listed) == 1


def test_names_feed_version(command: Command, shop: Shop, go_tools: list[str]) -> None:
    ended = command("versions", "--all", "--format", "names", *shop.options)
    printed = ended.out
    assert (ended.code, ended.err) == (0, "")
    assert printed == "release-1.1\napi/v1.0.2\napi/v1.0.0\n"
    for given in (printed.rstrip("\n"), printed, printed.replace("\n", " "), printed.replace("\n", "\r\n")):
        asked = ("--version", given, "--lang", "go", "--match", "pin", "--format", "json")
        ended = command(*asked, *shop.options, *go_tools)
        assert ended.code == 0, ended.err
        assert names(ended.json["releases"]) == printed.split()


def test_names_feed_variable_and_file(
    command: Command, shop: Shop, go_tools: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = command("versions", "--all", "--format", "names", *shop.options).out
    arguments = ("--lang", "go", "--match", "pin", "--format", "json", *shop.options, *go_tools)
    Path("protogen.yaml").write_text("version: |\n" + "".join(f"  {each}\n" for each in printed.split()))
    assert names(command(*arguments).json["releases"]) == printed.split()
    monkeypatch.setenv("PROTOGEN_VERSION", "\n".join(reversed(printed.split())))
    assert names(command(*arguments).json["releases"]) == printed.split()[::-1]


def test_names_on_the_command_line_select(command: Command, shop: Shop) -> None:
    Path("protogen.yaml").write_text("version: [api/v1.0.0]\n")
    assert len(command("versions", "--format=json", *shop.options).json) == 2
    ended = command("versions", "--version", "1.0.0,1.1", "--format=json", "--offline", *shop.options)
    assert names(ended.json) == ["release-1.1", "api/v1.0.0"]


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--since", "9"), 3, "nearest: release-1.1"),
        (("--version", "main"), 3, "no release by the name of main"),
        (("--since", "main"), 2, "--since 1.2"),
        (("--source", "folder"), 2, "--source git"),
        (("--offline", "--repo", "api=/nowhere"), 4, "without --offline"),
    ],
)
def test_what_cannot_be_listed(
    command: Command, shop: Shop, options: tuple[str, ...], code: int, said: str
) -> None:
    ended = command("versions", "--format", "json", *shop.options, *options)
    assert ended.code == code
    assert ended.json["code"] == code
    assert said in ended.err


def test_the_index_lists_the_same_names(command: Command, index: IndexServer, demo: list[str]) -> None:
    ended = command("versions", "--source", "index", "--pre", "--format", "json", *demo)
    assert ended.err == ""
    assert [tuple(each.values()) for each in ended.json] == [
        ("1.4.0-rc0", "demo-api==1.4.0rc0", "1.4.0-rc0", "index"),
        ("r1.3", "demo-api==1.3.0", "1.3.0", "index"),
        ("r1.2", "demo-api==1.2.1", "1.2.1", "index"),
    ]
    assert index.paths("/simple/") == ["/simple/demo-api/"]


def test_auto_lists_packages_where_git_is_out_of_reach(
    command: Command, index: IndexServer, demo: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = command("versions", "--format", "json", *demo)
    assert names(ended.json) == ["r1.3", "r1.2"]
    (note,) = ended.err.splitlines()
    assert note.startswith("note: http://127.0.0.1:9/demo/api can't be reached; these are the published")
    assert "secret" not in note
    assert command("versions", "-q", "--offline", *demo).err == ""
    assert command("versions", "--source", "git", *demo).code == 4
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    monkeypatch.setenv("PIP_RETRIES", "0")
    assert "; and " in command("versions", *demo).err
    path = Path(demo[1])
    path.write_text(path.read_text().replace("    packages: [demo-core-lite, demo-core]\n", ""))
    assert "; and " not in command("versions", *demo).err


def test_releases_of_a_run_share_the_listings(
    command: Command, shop: Shop, go_tools: list[str], listed: list[str]
) -> None:
    ended = command("--version", "1.0.0,release-1.0,9.9,1.0.2", "--lang=go", *go_tools, *shop.options)
    assert ended.code == 3
    assert sorted(listed) == sorted(str(each.path) for each in (shop.api, shop.base, shop.extra))
    summary = ended.err.splitlines()[-5:]
    assert summary == [
        "4 releases: 3 done, 1 failed",
        "  1.0.0        done        1.0.0  go",
        "  release-1.0  done        1.0.2  go",
        "  9.9          failed (3)  -      -",
        "  1.0.2        done        1.0.2  go",
    ]


def test_releases_of_a_run_share_the_pages_and_the_note(
    command: Command, index: IndexServer, demo: list[str], go_tools: list[str]
) -> None:
    index.projects["demo-api"] = [
        Offer(API.replace("1.2.0", number), api_wheel()) for number in ("1.2.0", "1.2.1")
    ]
    ended = command("--version", "1.2.0,1.2.1", "--lang=go", "--format=json", *go_tools, *demo)
    assert ended.code == 0
    assert [each["package_version"] for each in ended.json["releases"]] == ["1.2.0", "1.2.1"]
    assert len(index.paths("/simple/demo-api/")) == 1
    assert len(index.paths("/simple/demo-core/")) == 1
    assert ended.err.count("can't be reached") == 1
    assert ended.err.splitlines()[-3] == "2 releases: 2 done, 0 failed"
    quiet = command("--version", "1.2.0,1.2.1", "--lang=go", "-q", "--offline", *go_tools, *demo)
    assert (quiet.code, quiet.err) == (0, "")


def test_one_release_has_no_summary_of_releases(command: Command, shop: Shop, go_tools: list[str]) -> None:
    ended = command("--version", "1.0.0", "--lang=go", "--dry-run", *go_tools, *shop.options)
    assert ended.code == 0
    assert "releases:" not in ended.err
    assert json.loads(command("--version=9", "--lang=go", "--format=json", *shop.options).out)
