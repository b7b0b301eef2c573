from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protogen.pipeline import kept as module
from protogen.pipeline.kept import keep, kept
from protogen.publish.manifest import manifest_of
from protogen.publish.target import Target
from protogen.system.cache import Cache, digest

ORIGIN = {"recipe": {"name": "shop"}, "tools": {"protoc-gen-go": "v1"}, "groups": ("admin",), "none": None}
TREE = {"go.mod": b"module m\n", "shop/shop.pb.go": bytes(range(256)) * 40, "empty": b""}


def put(folder: Path, tree: dict[str, bytes] = TREE, origin: dict[str, Any] = ORIGIN) -> tuple[Cache, str]:
    cache, target = Cache(folder / "cache"), Target("go", folder, tree, origin)
    manifest = digest(manifest_of(target)[0])
    keep(target, manifest, cache)
    return cache, manifest


names = st.text(st.characters(codec="utf-8", exclude_characters="/\\\0"), min_size=1)
origins = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tree=st.dictionaries(names, st.binary(max_size=64)), origin=st.dictionaries(names, origins, max_size=3)
)
def test_what_is_kept_gets_the_manifest_that_it_got(
    tmp_path: Path, tree: dict[str, bytes], origin: dict[str, Any]
) -> None:
    cache, manifest = put(tmp_path, tree, origin)
    found = kept("go", tmp_path / "elsewhere", manifest, cache)
    assert found
    assert (found.language, found.out, found.tree) == ("go", tmp_path / "elsewhere", tree)
    assert digest(manifest_of(found)[0]) == manifest


def test_another_package_is_not_it(tmp_path: Path) -> None:
    cache, _ = put(tmp_path)
    assert kept("go", tmp_path, "0" * 64, cache) is None


def test_generated_code_is_kept_small(tmp_path: Path) -> None:
    put(tmp_path)
    (record,) = (tmp_path / "cache" / module.KIND).iterdir()
    assert record.stat().st_size < sum(map(len, TREE.values())) / 5


@pytest.mark.parametrize("harm", [b"", b"garbage"])
def test_what_is_damaged_is_not_taken_and_kept_again(tmp_path: Path, harm: bytes) -> None:
    cache, manifest = put(tmp_path)
    (record,) = (tmp_path / "cache" / module.KIND).iterdir()
    record.write_bytes(record.read_bytes()[:-3] + harm)
    assert kept("go", tmp_path, manifest, cache) is None
    put(tmp_path)
    assert kept("go", tmp_path, manifest, cache)


def test_keeping_again_writes_nothing(tmp_path: Path) -> None:
    put(tmp_path)
    (record,) = (tmp_path / "cache" / module.KIND).iterdir()
    os.utime(record, (1, 1))
    inode = record.stat().st_ino
    put(tmp_path)
    assert record.stat().st_ino == inode


def test_a_cache_that_cannot_be_written_does_without(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file in the way")
    cache, manifest = put(tmp_path)
    assert kept("go", tmp_path, manifest, cache) is None
