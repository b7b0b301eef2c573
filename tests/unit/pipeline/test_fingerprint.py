from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from protogen.languages import choose, load_language
from protogen.languages.package import Request
from protogen.pipeline.fingerprint import Wanted, installation, keys
from protogen.protos.closure import Closure
from protogen.protos.imports import Import, ImportGraph
from protogen.protos.protoset import Form, Origin, ProtoFile, ProtoSet
from protogen.recipe import model
from protogen.releases.release import Release, ResolvedRepository
from protogen.system.cache import Cache
from protogen.system.context import Context
from protogen.system.process import Processes
from tests.unit.recipe.test_model import GOOD

FILE = ProtoFile("shop/shop.proto", Origin("api", ".", "shop/shop.proto"), b'syntax = "proto3";')
ANY = ProtoFile("google/protobuf/any.proto", Origin("protoc", ".", "any.proto"), b"message Any {}")
REPOSITORY = ResolvedRepository("api", "https://git.invalid/api", "refs/heads/r1", "1" * 40)
RELEASE = Release("1.0", "1.0.2", "git", (REPOSITORY,))


def closure(graph: Mapping[str, Any] | None = None, **changed: Any) -> Closure:
    protos = ProtoSet(
        release=RELEASE,
        form=Form.TEXT,
        entry_points=(FILE.name,),
        find=lambda name: (FILE,),
        roots=("api:.",),
        licenses={"api": {"LICENSE": "do what you like"}},
    )
    made = ImportGraph((FILE.name,), {FILE.name: FILE, ANY.name: ANY}, {}, frozenset({ANY.name}))
    return Closure(replace(protos, **changed), replace(made, **(graph or {})))


def wanted(folder: Path = Path("gen"), language: str = "python", **changed: Any) -> Wanted:
    made = Wanted(
        recipe=model.parse(GOOD, "r.yaml"),
        languages=(load_language(language),),
        settings={},
        groups=(),
        release=RELEASE,
        out=lambda name: folder / name,
        closure=closure(),
    )
    return replace(made, **changed)


def context(folder: Path, **given: Path) -> Context:
    return Context(Cache(folder / "cache"), Processes(), {}, given)


def of_release(**changed: Any) -> dict[str, Any]:
    return {"release": replace(RELEASE, **changed)}


def of_repository(**changed: Any) -> dict[str, Any]:
    return of_release(repositories=(replace(REPOSITORY, **changed),))


def of_file(**changed: Any) -> dict[str, Any]:
    file = replace(FILE, **changed)
    return {"closure": closure({"files": {file.name: file, ANY.name: ANY}})}


# What a language plans from ▶ changes of it; `outline` and `descriptor_set` are compiled from the protos.
CHANGES: dict[str, list[dict[str, Any]]] = {
    "recipe": [{"recipe": model.parse(GOOD + "# a comment\n", "r.yaml")}],
    "release": [
        of_release(name="1.0.2"),
        of_release(package_version="1.0.3"),
        of_release(source="index"),
        of_release(repositories=()),
        of_repository(name="base"),
        of_repository(url="https://git.invalid/other"),
        of_repository(ref="refs/tags/v1"),
        of_repository(commit="2" * 40),
        of_repository(note="pinned"),
        of_repository(sha256="3" * 64),
    ],
    "outline": [of_file(content=b'syntax = "proto2";'), of_file(name="shop/other.proto")],
    "descriptor_set": [
        {"closure": closure(form=Form.DESCRIPTOR)},
        {"closure": closure({"files": {FILE.name: FILE}})},
    ],
    "entry_points": [{"closure": closure({"entry_points": (FILE.name, ANY.name)})}],
    "well_known": [{"closure": closure({"well_known": frozenset()})}],
    "licenses": [
        {"closure": closure(licenses={"api": {"LICENSE": "ask first"}})},
        {"closure": closure(licenses={"api": {"NOTICE": "do what you like"}})},
        {"closure": closure(licenses={})},
    ],
    "settings": [{"settings": {"python_package": "shop"}}, {"settings": {"python_distribution": "shop"}}],
    "out": [],  # what is around it: test_a_module_around_the_package_is_part_of_the_key
    "missing_entry_points": [{"closure": closure(lacking=("shop/secret.proto",))}],
    "groups": [{"groups": ("admin",)}],
}


def test_every_input_of_a_language_has_its_change() -> None:
    assert set(CHANGES) == {field.name for field in fields(Request)}
    assert {field.name for kind in (Release, ResolvedRepository) for field in fields(kind)} == {
        *("name", "package_version", "source", "repositories"),
        *("url", "ref", "commit", "note", "sha256"),
    }


@pytest.mark.parametrize(
    "changed", [change for changes in CHANGES.values() for change in changes], ids=lambda _: ""
)
def test_whatever_changes_gives_another_key(changed: dict[str, Any], tmp_path: Path) -> None:
    work = context(tmp_path)
    before = keys(wanted(), work)
    assert keys(wanted(), work) == before
    assert keys(wanted(**changed), work) != before


def test_languages_have_keys_of_their_own(tmp_path: Path) -> None:
    every = choose(("all",))
    found = keys(wanted(languages=every, out=lambda name: Path("same")), context(tmp_path))
    assert [*found] == [each.name for each in every]
    assert len(set(found.values())) == len(every)


def test_a_setting_counts_for_its_own_language_only(tmp_path: Path) -> None:
    every, work = choose(("all",)), context(tmp_path)
    plain, set_ = (
        keys(wanted(languages=every, out=lambda name: Path("same"), settings=settings), work)
        for settings in ({}, {"java_group": "org.example"})
    )
    assert [name for name in plain if plain[name] != set_[name]] == ["java"]


def test_order_of_what_has_none_changes_nothing(tmp_path: Path) -> None:
    work, pairs = context(tmp_path), {"python_package": "one", "python_distribution": "two"}
    turned = dict(reversed(pairs.items()))
    assert keys(wanted(settings=pairs), work) == keys(wanted(settings=turned), work)
    texts = {name: {"LICENSE": text} for name, text in pairs.items()}
    turned_texts = dict(reversed(texts.items()))
    assert keys(wanted(closure=closure(licenses=texts)), work) == keys(
        wanted(closure=closure(licenses=turned_texts)), work
    )


def test_what_the_package_does_not_hold_changes_nothing(tmp_path: Path) -> None:
    other = closure({"imports": {FILE.name: (Import(ANY.name),)}}, roots=("api:proto",))
    assert keys(wanted(closure=other), context(tmp_path)) == keys(wanted(), context(tmp_path))


def test_a_module_around_the_package_is_part_of_the_key(tmp_path: Path) -> None:
    work, found = context(tmp_path), []
    for module in ("example.com/one", "example.com/two"):
        (tmp_path / "go.mod").write_text(f"module {module}\n")
        found.append(keys(wanted(tmp_path / "gen", "go", settings={"go_module": "."}), work))
        found.append(keys(wanted(tmp_path / "gen", "go"), work))
    assert found[0] != found[2]
    assert found[1] == found[3]


def edit(package: Path, _path: Path) -> None:
    (package / "pipeline.py").write_text("made = 2")


def add_template(package: Path, _path: Path) -> None:
    (package / "languages" / "more.jinja").write_text("")


def rename(package: Path, _path: Path) -> None:
    (package / "pipeline.py").rename(package / "line.py")


def upgrade(_package: Path, path: Path) -> None:
    (path / "grpcio_tools-1.0.dist-info").rename(path / "grpcio_tools-1.1.dist-info")


def install(_package: Path, path: Path) -> None:
    (path / "more-1.egg-info").mkdir()


@pytest.fixture
def installed(tmp_path: Path) -> tuple[Path, Path]:
    package, path = tmp_path / "protogen", tmp_path / "site-packages"
    (package / "languages").mkdir(parents=True)
    (package / "pipeline.py").write_text("made = 1")
    (path / "grpcio_tools-1.0.dist-info").mkdir(parents=True)
    return package, path


@pytest.mark.parametrize("change", [edit, add_template, rename, upgrade, install])
def test_another_installation_is_another(
    installed: tuple[Path, Path], change: Callable[[Path, Path], None]
) -> None:
    package, path = installed
    before = installation(package, [str(path)])
    change(package, path)
    assert installation(package, [str(path)]) != before


def test_compiled_modules_and_folders_that_are_not_there_count_for_nothing(
    installed: tuple[Path, Path], tmp_path: Path
) -> None:
    package, path = installed
    before = installation(package, [str(path)])
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "pipeline.pyc").write_bytes(b"compiled")
    (path / "click.py").write_text("")
    assert installation(package, [str(path), str(tmp_path / "archive.zip")]) == before


def test_own_installation_is_the_same_twice() -> None:
    assert installation() == installation()
    assert len(installation()) == 64
