"""Protos in editions through the commands: packages with raised floors, graphs, compilers from before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from protogen.protos.protoc import Protoc
from tests.integration.conftest import Command
from tests.support.edition_protos import PROTOS, laid

MODULES = {"2023": "eds.y23.a_pb2", "2024": "eds.y24.greeter_pb2"}


def known(edition: str) -> bool:
    """Whether the installed compiler takes it: CI runs these on the lowest of everything, too."""
    from protogen.system.process import Processes

    return not Protoc(Processes()).missing_for(edition)


needs = {
    edition: pytest.mark.skipif(not known(edition), reason=f"grpcio-tools from before edition {edition}")
    for edition in MODULES
}
EDITIONS = [pytest.param(edition, marks=needs[edition]) for edition in MODULES]


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_python_package_asks_for_what_its_edition_needs(
    edition: str, command: Command, tmp_path: Path
) -> None:
    options = laid(tmp_path, edition)
    ended = command("--version", "1.0", "--lang", "python", *options)
    assert ended.code == 0, ended.err
    floor = {"2023": "5.27.2", "2024": "6.32.0"}[edition]
    assert f"the protos are in edition {edition}: the package asks for" in ended.err
    assert f'"protobuf>={floor}"' in Path("gen/python/pyproject.toml").read_text()
    assert f'_FLOOR = "{floor}"' in Path("gen/python/src/edition_shop_client/_pool.py").read_text()
    assert f"The protos are in edition {edition}" in Path("gen/python/README.md").read_text()
    program = f"import edition_shop_client.{MODULES[edition]}, edition_shop_client.eds.implicit.b_pb2"
    environ = {**os.environ, "PYTHONPATH": str(Path("gen/python/src").absolute())}
    subprocess.run([sys.executable, "-c", program], env=environ, check=True)
    again = command("--version", "1.0", "--lang", "python", *options)
    assert "unchanged" in again.err
    assert f"the protos are in edition {edition}" in again.err


@needs["2023"]
def test_stubs_know_which_fields_have_presence(command: Command, tmp_path: Path) -> None:
    ended = command("--version", "1.0", "--lang", "python", *laid(tmp_path, "2023"))
    assert ended.code == 0, ended.err
    folder = Path("gen/python/src/edition_shop_client/eds")
    asked = '"explicit", "required", "part", "text", "two", "color", "raw", "three", "pick"'
    assert (
        f"def HasField(self, field_name: _typing.Literal[{asked}])" in (folder / "y23/a_pb2.pyi").read_text()
    )
    asked = '"known", "part", "chosen", "pick"'
    assert f"field_name: _typing.Literal[{asked}])" in (folder / "implicit/b_pb2.pyi").read_text()
    # HasField of a message answers for just these.
    program = (
        "from edition_shop_client.eds.y23.a_pb2 import A\n"
        "from edition_shop_client.eds.implicit.b_pb2 import B\n"
        "for message in (A(), B()):\n"
        "    for field in message.DESCRIPTOR.fields:\n"
        "        if field.has_presence: print(field.name, end=' ')\n"
    )
    environ = {**os.environ, "PYTHONPATH": str(Path("gen/python/src").absolute())}
    told = subprocess.run(
        [sys.executable, "-c", program], env=environ, check=True, capture_output=True, text=True
    )
    assert told.stdout.split() == [
        *("explicit", "required", "part", "text", "two", "color", "raw", "three"),
        *("known", "part", "chosen"),
    ]


@needs["2024"]
def test_the_graph_follows_option_imports(command: Command, tmp_path: Path) -> None:
    ended = command("graph", "--version", "1.0", *laid(tmp_path, "2024"), "--format", "json")
    assert ended.code == 0, ended.err
    nodes = {each["name"] for each in json.loads(ended.out)["nodes"]}
    assert {*PROTOS["2024"], "google/protobuf/descriptor.proto"} <= nodes


@needs["2024"]
def test_a_newer_edition_alone_breaks_nothing(command: Command, tmp_path: Path) -> None:
    options = laid(tmp_path, "2023")
    path = tmp_path / "api/eds/y23/a.proto"
    repository = tmp_path / "repository"
    for tag, text in (("1.0.0", path.read_text()), ("1.1.0", path.read_text().replace('"2023"', '"2024"'))):
        path.write_text(text)
        commit(tmp_path / "api", repository, tag)
    recipe = (tmp_path / "recipe.yaml").read_text().replace("/api}", '/api, tag: "v{major}.{minor}.{patch}"}')
    (tmp_path / "recipe.yaml").write_text(recipe)
    source = ["--source", "git", "--repo", f"api={repository}", *options[:2], "--rules", "none"]
    ended = command("diff", "1.0.0", "1.1.0", *source)
    assert ended.code == 1, ended.err
    assert "file eds/y23/a.proto: edition 2023 -> 2024" in ended.out
    assert ended.out.endswith(": 1 changed; nothing judged what breaks\n")


def commit(folder: Path, repository: Path, tag: str) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example", "-C", str(repository)]
    if not repository.is_dir():
        subprocess.run(["git", "init", "-q", str(repository)], check=True)
    subprocess.run(["cp", "-r", f"{folder}/.", str(repository)], check=True)
    for arguments in (["add", "-A"], ["commit", "-q", "-m", tag], ["tag", f"v{tag}"]):
        subprocess.run([*git, *arguments], check=True)


@pytest.mark.parametrize(
    ("installed", "edition", "needed"), [("1.62.3", "2023", "1.66.0"), ("1.78.0", "2024", "1.81.0")]
)
def test_a_compiler_from_before_an_edition_is_told_with_the_one_to_install(
    installed: str,
    edition: str,
    needed: str,
    command: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Protoc, "version", installed)
    ended = command("--version", "1.0", "--lang", "python", *laid(tmp_path, edition))
    assert ended.code == 6
    assert f"is in edition {edition}, and grpcio-tools {installed} is from before it" in ended.err
    assert f"{sys.executable} -m pip install 'grpcio-tools>={needed}'" in ended.err
