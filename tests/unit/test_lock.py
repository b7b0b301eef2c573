from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen import lock
from protogen.errors import LockMismatch, OutputUnwritable, RecipeError
from protogen.lock import Lock, LockedRelease, LockedRepository, LockedTool

RELEASE = LockedRelease(
    package_version="1.2.3",
    source="git",
    repositories={"api": LockedRepository("https://example.com/api", "refs/tags/v1", "a" * 40)},
    closure="c",
    groups=[],
    settings={},
    tools={"gen": LockedTool("1.0", {"linux-x86_64": "1" * 64})},
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
        (changed(settings={"a": "b"}), ("settings moved from {} to {'a': 'b'}",)),
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
    ],
)
def test_differences_name_what_moved(now: LockedRelease, expected: tuple[str, ...]) -> None:
    assert lock.differences(RELEASE, now) == expected


def test_a_url_that_moved_is_no_difference_where_the_commit_is_the_same() -> None:
    mirrored = changed(repositories={"api": LockedRepository("https://mirror", "refs/tags/v1", "a" * 40)})
    assert lock.differences(RELEASE, mirrored) == ()


names = st.text(min_size=1, max_size=8)
hashes = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
locks = st.builds(
    Lock,
    schema=st.just(1),
    recipe=names,
    recipe_sha256=hashes,
    releases=st.dictionaries(
        names,
        st.builds(
            LockedRelease,
            package_version=names,
            source=names,
            repositories=st.dictionaries(names, st.builds(LockedRepository, names, names, names), max_size=2),
            closure=hashes,
            groups=st.lists(names, max_size=2),
            settings=st.dictionaries(names, names, max_size=2),
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
    assert lock.parse(lock.render(written)) == written
    assert lock.render(lock.parse(lock.render(written))) == lock.render(written)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_lock_or_a_recipe_error(content: bytes) -> None:
    with pytest.raises(RecipeError):
        lock.parse(content)


def test_the_release_leaves_out_what_is_to_move() -> None:
    assert [each.name for each in RELEASE.resolved("r1").repositories] == ["api"]
    assert RELEASE.resolved("r1", frozenset({"api"})).repositories == ()


def test_a_mismatch_is_raised_with_all_that_moved() -> None:
    with pytest.raises(LockMismatch) as caught:
        lock.check_same("r1", RELEASE, changed(closure="x", source="index"))
    assert caught.value.code == 9
    assert "source moved from 'git' to 'index'; the protos moved" in caught.value.message


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Any) -> None:
    written = Lock(1, "r", "0", {})
    assert lock.save(written, tmp_path)
    assert not lock.save(written, tmp_path)
    assert lock.load(tmp_path) == written
    assert [path.name for path in tmp_path.iterdir()] == ["protogen.lock"]
    with pytest.raises(OutputUnwritable, match=r"protogen\.lock can't be written"):
        lock.save(written, tmp_path / "none")
    (tmp_path / "d" / "protogen.lock").mkdir(parents=True)
    with pytest.raises(RecipeError, match="can't be read"):
        lock.load(tmp_path / "d")
