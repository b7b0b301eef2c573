"""Runs of what was made before start neither protoc nor plugins; whatever might make something else does."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from protogen.registry import adding
from protogen.system.process import Finished, Processes
from tests.integration.conftest import Command, Ended, Shop
from tests.integration.test_java import Fake
from tests.support import plugins
from tests.support.command import run
from tests.support.traces import contents, everything


class Started(list[str]):
    """The programs that were started, by the word that tells them apart."""

    @property
    def generators(self) -> list[str]:
        return [name for name in self if name != "git"]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    names, run = Started(), Processes.run

    def noted(self: Processes, argv: list[str], **options: Any) -> Finished:
        names.append(Path(argv[0]).name)
        return run(self, argv, **options)

    monkeypatch.setattr(Processes, "run", noted)
    return names


@pytest.fixture
def again(
    command: Command, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started: Started
) -> Callable[..., tuple[Ended, bool]]:
    """A run after a first one, with tools of the cache: how it ended, and whether anything was made."""
    plugins.go_tools(tmp_path / "tools", version="v0.0.1")
    monkeypatch.setenv("PATH", f"{tmp_path / 'tools'}{os.pathsep}{os.environ['PATH']}")

    def run(*more: str) -> tuple[Ended, bool]:
        started.clear()
        ended = command("--version", "1.0", "--lang", "go", *shop.options, *more)
        return ended, bool(started.generators)

    ended, made = run()
    assert ended.code == 0, ended.err
    assert made
    return run


Again = Callable[..., tuple[Ended, bool]]


def test_a_run_that_would_change_nothing_makes_and_writes_nothing(
    again: Again, started: Started, tmp_path: Path
) -> None:
    assert again("--lang", "python")[1]
    before = everything(tmp_path / "work", tmp_path / "cache")
    ended, made = again("--lang", "python", "-v")
    assert ended.code == 0
    assert not made
    assert started == ["git", "git", "git"]
    assert "unchanged gen/go" in ended.err
    assert "unchanged gen/python" in ended.err
    assert everything(tmp_path / "work", tmp_path / "cache") == before


def test_it_tells_what_a_run_that_makes_all_tells(again: Again, tmp_path: Path) -> None:
    quick, made = again("--format", "json")
    assert not made
    shutil.rmtree(tmp_path / "cache/v2/packages")
    slow, made = again("--format", "json")
    assert made
    assert quick.json == slow.json
    assert quick.err == slow.err


def test_options_that_packages_do_not_depend_on_change_nothing(again: Again) -> None:
    for options in (
        ["--java-group", "org.example"],
        ["--dry-run"],
        ["--offline"],
        ["--force"],
        ["--jobs", "1"],
        ["-q"],
    ):
        ended, made = again(*options)
        assert (ended.code, made) == (0, False), options
        assert "wrote" not in ended.err
        assert "would write" not in ended.err


def test_other_inputs_are_made(again: Again, shop: Shop, tmp_path: Path) -> None:
    for options in (
        ["--package-version", "7.0.0"],
        ["--go-module", "example.com/other"],
        ["--with", "admin"],
        ["--ref", "extra=main"],
        [f"--tool=protoc-gen-go={tmp_path / 'tools' / 'protoc-gen-go'}"],
    ):
        ended, made = again(*options)
        assert (ended.code, made) == (0, True), (options, ended.err)
    ended, made = again()
    assert "wrote gen/go" in ended.err, "the last options went into the same folder"
    shop.api.git("checkout", "--quiet", "release-1.0")
    shop.api.commit({"shop/shop.proto": (shop.api.path / "shop/shop.proto").read_text() + "// moved"})
    ended, made = again()
    assert (ended.code, made) == (0, True)
    assert "wrote gen/go" in ended.err
    shop.recipe.write_text(shop.recipe.read_text() + "# another recipe\n")
    ended, made = again()
    assert (ended.code, made) == (0, True)


def test_an_edited_file_is_refused_and_a_deleted_one_comes_back(again: Again) -> None:
    file = Path("gen/go/shop/shop.pb.go")
    whole = file.read_bytes()
    file.write_bytes(whole + b"// mine\n")
    ended, _ = again()
    assert ended.code == 8
    assert "edited since protogen wrote it" in ended.err
    ended, made = again("--force")
    assert (ended.code, made) == (0, False)
    assert file.read_bytes() == whole
    file.unlink()
    ended, made = again()
    assert (ended.code, made) == (0, False)
    assert ", 1 changed)" in ended.err
    assert file.read_bytes() == whole


def test_the_same_package_elsewhere_comes_from_the_cache(again: Again) -> None:
    ended, made = again("--out", "elsewhere")
    assert (ended.code, made) == (0, False)
    assert "wrote elsewhere/go" in ended.err
    assert contents(Path("elsewhere")) == contents(Path("gen")) != {}
    before = contents(Path("elsewhere"))
    ended, made = again("--out", "elsewhere", "--regenerate")
    assert (ended.code, made) == (0, True)
    assert "unchanged elsewhere/go" in ended.err
    assert contents(Path("elsewhere")) == before


def test_protos_that_are_not_read_are_not_checked(again: Again, tmp_path: Path) -> None:
    (proto,) = (tmp_path / "cache/v2/fetched").glob("*/files/shop/shop.proto")
    proto.write_bytes(b"damaged")
    ended, made = again("--offline", "--out", "elsewhere")
    assert (ended.code, made) == (0, False)
    assert again("--offline", "--regenerate")[0].code == 4
    ended, made = again("--regenerate")
    assert (ended.code, made) == (0, True)
    assert proto.read_bytes() != b"damaged"


def test_what_the_registry_has_of_the_same_inputs_is_not_built_again(
    again: Again, started: Started, tmp_path: Path
) -> None:
    ended, made = again("--registry", "public", "--format", "json")
    assert (ended.code, made) == (0, True), ended.err
    assert [each["status"] for each in ended.json["releases"][0]["registry"]] == ["added"]
    before = everything(tmp_path / "work")
    quick, made = again("--registry", "public", "--format", "json")
    assert (quick.code, made) == (0, False)
    assert started == ["git", "git", "git"]
    assert [each["status"] for each in quick.json["releases"][0]["registry"]] == ["unchanged"]
    assert everything(tmp_path / "work") == before
    slow, made = again("--registry", "public", "--format", "json", "--regenerate")
    assert made
    assert (slow.json, slow.err) == (quick.json, quick.err)


def test_what_the_registry_lacks_is_built(again: Again, started: Started, tmp_path: Path) -> None:
    assert again("--registry", "public")[1]
    assert again("--registry", "public", "--artifacts", "dist")[1]
    assert again("--registry", "public", "--verify", "--dry-run")[1]
    assert again("--registry", "public", "--package-version", "7.0.0")[1]
    assert again("--registry", "other")[1]
    record = ".protogen/versions/**/v1.0.2.json"
    for pattern, damage in (("go/**/*.zip", b"x"), ("files/**/*.protoset", b""), (record, None)):
        (path,) = (each for each in Path("public").glob(pattern) if "7.0.0" not in str(each))
        whole = path.read_bytes()
        path.write_bytes(damage) if damage is not None else path.unlink()
        ended, made = again("--registry", "public")
        assert (ended.code, made) == (0, True), (pattern, ended.err)
        assert path.read_bytes() == whole


def test_an_interrupted_backfill_makes_what_is_missing(
    again: Again, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("--version", "1.0.0 1.0.2\n", "--registry", "public", "--format", "json")
    added: list[Path] = []

    def interrupted(path: Path, *arguments: Any, **named: Any) -> list[adding.Status]:
        if len(added) == 1:
            raise KeyboardInterrupt
        added.append(path)
        return add(path, *arguments, **named)

    add = adding.add
    with monkeypatch.context() as patch:
        patch.setattr(adding, "add", interrupted)
        ended, _ = again(*asked)
    assert (ended.code, ended.json["code"]) == (130, 130)
    assert "registry     added example.com/shop v1.0.2 (go)" in ended.err
    assert ended.err.endswith("error: interrupted\n")
    ended, made = again(*asked)
    assert made
    # The tag 1.0.2 has the number that the branch took, and stops nothing.
    statuses = [[each["status"] for each in release["registry"]] for release in ended.json["releases"]]
    assert (ended.code, statuses) == (8, [["unchanged"], ["added"], []])
    ended, made = again(*asked)
    assert (ended.code, made) == (8, False)
    assert "packages in the registry: 2 unchanged" in ended.err


def test_what_the_registry_refuses_is_not_built_again(again: Again, tmp_path: Path) -> None:
    assert again("--registry", "public")[1]
    refused = ("--registry", "public", "--with", "admin", "--format", "json")
    ended, made = again(*refused)
    assert (ended.code, made) == (8, True)
    quick, made = again(*refused)
    assert (quick.code, made) == (8, False)
    assert (quick.json, quick.err) == (ended.json, ended.err)
    assert "without --with, not with --with admin" in quick.err
    for more in (["--dry-run"], [f"--tool=protoc-gen-go={tmp_path / 'tools' / 'protoc-gen-go'}"]):
        ended, made = again(*refused, *more)
        assert (ended.code, made) == (8, True), more
    ended, made = again("--registry", "other", *refused[2:])
    assert (ended.code, made) == (0, True), "another registry"


def test_another_address_is_written_without_building(again: Again) -> None:
    assert again("--registry", "public", "--registry-url", "https://one.example")[1]
    ended, made = again("--registry", "public", "--registry-url", "https://two.example")
    assert (ended.code, made) == (0, False)
    assert "https://two.example" in Path("public/.protogen/registry.json").read_text()


def test_a_dry_run_of_what_the_cache_keeps_writes_nothing(again: Again) -> None:
    ended, made = again("--out", "elsewhere", "--dry-run")
    assert (ended.code, made) == (0, False)
    assert "would write elsewhere/go" in ended.err
    assert not Path("elsewhere").exists()


def test_what_the_cache_no_longer_keeps_whole_is_made_and_kept_again(again: Again, tmp_path: Path) -> None:
    (record,) = (tmp_path / "cache/v2/packages").glob("*/content")
    whole = record.read_bytes()
    for number, content in enumerate((whole[:-1], b"", None)):
        record.write_bytes(content) if content is not None else record.unlink()
        ended, made = again("--out", f"elsewhere-{number}")
        assert (ended.code, made) == (0, True)
        assert contents(Path(f"elsewhere-{number}")) == contents(Path("gen"))
        assert record.read_bytes() == whole


def test_one_language_that_is_not_kept_has_all_made(
    again: Again, started: Started, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maven = Fake(tmp_path / "fake")
    monkeypatch.setenv("JAVA_HOME", str(maven.folder / "jdk"))
    assert again("--lang", "python")[1]
    assert not again("--lang", "python", "--out", "elsewhere")[1]
    ended, _ = again("--lang", "python,java", "--out", "other", *maven.maven())
    assert ended.code == 0, ended.err
    assert "protoc-gen-go" in started


def test_what_a_given_tool_makes_neither_comes_from_the_cache_nor_goes_there(
    again: Again, tmp_path: Path
) -> None:
    kept = sorted((tmp_path / "cache/v2/packages").iterdir())
    given = f"--tool=protoc-gen-go={tmp_path / 'tools' / 'protoc-gen-go'}"
    for out in ("one", "two"):
        ended, made = again(given, "--out", out)
        assert (ended.code, made) == (0, True)
    assert sorted((tmp_path / "cache/v2/packages").iterdir()) == kept


def test_check_and_lock_always_make_what_they_compare(
    again: Again, command: Command, shop: Shop, started: Started
) -> None:
    arguments = ("--version", "1.0", "--lang", "go", *shop.options)
    for name in ("check", "lock"):
        started.clear()
        assert command(name, *arguments).code == 0
        assert started.generators, name
    ended, made = again("--locked")
    assert (ended.code, made) == (0, True)


def test_folders_are_read_each_time(command: Command, shop: Shop, started: Started) -> None:
    arguments = ("--version", "1.0", "--lang", "python", "--source", "folder", *shop.options)
    assert command(*arguments).code == 0
    started.clear()
    assert "unchanged" in command(*arguments).err
    assert not started
    proto = shop.api.path / "shop/shop.proto"
    proto.write_text(proto.read_text() + "\nmessage Uncommitted {}\n")
    assert "wrote" in command(*arguments).err
    assert started.generators


def test_the_module_around_a_package_is_looked_at(again: Again) -> None:
    Path("go.mod").write_text("module example.com/around\n")
    assert again("--lang", "go", "--go-module", ".")[1]
    assert not again("--lang", "go", "--go-module", ".")[1]
    Path("go.mod").write_text("module example.com/renamed\n")
    ended, made = again("--lang", "go", "--go-module", ".")
    assert made
    assert "wrote gen/go" in ended.err
    Path("go.mod").unlink()
    assert again("--lang", "go", "--go-module", ".")[0].code == 2


def test_packages_hold_nothing_of_the_memory(again: Again, tmp_path: Path) -> None:
    manifest = json.loads(Path("gen/go/.protogen.json").read_text())
    assert manifest.keys() == {"schema", "origin", "files"}
    assert len(list((tmp_path / "cache/v2/packages").iterdir())) == 1


_SLOW = ("jinja2", "google.protobuf", "grpc_tools", "git", "rich", "importlib.metadata")
_CODE = """
import sys
from protogen.cli.main import run
code = run(sys.argv[2:])
print("imported:", *({*sys.argv[1].split(",")} & {*sys.modules}), file=sys.stderr)
sys.exit(code)
"""


def test_what_is_slow_to_import_is_left_to_what_needs_it(again: Again, shop: Shop) -> None:
    rerun = ["--version", "1.0", "--lang", "go", *shop.options]
    for arguments, slow in ((["--help"], (*_SLOW, "msgspec", "yaml")), (rerun, _SLOW)):
        ended = run([sys.executable, "-c", _CODE, ",".join(slow), *arguments], cwd=Path.cwd())
        assert ended.code == 0
        assert ended.err.splitlines()[-1] == "imported:", arguments


def test_protogens_own_recipes_are_parsed_once(command: Command) -> None:
    asked = ["--version", "r2.11", "--lang", "go", "--source", "git", "--offline"]
    assert command(*asked).code == 4, "nothing is cached"
    ended = run([sys.executable, "-c", _CODE, "yaml", *asked], cwd=Path.cwd())
    assert ended.code == 4
    assert ended.err.splitlines()[-1] == "imported:"
