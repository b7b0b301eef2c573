from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.errors import LockMismatch, OutputUnwritable, RecipeError
from protogen.pipeline import lock, lockfile
from protogen.pipeline.lockfile import Lock, LockedRelease, LockedRepository, LockedTool

RELEASE = LockedRelease(
    recipe="r",
    recipe_sha256="0",
    package_version="1.2.3",
    source="git",
    repositories={"api": LockedRepository("https://example.com/api", "refs/tags/v1", "a" * 40)},
    closure="c",
    groups=[],
    settings={},
    tools={"gen": LockedTool("1.0", {"linux-x86_64": "1" * 64}), "grpcio-tools": LockedTool("1.85.0", {})},
    outputs={"go": "g", "java": "j"},
)


def changed(**values: Any) -> LockedRelease:
    return msgspec.structs.replace(RELEASE, **values)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (RELEASE, ()),
        (changed(outputs={"go": "g"}), ()),
        (changed(outputs={"go": "x"}), ("the output for go moved",)),
        (changed(outputs={"python": "p"}), ("python is not in the lock",)),
        (changed(closure="x"), ("the protos moved: their closure has another hash",)),
        (changed(source="index"), ("source moved from 'git' to 'index'",)),
        (changed(package_version="2.0.0"), ("package version moved from '1.2.3' to '2.0.0'",)),
        (changed(groups=["x"]), ("groups moved from [] to ['x']",)),
        (changed(settings={"go": {"a": "b"}}), ("settings of go moved from {} to {'a': 'b'}",)),
        (changed(settings={"go": {}}, outputs={"go": "g"}), ()),
        (changed(settings={"python": {"a": "b"}}), ()),  # not in the lock yet, and said so by its output
        (changed(tools={"grpcio-tools": LockedTool("1.86.0", {})}), ()),
        (
            changed(tools={"grpcio-tools": LockedTool("1.86.0", {})}, outputs={"go": "x"}),
            (
                "the output for go moved",
                "grpcio-tools is 1.86.0 here and was 1.85.0, which generated code may name "
                "(pip install grpcio-tools==1.85.0)",
            ),
        ),
        (changed(tools={"gen": LockedTool("2.0", {})}), ("gen moved from 1.0 to 2.0",)),
        (changed(tools={"new": LockedTool("2.0", {})}), ("new moved from nothing to 2.0",)),
        (changed(tools={"gen": LockedTool("1.0", {"linux-x86_64": "2" * 64})}), ()),
        (changed(repositories={}), (f"api moved from refs/tags/v1 {'a' * 40} to nothing",)),
        (
            changed(repositories={"api": LockedRepository("", "", "")}),
            (f"api moved from refs/tags/v1 {'a' * 40} to a folder",),
        ),
        (
            changed(
                tools={"gen": LockedTool("1.0", {"linux-x86_64": "2" * 64})}, outputs={"go": "x", "java": "j"}
            ),
            ("the output for go moved", "gen 1.0 is another build than the locked one"),
        ),
        (
            # The lock has no output of this language.
            changed(
                externals={"go": {"x.org/rpc": "v1"}, "rust": {"rpc": "1"}}, outputs={"go": "g", "rust": "r"}
            ),
            ("x.org/rpc of go moved from nothing to v1", "rust is not in the lock"),
        ),
    ],
)
def test_differences_name_what_moved(now: LockedRelease, expected: tuple[str, ...]) -> None:
    assert lock.differences(RELEASE, now) == expected


def test_a_url_that_moved_is_no_difference_where_the_commit_is_the_same() -> None:
    mirrored = changed(repositories={"api": LockedRepository("https://mirror", "refs/tags/v1", "a" * 40)})
    assert lock.differences(RELEASE, mirrored) == ()


names = st.text(min_size=1, max_size=8)
hashes = st.sampled_from(["0" * 64, "f" * 64, ""])
locks = st.builds(
    Lock,
    schema=st.just(2),
    releases=st.dictionaries(
        names,
        st.builds(
            LockedRelease,
            recipe=names,
            recipe_sha256=hashes,
            package_version=names,
            source=names,
            repositories=st.dictionaries(names, st.builds(LockedRepository, names, names, names), max_size=2),
            closure=hashes,
            groups=st.lists(names, max_size=2),
            settings=st.dictionaries(names, st.dictionaries(names, names, max_size=2), max_size=2),
            tools=st.dictionaries(
                names, st.builds(LockedTool, names, st.dictionaries(names, hashes, max_size=2)), max_size=2
            ),
            outputs=st.dictionaries(names, hashes, max_size=2),
        ),
        max_size=2,
    ),
)


@given(locks)
def test_a_lock_is_read_back_as_it_was_written(written: Lock) -> None:
    assert lockfile.parse(lockfile.render(written)) == written
    assert lockfile.render(lockfile.parse(lockfile.render(written))) == lockfile.render(written)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_lock_or_a_recipe_error(content: bytes) -> None:
    with pytest.raises(RecipeError):
        lockfile.parse(content)


def test_the_release_leaves_out_what_is_to_move() -> None:
    assert [each.name for each in RELEASE.resolved("r1").repositories] == ["api"]
    assert RELEASE.resolved("r1", frozenset({"api"})).repositories == ()


def test_a_mismatch_is_raised_with_all_that_moved() -> None:
    with pytest.raises(LockMismatch) as caught:
        lock.check_same("r1", RELEASE, changed(closure="x", source="index"))
    assert caught.value.code == 9
    assert "source moved from 'git' to 'index'; the protos moved" in caught.value.message


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Any) -> None:
    written = Lock(2, {})
    assert lockfile.save(written, tmp_path)
    assert not lockfile.save(written, tmp_path)
    assert lockfile.load(tmp_path) == written
    assert [path.name for path in tmp_path.iterdir()] == ["protogen.lock"]
    with pytest.raises(OutputUnwritable, match=r"protogen\.lock can't be written"):
        lockfile.save(written, tmp_path / "none")
    (tmp_path / "d" / "protogen.lock").mkdir(parents=True)
    with pytest.raises(RecipeError, match="can't be read"):
        lockfile.load(tmp_path / "d")


def schema_1(settings: dict[str, str]) -> dict[str, Any]:
    """A lock as schema 1 wrote it."""
    release = msgspec.to_builtins(changed(closure="c" * 64)) | {"settings": settings}
    for field in ("recipe", "recipe_sha256"):
        del release[field]
    return {"schema": 1, "recipe": "r", "recipe_sha256": "0", "releases": {"r1": release}}


def test_an_older_lock_is_read_without_its_hash_that_another_compiler_changes() -> None:
    read = lockfile.parse(
        msgspec.json.encode(schema_1({"go_module": "m", "java_group": "g", "java_pom": "{}"}))
    )
    expected = {"go": {"go_module": "m"}, "java": {"java_group": "g", "java_pom": "{}"}}
    assert read == Lock(2, {"r1": changed(closure="", settings=expected)})
    now = changed(settings=expected)
    assert lock.differences(read.releases["r1"], now) == ()
    assert lock.merged(read, {"r1": now}) == Lock(2, {"r1": now})
    moved = changed(repositories={}, settings={"go": {}}, outputs={"go": "x"})
    assert lock.merged(read, {"r1": moved}).releases["r1"] == moved


def test_a_lock_of_a_newer_protogen_is_told() -> None:
    with pytest.raises(RecipeError, match="has schema 3; this protogen knows 2 and older"):
        lockfile.parse(b'{"schema": 3, "more": true}')


def test_other_releases_and_languages_stay() -> None:
    other = changed(recipe_sha256="another")
    before = Lock(2, {"r1": changed(settings={"java": {"java_group": "g"}}), "r2": other})
    made = changed(settings={"go": {"go_module": "m"}}, outputs={"go": "new"}, tools={})
    after = lock.merged(before, {"r1": made})
    assert after.releases["r2"] == other
    assert after.releases["r1"].outputs == {"go": "new", "java": "j"}
    assert after.releases["r1"].settings == {"go": {"go_module": "m"}, "java": {"java_group": "g"}}
    assert lock.merged(before, {"r2": made}).releases["r2"] == made  # of another recipe
    assert lock.without(after, ("r2",)).releases.keys() == {"r1"}


def test_a_release_is_held_to_the_recipe_that_it_was_locked_with() -> None:
    both = Lock(2, {"r1": RELEASE, "r2": changed(recipe_sha256="another")})
    assert both.release("r1", "r", "0") == RELEASE
    for version, words in (
        ("r2", "the recipe r is not the one that r2 was locked with"),
        ("r3", "it has r1, r2"),
    ):
        with pytest.raises(LockMismatch, match=words) as caught:
            both.release(version, "r", "0")
        assert f"protogen lock --version {version}" in caught.value.remedy


def test_a_write_that_fails_leaves_nothing(tmp_path: Any) -> None:
    (tmp_path / "protogen.lock").mkdir()
    with pytest.raises(OutputUnwritable):
        lockfile.save(Lock(2, {}), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["protogen.lock"]


def test_a_merged_lock_knows_the_externals_of_all_its_languages() -> None:
    before = changed(externals={"go": {"x.org/rpc": "v1"}, "java": {"org:rpc": "1"}})
    now = changed(outputs={"go": "h"}, externals={})
    merged = lock.merged(Lock(2, {"1": before}), {"1": now}).releases["1"]
    assert merged.externals == {"java": {"org:rpc": "1"}}
    assert "externals" not in msgspec.to_builtins(RELEASE)
