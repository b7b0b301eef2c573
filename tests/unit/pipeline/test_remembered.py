from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from protogen.languages import load_language
from protogen.languages.package import Installed, Package
from protogen.languages.toolchain.toolbox import Tool
from protogen.pipeline import remembered
from protogen.pipeline.fingerprint import Wanted
from protogen.pipeline.remembered import Made, is_lasting, recall, remember
from protogen.recipe import model
from protogen.releases.release import Release
from protogen.system.cache import Cache
from protogen.system.context import Context
from protogen.system.process import Processes
from tests.unit.recipe.test_model import GOOD

MADE = Made("a" * 64, ("a remark",), ("shop/secret.proto",), 2)


def context(folder: Path, **given: Path) -> Context:
    return Context(Cache(folder / "cache"), Processes(), {}, given)


def wanted(*languages: str) -> Wanted:
    return Wanted(
        recipe=model.parse(GOOD, "r.yaml"),
        languages=tuple(load_language(language) for language in languages),
        settings={},
        groups=(),
        release=Release("1.0", "1.0.2", "git", ()),
        out=Path,
    )


def test_what_was_made_is_known_by_its_key(tmp_path: Path) -> None:
    work = context(tmp_path)
    assert recall(wanted("go"), {"go": "key"}, work) == {}
    remember("key", MADE, work.cache)
    assert recall(wanted("go"), {"go": "key"}, work) == {"go": MADE}
    assert recall(wanted("go"), {"go": "another"}, work) == {}


def test_all_languages_are_known_or_none(tmp_path: Path) -> None:
    work, places = context(tmp_path), {"go": "one", "java": "two"}
    remember("one", MADE, work.cache)
    assert recall(wanted("go", "java"), places, work) == {}
    other = msgspec.structs.replace(MADE, manifest="b" * 64)
    remember("two", other, work.cache)
    assert recall(wanted("go", "java"), places, work) == {"go": MADE, "java": other}


def test_a_given_tool_of_the_language_makes_anew(tmp_path: Path) -> None:
    work = context(tmp_path, **{"protoc-gen-go": tmp_path})
    remember("key", MADE, work.cache)
    assert recall(wanted("python"), {"python": "key"}, work)
    assert recall(wanted("go"), {"go": "key"}, work) == {}


def test_a_damaged_record_is_no_memory(tmp_path: Path) -> None:
    work = context(tmp_path)
    remember("key", MADE, work.cache)
    (record,) = (tmp_path / "cache" / remembered.KIND).iterdir()
    record.write_bytes(record.read_bytes() + b" ")
    assert recall(wanted("go"), {"go": "key"}, work) == {}
    remember("key", MADE, work.cache)
    assert recall(wanted("go"), {"go": "key"}, work)


def test_a_cache_that_cannot_be_written_does_without(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file in the way")
    remember("key", MADE, context(tmp_path).cache)


def test_remembering_again_writes_nothing(tmp_path: Path) -> None:
    work = context(tmp_path)
    remember("key", MADE, work.cache)
    (record,) = (tmp_path / "cache" / remembered.KIND).iterdir()
    os.utime(record, (1, 1))
    inode = record.stat().st_ino
    remember("key", MADE, work.cache)
    assert record.stat().st_ino == inode


@dataclass(frozen=True)
class Plan:
    remarks: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("found", "lasting"),
    [([], True), (["go"], True), (["given"], False), (["PATH"], False), (["go", "PATH"], False)],
)
def test_what_a_movable_tool_made_does_not_last(found: list[str], *, lasting: bool) -> None:
    tools = {f"t{number}": Tool("t", "1", Path(), where) for number, where in enumerate(found)}
    package: Package[Any] = Package(None, Plan(), Installed(tools), {})  # type: ignore[arg-type]
    assert is_lasting(package) is lasting
