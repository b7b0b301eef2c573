from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from protogen.errors import UsageError, VerificationFailed
from protogen.languages import documents
from protogen.languages.build_dir import BuildDir
from protogen.languages.go import proof
from protogen.languages.go.language import Go
from protogen.languages.package import Package
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.system.cache import Cache
from protogen.system.files import digest
from protogen.system.process import Processes
from tests.support.packages import assembled
from tests.unit.languages.go.test_language import provided, request

PSEUDO = "v0.0.0-20240102030405-0123456789ab"
FILES = {"go.mod": b"module m\n", "a/b.go": b"package a\n"}


def package(folder: Path, version: str = "2.1.3", go_module: str = "") -> Package[Any]:
    asked = request(folder, go_module=go_module)
    asked = replace(asked, release=replace(asked.release, package_version=version))
    plan = Go().plan(asked)
    tools = provided(plan)
    return Package(asked, plan, tools, assembled(Go(), asked, plan, tools, {"shop/s.pb.go": b"x"}))


def workshop(folder: Path) -> BuildDir:
    folder.mkdir(parents=True, exist_ok=True)
    return BuildDir(Toolbox(Cache(folder / "cache"), Processes(), {}), folder)


def enclosing(folder: Path) -> Package[Any]:
    (folder / "go.mod").write_text("module example.com/outer\n")
    return package(folder, go_module=".")


@pytest.mark.parametrize(
    ("name", "on_disk"),
    [
        ("example.com/team/client", "example.com/team/client"),
        ("example.com/Team/BigClient/v2", "example.com/!team/!big!client/v2"),
        ("v1.0.0-RC.1", "v1.0.0-!r!c.1"),
    ],
)
def test_names_are_escaped_for_file_systems_that_ignore_case(name: str, on_disk: str) -> None:
    assert proof.escaped(name) == on_disk


def test_a_release_is_listed() -> None:
    served = proof.layout("example.com/Team/x/v2", "v2.1.3-RC.1", FILES)
    home = "example.com/!team/x/v2/@v"
    assert served.keys() == {
        f"{home}/list",
        *(f"{home}/v2.1.3-!r!c.1.{each}" for each in ("info", "mod", "zip")),
    }
    assert served[f"{home}/list"] == b"v2.1.3-RC.1\n"
    assert served[f"{home}/v2.1.3-!r!c.1.info"] == b'{"Version":"v2.1.3-RC.1"}\n'
    assert served[f"{home}/v2.1.3-!r!c.1.mod"] == b"module m\n"
    with zipfile.ZipFile(io.BytesIO(served[f"{home}/v2.1.3-!r!c.1.zip"])) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    assert held == {f"example.com/Team/x/v2@v2.1.3-RC.1/{path}": content for path, content in FILES.items()}


def test_a_pseudo_version_is_the_latest_and_in_no_list() -> None:
    served = proof.layout("example.com/x", PSEUDO, FILES)
    assert served["example.com/x/@v/list"] == b""
    assert served["example.com/x/@latest"] == served[f"example.com/x/@v/{PSEUDO}.info"]
    assert json.loads(served["example.com/x/@latest"]) == {
        "Version": PSEUDO,
        "Time": "2024-01-02T03:04:05Z",
    }


@pytest.mark.parametrize(
    ("version", "pseudo"),
    [
        (PSEUDO, True),
        ("v2.0.0-20240102030405-0123456789ab", True),
        ("v1.2.3-0.20240102030405-0123456789ab", True),
        ("v1.2.3-rc.1.0.20240102030405-0123456789ab", True),
        ("v1.2.3-20240102030405-0123456789ab", False),
        ("v1.2.3-rc.20240102030405", False),
        ("v1.2.3", False),
    ],
)
def test_pseudo_versions_are_what_go_takes_for_them(version: str, pseudo: bool) -> None:
    assert ("Time" in json.loads(proof.info(version))) == pseudo


@pytest.mark.parametrize(
    ("name", "size", "problem"),
    [
        ("go.mod", 16, ""),
        ("go.mod", 17, "go.mod has more than"),
        ("LICENSE", 17, "LICENSE has more than"),
        ("a.pb.go", 17, ""),
        ("a.pb.go", 501, "its files have more than"),
    ],
)
def test_what_go_refuses_for_its_size(name: str, size: int, problem: str) -> None:
    class Megabytes(bytes):
        def __len__(self) -> int:
            return size * 1024**2

    said = proof.too_large({name: Megabytes()})
    assert said.startswith(problem)
    assert bool(said) == bool(problem)


def test_module_holds_what_the_output_folder_holds(tmp_path: Path) -> None:
    made = package(tmp_path)
    built = Go().build(made, workshop(tmp_path / "shop"), complete=True)
    home = "example.com/shop/v2/@v"
    assert sorted(built.files) == [
        f"{home}/list",
        *(f"{home}/v2.1.3.{each}" for each in ("info", "mod", "zip")),
    ]
    assert all(file == tmp_path / "shop" / "dist" / path for path, file in built.files.items())
    assert built.remarks == ()
    with zipfile.ZipFile(built.files[f"{home}/v2.1.3.zip"]) as archive:
        held = {name.partition("@v2.1.3/")[2]: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(held.pop(".protogen.json"))
    assert held == made.files
    assert manifest["files"] == {path: digest(content) for path, content in made.files.items()}
    assert manifest["origin"] == documents.origin(made.request, made.installed)


def test_artifacts_are_the_same_in_another_folder(tmp_path: Path) -> None:
    made = package(tmp_path)
    built = [Go().build(made, workshop(tmp_path / name), complete=True).files for name in ("one", "two")]
    contents = [{path: file.read_bytes() for path, file in files.items()} for files in built]
    assert contents[0] == contents[1]


def test_what_no_tag_may_name_is_remarked(tmp_path: Path) -> None:
    made = package(tmp_path, "0.0.0-dev.20240102030405.g0123456789ab")
    built = Go().build(made, workshop(tmp_path / "shop"), complete=True)
    assert f"example.com/shop/@v/{PSEUDO}.zip" in built.files
    assert "pseudo-version" in built.remarks[0]


def test_a_package_of_the_module_around_it_is_not_published_alone(tmp_path: Path) -> None:
    made = enclosing(tmp_path)
    with pytest.raises(UsageError, match="module around it") as caught:
        Go().check_artifacts(made.request.recipe, {"go_module": "."})
    assert "--go-module PATH" in caught.value.remedy
    assert Go().build(made, workshop(tmp_path / "shop"), complete=False).files == {}


def test_a_package_too_large_for_go_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "_MAX_FILES", 10)
    with pytest.raises(VerificationFailed, match="more than 10 bytes together") as caught:
        Go().build(package(tmp_path), workshop(tmp_path / "shop"), complete=False)
    assert caught.value.where == "example.com/shop/v2"
