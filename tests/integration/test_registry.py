"""A registry filled through the command line, and read by pip from a server that only serves files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from protogen.registry import layout
from protogen.registry.adding import add
from protogen.registry.folder import Folder
from tests.integration.conftest import Command, Shop
from tests.support.registry_packages import artifacts
from tests.support.static_server import serving

URL = "http://127.0.0.1:1/registry"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address that it is served at."""
    root = tmp_path / "registry"
    root.mkdir()
    with serving(root) as address:
        yield root, address


def put(
    root: Path, version: str, text: str = "", languages: tuple[str, ...] = ("go", "python", "typescript")
) -> None:
    """Add a made-up release."""
    add(root, *layout.additions(artifacts(version, languages, text), "api", version), URL)


def pip(*arguments: str, where: Path) -> subprocess.CompletedProcess[str]:
    """pip, with no settings and no cache of the machine's."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
    argv = [
        sys.executable,
        "-m",
        "pip",
        *arguments,
        "--isolated",
        "--no-cache-dir",
        "--disable-pip-version-check",
    ]
    return subprocess.run(
        argv, cwd=where, env=environ, capture_output=True, text=True, timeout=120, check=False
    )


def test_pip_takes_the_newest_an_older_one_and_none_that_was_yanked(
    served: tuple[Path, str], tmp_path: Path, command: Command
) -> None:
    root, address = served
    for version in ("1.2.0", "1.10.0", "1.11.0"):
        put(root, version)
    yanked = command("registry", "yank", str(root), "team-api", "1.11.0", "--reason", "breaks")
    assert yanked.code == 0, yanked.err
    for requirement, expected in {
        "team-api": "1.10.0",
        "Team.Api<1.5": "1.2.0",
        "team_api==1.11.0": "1.11.0",
    }.items():
        target = tmp_path / expected
        done = pip(
            *(
                "install",
                "--no-deps",
                "--target",
                str(target),
                "--index-url",
                f"{address}/pypi/simple",
                requirement,
            ),
            where=tmp_path,
        )
        assert done.returncode == 0, done.stderr
        assert f'"{expected}"' in (target / "team_api/__init__.py").read_text()


def test_pip_holds_downloads_to_their_hashes(served: tuple[Path, str], tmp_path: Path) -> None:
    root, address = served
    put(root, "1.2.0")
    contents = Folder(root).contents("pypi", "team-api", "1.2.0")
    assert contents
    wheel = next(path for path in contents.files if path.endswith(".whl"))
    (tmp_path / "requirements.txt").write_text(f"team-api==1.2.0 --hash=sha256:{contents.files[wheel]}\n")
    arguments = (
        *("download", "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", "requirements.txt"),
        *("--index-url", f"{address}/pypi/simple", "--dest", "down"),
    )
    for _ in range(2):
        done = pip(*arguments, where=tmp_path)
        assert done.returncode == 0, done.stderr
    (root / wheel).write_bytes((root / wheel).read_bytes() + b" ")
    shutil.rmtree(tmp_path / "down")
    done = pip(*arguments, where=tmp_path)
    assert done.returncode != 0
    assert "hash" in done.stderr.lower()


def test_releases_are_added_and_looked_at_through_the_command_line(
    command: Command, shop: Shop, go_tools: list[str]
) -> None:
    arguments = ("--lang", "go", *shop.options, *go_tools, "--registry", "public", "--registry-auth")
    for expected in ("added", "unchanged"):
        ended = command("--version", "release-1.0", *arguments, "--format", "json")
        assert ended.code == 0, ended.err
        (release,) = ended.json["releases"]
        name = release["registry"][0]["name"]
        assert [each["status"] for each in release["registry"]] == [expected]
    assert Folder(Path("public")).service.auth
    listed = command("registry", "list", "public", "--format", "json").json
    assert [(each["ecosystem"], each["name"], each["latest"]) for each in listed["packages"]] == [
        ("go", name, "v1.0.2")
    ]
    assert name in command("registry", "list", "public").out
    (shown,) = command("registry", "show", "public", name, "--format", "json").json["packages"]
    assert shown["versions"][0]["evidence"].startswith("files/shop/1.0.2/")
    text = command("registry", "show", "public", name).out
    assert all(f"{sha}  {path}" in text for path, sha in shown["versions"][0]["files"].items())
    assert command("registry", "verify", "public").code == 0

    (Path("public") / f"go/{name}/@v/list").write_text("v9.0.0\n")
    ended = command("registry", "verify", "public", "--format", "json")
    assert ended.code == 7
    assert json.JSONDecoder().raw_decode(ended.out)[0]["findings"] == [
        {"path": f"go/{name}/@v/list", "problem": "not what was written"}
    ]


def test_releases_that_a_registry_lacks_are_listed(command: Command, shop: Shop) -> None:
    def lacking(folder: str) -> list[str]:
        ended = command("versions", *shop.options, "--not-in", folder, "--format", "names")
        assert ended.code == 0, ended.err
        return ended.out.split()

    assert lacking("public") == ["release-1.1", "release-1.0"]
    for recipe, left in (("other", ["release-1.1", "release-1.0"]), ("shop", ["release-1.1"])):
        add(Path("public"), *layout.additions(artifacts("1.0.2", ("go",), recipe), recipe, "1.0.2"))
        assert lacking("public") == left
        shutil.rmtree("public")


def test_a_version_that_only_retracts_is_shown_as_one_and_listed_as_none(command: Command) -> None:
    name = "example.com/Team/api"
    for version in ("1.2.0", "1.10.0"):
        put(Path("public"), version, languages=("go",))
    for arguments in (("--reason", "breaks"), ("--undo",)):
        assert command("registry", "yank", "public", name, "1.10.0", *arguments).code == 0
    (listed,) = command("registry", "list", "public", "--format", "json").json["packages"]
    assert (listed["latest"], listed["versions"]) == ("v1.10.0", ["v1.2.0", "v1.10.0"])
    text = command("registry", "show", "public", name).out
    assert f"go {name} v1.999999.0  retracts: v1.10.0\n" in text
    assert f"go {name} v1.999999.1  retracts: nothing any more\n" in text
    (shown,) = command("registry", "show", "public", name, "--format", "json").json["packages"]
    retracts = {each["version"]: each.get("retracts") for each in shown["versions"]}
    assert retracts["v1.999999.0"] == {"v1.10.0": "breaks"}
    assert retracts["v1.10.0"] is None


def test_a_reason_is_one_line_that_terminals_can_print(command: Command) -> None:
    put(Path("public"), "1.2.0", languages=("python",))
    assert command("registry", "yank", "public", "team-api", "1.2.0", "--reason", " a\n\x1b[1mb\t ").code == 0
    page = json.loads(Path("public/pypi/simple/team-api/index.json").read_text())
    assert {each["yanked"] for each in page["files"]} == {"a [1mb"}


def test_another_package_under_a_taken_number_changes_no_folder(
    command: Command, shop: Shop, go_tools: list[str]
) -> None:
    arguments = (*shop.options, *go_tools, "--lang", "go", "--registry", "public")
    assert command("--version", "release-1.0", *arguments).code == 0
    ended = command(
        "--version",
        "release-1.1",
        "--match",
        "pin",
        *arguments,
        "--package-version",
        "1.0.2",
        "--out",
        "other",
    )
    assert ended.code == 8, ended.err
    assert "--package-version" in ended.err
    assert not Path("other").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("registry", "list", "nothing"), 2, "is no registry"),
        (("registry", "show", "public", "nobody"), 2, "no package nobody"),
        (("registry", "yank", "public", "team-api", "9.9.9"), 2, "no version 9.9.9"),
        (("registry", "yank", "public", "team-api", "1.2.0", "--undo", "--reason", "x"), 2, "no --reason"),
        (
            ("--version", "r1", "--lang", "go", "--registry", "x", "--registry-url", "ftp://x"),
            2,
            "no whole address",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(
    arguments: tuple[str, ...], code: int, message: str, command: Command
) -> None:
    put(Path("public"), "1.2.0")
    ended = command(*arguments)
    assert ended.code == code, ended.err
    assert message in ended.err


@pytest.mark.parametrize(
    ("missing", "foreign", "remedy"),
    [
        (True, False, "run their releases again with --registry, or put them back from a backup"),
        (False, True, "move away what the registry didn't put there"),
        (True, True, "from a backup; move away what the registry didn't put there"),
    ],
)
def test_verify_tells_what_mends_what_it_found(
    missing: bool, foreign: bool, remedy: str, command: Command
) -> None:
    put(Path("public"), "1.2.0")
    if missing:
        Path("public/pypi/simple/index.html").unlink()
    if foreign:
        Path("public/npm/note").write_text("")
    ended = command("registry", "verify", "public")
    assert ended.code == 7
    assert ended.err.rstrip().endswith(remedy)
    if foreign:
        Path("public/npm/note").unlink()
    put(Path("public"), "1.2.0")
    assert command("registry", "verify", "public").code == 0
