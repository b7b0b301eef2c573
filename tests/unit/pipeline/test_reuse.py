from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protogen.languages import choose
from protogen.languages.package import Installed, Package, Plan, Request
from protogen.languages.toolchain.programs import Program
from protogen.pipeline import reuse
from protogen.pipeline.job import Job, Outcome, Prepared
from protogen.pipeline.reuse import Record, compressed, installation, recall
from protogen.protos.closure import Closure
from protogen.protos.imports import Import, ImportGraph
from protogen.protos.protoset import Form, Origin, ProtoFile, ProtoSet
from protogen.publish.manifest import manifest_of
from protogen.publish.target import Published, Target
from protogen.recipe import model
from protogen.recipe.model import Recipe
from protogen.releases.release import Release, ResolvedRepository
from protogen.sources.selection import Selection
from protogen.system.cache import Cache
from protogen.system.context import Context
from protogen.system.files import digest
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


def job(*languages: str, folder: Path = Path("gen"), **changed: Any) -> Job:
    made = Job(
        selection=Selection(model.parse(GOOD, "r.yaml"), ("1.0",)),
        languages=choose(languages or ("python",)),
        out_template=str(folder),
    )
    return replace(made, **changed)


def keys(
    work: Context,
    *languages: str,
    release: Release = RELEASE,
    closure: Closure = closure(),  # noqa: B008
    groups: tuple[str, ...] = (),
    recipe: Recipe | None = None,
    **changed: Any,
) -> dict[str, str]:
    selection = Selection(recipe or model.parse(GOOD, "r.yaml"), ("1.0",), groups=groups)
    asked = job(*languages, selection=selection, **changed)
    return reuse.keys(asked, release, closure, work)


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
    "missing_entry_points": [{"closure": closure(missing_entry_points=("shop/secret.proto",))}],
    "groups": [{"groups": ("admin",)}],
    "texts": [of_file(content=FILE.content + b"// a comment\n")],
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
    before = keys(work)
    assert keys(work) == before
    assert keys(work, **changed) != before


def test_languages_have_keys_of_their_own(tmp_path: Path) -> None:
    every = choose(("all",))
    found = keys(context(tmp_path), "all", folder=Path("same"))
    assert [*found] == [each.name for each in every]
    assert len(set(found.values())) == len(every)


def test_a_setting_counts_for_its_own_language_only(tmp_path: Path) -> None:
    work = context(tmp_path)
    plain, set_ = (keys(work, "all", settings=settings) for settings in ({}, {"java_group": "org.example"}))
    assert [name for name in plain if plain[name] != set_[name]] == ["java"]


def test_order_of_what_has_none_changes_nothing(tmp_path: Path) -> None:
    work, pairs = context(tmp_path), {"python_package": "one", "python_distribution": "two"}
    turned = dict(reversed(pairs.items()))
    assert keys(work, settings=pairs) == keys(work, settings=turned)
    texts = {name: {"LICENSE": text} for name, text in pairs.items()}
    turned_texts = dict(reversed(texts.items()))
    assert keys(work, closure=closure(licenses=texts)) == keys(work, closure=closure(licenses=turned_texts))


def test_what_the_package_does_not_hold_changes_nothing(tmp_path: Path) -> None:
    other = closure({"imports": {FILE.name: (Import(ANY.name),)}}, roots=("api:proto",))
    assert keys(context(tmp_path), closure=other) == keys(context(tmp_path))


def test_a_module_around_the_package_is_part_of_the_key(tmp_path: Path) -> None:
    work, found = context(tmp_path), []
    for module in ("example.com/one", "example.com/two"):
        (tmp_path / "go.mod").write_text(f"module {module}\n")
        found.append(keys(work, "go", folder=tmp_path / "gen", settings={"go_module": "."}))
        found.append(keys(work, "go", folder=tmp_path / "gen"))
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


ORIGIN = {"recipe": {"name": "shop"}, "tools": {"protoc-gen-go": "v1"}, "groups": ("admin",), "none": None}
TREE = {"go.mod": b"module m\n", "shop/shop.pb.go": bytes(range(256)) * 40, "empty": b""}


def kept(
    folder: Path,
    tree: Mapping[str, bytes] = TREE,
    origin: Mapping[str, Any] = ORIGIN,
    found: str = "go",
    language: str = "go",
) -> tuple[Context, str]:
    """A context in whose cache a package is kept under `key`, and SHA-256 of its manifest."""
    work, target = context(folder), Target(language, folder, dict(tree), origin)
    manifest = digest(manifest_of(target)[0])
    plan = Plan(section=None, version="1", remarks=("a remark",))
    tools = Installed({"gen": Program("gen", "1", Path(), found)})
    package: Package[Any] = Package(SimpleNamespace(), plan, tools, tree)  # type: ignore[arg-type]
    prepared = Prepared(closure(), None, {language: package}, (target,))  # type: ignore[arg-type]
    published = Published(language, folder, "written", (), (), (), manifest)
    outcome = Outcome(RELEASE, (published,), {}, ("shop/secret.proto",), 2, ("a notice",))
    reuse.keep(prepared, outcome, {language: f"key of {language}"}, work)
    return work, manifest


KEY = {"go": "key of go"}


def record(folder: Path) -> Path:
    (found,) = (folder / "cache/v2/packages").glob("*/content")
    return found


texts = st.text(st.characters(codec="utf-8", exclude_characters="/\\\0"), min_size=1)
origins = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60)
@given(
    tree=st.dictionaries(texts, st.binary(max_size=64)), origin=st.dictionaries(texts, origins, max_size=3)
)
def test_what_is_kept_gets_the_manifest_that_it_got(tree: dict[str, bytes], origin: dict[str, Any]) -> None:
    target = Target("go", Path("gen"), tree, origin)
    again = Record("", (), (), 0, (), compressed(target)).target("go", Path("elsewhere"))
    assert (again.language, again.out, again.tree) == ("go", Path("elsewhere"), tree)
    assert digest(manifest_of(again)[0]) == digest(manifest_of(target)[0])


def test_what_was_made_is_known_by_its_key(tmp_path: Path) -> None:
    work, manifest = kept(tmp_path)
    found = recall(job("go"), KEY, work)["go"]
    assert (found.manifest, found.remarks, found.files) == (manifest, ("a remark",), 2)
    assert (found.missing_entry_points, found.notices) == (("shop/secret.proto",), ("a notice",))
    assert found.target("go", Path("gen")).tree == TREE
    assert recall(job("go"), {"go": "another"}, work) == {}


def test_all_languages_are_known_or_none(tmp_path: Path) -> None:
    work, _ = kept(tmp_path)
    both = {"go": "key of go", "python": "key of python"}
    assert recall(job("go", "python"), both, work) == {}
    kept(tmp_path, language="python")
    assert recall(job("go", "python"), both, work).keys() == both.keys()


def test_a_given_tool_of_the_language_makes_anew(tmp_path: Path) -> None:
    kept(tmp_path)
    kept(tmp_path, language="python")
    work = context(tmp_path, **{"protoc-gen-go": tmp_path})
    assert recall(job("python"), {"python": "key of python"}, work)
    assert recall(job("go"), KEY, work) == {}


@pytest.mark.parametrize(("found", "lasting"), [("go", True), ("given", False), ("PATH", False)])
def test_what_a_movable_tool_made_is_not_kept(tmp_path: Path, found: str, *, lasting: bool) -> None:
    work, _ = kept(tmp_path, found=found)
    assert bool(recall(job("go"), KEY, work)) is lasting


def test_generated_code_is_kept_small(tmp_path: Path) -> None:
    kept(tmp_path)
    assert record(tmp_path).stat().st_size < sum(map(len, TREE.values())) / 5


@pytest.mark.parametrize("harm", [b"", b"garbage"])
def test_what_is_damaged_is_not_taken_and_kept_again(tmp_path: Path, harm: bytes) -> None:
    work, _ = kept(tmp_path)
    record(tmp_path).write_bytes(record(tmp_path).read_bytes()[:-3] + harm)
    assert recall(job("go"), KEY, work) == {}
    kept(tmp_path)
    assert recall(job("go"), KEY, work)


def test_keeping_again_writes_nothing(tmp_path: Path) -> None:
    kept(tmp_path)
    os.utime(record(tmp_path), (1, 1))
    inode = record(tmp_path).stat().st_ino
    kept(tmp_path)
    assert record(tmp_path).stat().st_ino == inode


def test_a_cache_that_cannot_be_written_does_without(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file in the way")
    work, _ = kept(tmp_path)
    assert recall(job("go"), KEY, work) == {}
