"""Vendored packages as git checks them out where it converts line ends."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.integration.conftest import Command, Shop
from tests.support.corpus import git


@pytest.fixture
def vendored(command: Command, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Options whose package is vendored in the current folder, a clone that converts line ends."""
    options = ["--version", "1.0", "--lang", "python", "--out", "the gen", *shop.options]
    Path("origin").mkdir()
    monkeypatch.chdir("origin")
    git("init", "--quiet", "--template=", cwd=Path())
    assert command(*options).code == 0
    assert command("lock", *options).code == 0
    git("add", "--all", cwd=Path())
    git("commit", "--quiet", "--message", "x", cwd=Path())
    monkeypatch.chdir(tmp_path)
    git("-c", "core.autocrlf=true", "clone", "--quiet", "work/origin", "clone", cwd=tmp_path)
    git("config", "core.autocrlf", "true", cwd=tmp_path / "clone")
    monkeypatch.chdir("clone")
    assert b"\r\n" in Path("the gen/python/README.md").read_bytes()
    assert b"\r\n" in Path("the gen/python/.protogen.json").read_bytes()
    return options


@pytest.mark.parametrize("deciding", [["check"], [], ["--locked"]])
def test_files_that_git_converted_are_told_apart_and_kept_by_the_command_that_is_proposed(
    command: Command, vendored: list[str], tmp_path: Path, deciding: list[str]
) -> None:
    ended = command(*deciding, *vendored)
    assert ended.code == (1 if deciding == ["check"] else 8)
    assert "line ends only" in (ended.out if deciding == ["check"] else ended.err)
    assert "@@" not in ended.out
    found = re.search(r"try: +(printf .*) && protogen with the same options and --force", ended.err)
    assert found
    subprocess.run(["bash", "-c", found[1]], check=True)
    assert Path(".gitattributes").read_text() == '"the gen/python/**" -text\n'
    assert command(*vendored, "--force").code == 0
    assert command("check", *vendored).code == 0
    git("add", "--all", cwd=Path())
    assert git("status", "--porcelain", cwd=Path()) == "A  .gitattributes\n"
    git("commit", "--quiet", "--message", "x", cwd=Path())
    git("-c", "core.autocrlf=true", "clone", "--quiet", "clone", "later", cwd=tmp_path)
    again = [("../later/the gen" if each == "the gen" else each) for each in vendored]
    assert command("check", *again).code == 0


def test_a_file_that_was_edited_too_is_told_as_edited(command: Command, vendored: list[str]) -> None:
    readme = Path("the gen/python/README.md")
    readme.write_bytes(readme.read_bytes() + b"mine")
    ended = command(*vendored)
    assert ended.code == 8
    assert "README.md (edited since protogen wrote it)" in ended.err
    assert "pyproject.toml (edited, its line ends only)" in ended.err
    assert ".gitattributes" not in ended.err
    checked = command("check", "--format=json", *vendored)
    (told,) = json.loads(checked.out)["releases"][0]["languages"].values()
    assert "README.md" in told["changed"]
    assert "README.md" not in told["line_ends_only"]
    assert "pyproject.toml" in told["line_ends_only"]
    assert "with the same options, and commit what it writes" in checked.err


def test_outside_of_git_there_is_nothing_to_set(command: Command, shop: Shop) -> None:
    options = ["--version", "1.0", "--lang", "python", *shop.options]
    assert command(*options).code == 0
    readme = Path("gen/python/README.md")
    readme.write_bytes(readme.read_bytes().replace(b"\n", b"\r\n"))
    ended = command(*options)
    assert ended.code == 8
    assert "README.md (edited, its line ends only)" in ended.err
    assert "try:   run again with --force" in ended.err
    assert command(*options, "--force").code == 0
