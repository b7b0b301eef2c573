from __future__ import annotations

import dataclasses
import errno
import fcntl
import json
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NoReturn

import pytest

from protogen.errors import OutputInTheWay, OutputUnwritable, UsageError
from protogen.publish import durable, journal, run, steps, target, tree
from protogen.publish import exclusive as lock
from protogen.publish.run import publish
from protogen.publish.steps import pending, recover
from protogen.publish.target import Published, Target
from protogen.publish.tree import MANIFEST, read_regular
from protogen.system.files import digest

TREE = {"a.txt": b"a", "deep/er/b.txt": b"b", "deep/c.txt": b"c"}
Refusal = Callable[..., NoReturn]


def one(out: Path, tree: dict[str, bytes] = TREE, **origin: object) -> list[Target]:
    return [Target("go", out, tree, origin)]


def put(out: Path, tree: dict[str, bytes] = TREE, *, force: bool = False, dry_run: bool = False) -> Published:
    (published,) = publish(one(out, tree), force=force, dry_run=dry_run)
    return published


def files(root: Path) -> dict[str, bytes]:
    """Every file's content, of symlinks where they lead, the manifests left out."""
    return {
        str(path.relative_to(root)): os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
        for path in root.rglob("*")
        if (path.is_file() or path.is_symlink()) and path.name != MANIFEST
    }


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def traces(root: Path) -> dict[str, tuple[int, int, int]]:
    """Inode, time of change and mode of everything, so that the least write shows."""
    return {
        str(path): (path.lstat().st_ino, path.lstat().st_mtime_ns, path.lstat().st_mode)
        for path in (root, *root.rglob("*"))
    }


def refusing(code: int, wanted: str = "") -> Refusal:
    def refuse(*arguments: object, **_: object) -> NoReturn:
        raise OSError(code, os.strerror(code), wanted or str(arguments[0]))

    return refuse


# --- what is written


def test_a_fresh_target_gets_its_tree_a_manifest_and_the_parents_it_needs(tmp_path: Path) -> None:
    out = tmp_path / "gen/r2.11/go"
    (published,) = publish(one(out, TREE, version="r2.11"))
    every, manifest = tuple(sorted(TREE)), digest((out / MANIFEST).read_bytes())
    assert published == Published("go", out, "written", every, every, (), manifest)
    assert files(out) == TREE
    document = json.loads((out / MANIFEST).read_bytes())
    assert document["schema"] == 1
    assert document["origin"] == {"version": "r2.11"}
    assert document["files"].keys() == TREE.keys()
    assert names(out.parent) == ["go"]


@pytest.mark.parametrize("foreign", [False, True], ids=["alone", "beside a foreign file"])
def test_modes_dont_depend_on_the_umask(tmp_path: Path, foreign: bool) -> None:
    mask = os.umask(0o077)
    try:
        if foreign:
            (tmp_path / "gen").mkdir(mode=0o755)
            (tmp_path / "gen").chmod(0o755)
            put(tmp_path / "gen/go", {"x": b""})
            (tmp_path / "gen/go/notes").touch(mode=0o644)
            (tmp_path / "gen/go/notes").chmod(0o644)
        put(tmp_path / "gen/go")
    finally:
        os.umask(mask)
    for path in (tmp_path / "gen", *(tmp_path / "gen").rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644)


@pytest.mark.parametrize("foreign", [False, True], ids=["alone", "beside a foreign file"])
def test_only_what_differs_is_replaced(tmp_path: Path, foreign: bool) -> None:
    out = tmp_path / "go"
    put(out, {**TREE, "stale/s.txt": b"s", "stale/deeper/t.txt": b"t"})
    if foreign:
        (out / "notes.txt").write_bytes(b"mine")
    before, inode = traces(out), out.stat().st_ino
    published = put(out, {**TREE, "a.txt": b"new", "added/d.txt": b"d"})
    assert published.written == ("a.txt", "added/d.txt")
    assert published.removed == ("stale/deeper/t.txt", "stale/s.txt")
    assert files(out) == {
        **TREE,
        "a.txt": b"new",
        "added/d.txt": b"d",
        **({"notes.txt": b"mine"} if foreign else {}),
    }
    assert not (out / "stale").exists()
    assert out.stat().st_ino == inode
    for path in ("deep/c.txt", "deep/er/b.txt"):
        assert traces(out)[str(out / path)] == before[str(out / path)]
    assert names(tmp_path) == ["go"]


def test_a_run_that_changes_nothing_writes_nothing(tmp_path: Path) -> None:
    put(tmp_path / "gen/go")
    (tmp_path / "gen/go/notes.txt").touch()
    before = traces(tmp_path)
    assert put(tmp_path / "gen/go") == Published(
        "go",
        tmp_path / "gen/go",
        "unchanged",
        tuple(sorted(TREE)),
        (),
        (),
        digest((tmp_path / "gen/go" / MANIFEST).read_bytes()),
    )
    assert traces(tmp_path) == before


def test_a_new_origin_alone_rewrites_the_manifest_alone(tmp_path: Path) -> None:
    out = tmp_path / "go"
    publish(one(out, TREE, commit="1"))
    before = traces(out)
    (published,) = publish(one(out, TREE, commit="2"))
    assert (published.status, published.written, published.removed) == ("written", (), ())
    assert json.loads((out / MANIFEST).read_bytes())["origin"] == {"commit": "2"}
    after = traces(out)
    assert {path for path in after if Path(path).is_file() and after[path] != before[path]} == {
        str(out / MANIFEST)
    }


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    publish(one(tmp_path / "one", TREE, b=1, a=2))
    publish(one(tmp_path / "two", dict(reversed(TREE.items())), a=2, b=1))
    assert (tmp_path / "one" / MANIFEST).read_bytes() == (tmp_path / "two" / MANIFEST).read_bytes()


def test_a_deleted_file_comes_back(tmp_path: Path) -> None:
    put(tmp_path / "go")
    (tmp_path / "go/a.txt").unlink()
    assert put(tmp_path / "go").written == ("a.txt",)
    assert files(tmp_path / "go") == TREE


def test_a_tree_without_files_is_an_empty_package(tmp_path: Path) -> None:
    put(tmp_path / "go")
    assert put(tmp_path / "go", {}).removed == tuple(sorted(TREE))
    assert names(tmp_path / "go") == [MANIFEST]


def test_files_become_folders_and_folders_files(tmp_path: Path) -> None:
    for foreign in (False, True):
        out = tmp_path / f"go-{foreign}"
        put(out, {"a": b"1", "b/c": b"2"})
        if foreign:
            (out / "notes").touch()
        put(out, {"a/c": b"3", "b": b"4"})
        assert files(out) == {"a/c": b"3", "b": b"4", **({"notes": b""} if foreign else {})}


# --- what is in the way


def test_foreign_files_stay_and_their_folders_too(tmp_path: Path) -> None:
    out = tmp_path / "go"
    put(out)
    (out / "deep/er/mine.txt").write_bytes(b"mine")
    (out / "node_modules/x").mkdir(parents=True)
    put(out, {"a.txt": b"a"})
    assert files(out) == {"a.txt": b"a", "deep/er/mine.txt": b"mine"}
    assert (out / "node_modules/x").is_dir()


def test_a_foreign_file_with_the_same_content_is_adopted(tmp_path: Path) -> None:
    (tmp_path / "go").mkdir()
    (tmp_path / "go/a.txt").write_bytes(b"a")
    inode = (tmp_path / "go/a.txt").stat().st_ino
    assert put(tmp_path / "go").written == ("deep/c.txt", "deep/er/b.txt")
    assert (tmp_path / "go/a.txt").stat().st_ino == inode
    assert put(tmp_path / "go", {"deep/c.txt": b"c"}).removed == ("a.txt", "deep/er/b.txt")


def test_foreign_and_edited_files_are_refused_by_name_and_overwritten_by_force(tmp_path: Path) -> None:
    out = tmp_path / "go"
    put(out)
    (out / "a.txt").write_bytes(b"edited")
    (out / "new.txt").write_bytes(b"foreign")
    before = traces(tmp_path)
    with pytest.raises(OutputInTheWay) as caught:
        put(out, {"new.txt": b"ours"})
    assert caught.value.code == 8
    assert f"{out / 'a.txt'} (edited since protogen wrote it)" in caught.value.message
    assert f"{out / 'new.txt'} (not written by protogen)" in caught.value.message
    assert "--force" in caught.value.remedy
    assert traces(tmp_path) == before
    assert put(out, {"new.txt": b"ours"}, force=True).status == "written"
    assert files(out) == {"new.txt": b"ours"}


def test_of_many_obstacles_five_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    (tmp_path / "go").mkdir()
    tree = {f"{number}.txt": b"ours" for number in range(8)}
    for path in tree:
        (tmp_path / "go" / path).write_bytes(b"theirs")
    with pytest.raises(OutputInTheWay, match=r"0\.txt .*4\.txt \(not written by protogen\) and 3 more"):
        put(tmp_path / "go", tree)


def test_an_obstacle_in_one_target_keeps_all_as_they_are(tmp_path: Path) -> None:
    put(tmp_path / "java", {"a": b"old"})
    (tmp_path / "java/a").write_bytes(b"edited")
    before = traces(tmp_path)
    with pytest.raises(OutputInTheWay, match="java/a"):
        publish([*one(tmp_path / "go"), Target("java", tmp_path / "java", {"a": b"new"}, {})])
    assert traces(tmp_path) == before


def test_a_symlink_below_the_target_is_never_followed_but_replaced_by_force(tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "gen/go", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "c.txt").write_bytes(b"precious")
    out.mkdir(parents=True)
    (out / "deep").symlink_to(elsewhere)
    (out / "a.txt").symlink_to(elsewhere / "c.txt")
    with pytest.raises(OutputInTheWay, match=r"a\.txt \(a symlink\).*deep \(a symlink\)"):
        put(out)
    put(out, force=True)
    assert files(out) == TREE
    assert files(elsewhere) == {"c.txt": b"precious"}


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_a_target_that_is_a_symlink_is_in_the_way_and_replaced_by_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    elsewhere = tmp_path / "elsewhere"
    put(elsewhere, {"x": b"precious"})
    (tmp_path / "go").symlink_to(elsewhere)
    with pytest.raises(OutputInTheWay, match=r"go \(a symlink\)"):
        put(tmp_path / "go")
    put(tmp_path / "go", force=True)
    assert not (tmp_path / "go").is_symlink()
    assert files(tmp_path / "go") == TREE
    assert files(elsewhere) == {"x": b"precious"}


def test_symlinks_above_the_target_are_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    put(tmp_path / "link/go")
    put(tmp_path / "link/../real/java")
    assert files(tmp_path / "real/go") == files(tmp_path / "real/java") == TREE


def test_a_file_where_a_folder_is_needed_gives_way_to_force_only(tmp_path: Path) -> None:
    (tmp_path / "go").mkdir()
    (tmp_path / "go/deep").write_bytes(b"mine")
    with pytest.raises(OutputInTheWay, match="where a folder is needed"):
        put(tmp_path / "go")
    put(tmp_path / "go", force=True)
    assert files(tmp_path / "go") == TREE


def test_a_folder_at_a_files_path_doesnt_even_give_way_to_force(tmp_path: Path) -> None:
    (tmp_path / "go/a.txt").mkdir(parents=True)
    for force in (False, True):
        with pytest.raises(OutputInTheWay, match="a folder with files of others") as caught:
            put(tmp_path / "go", force=force)
        assert caught.value.remedy.startswith("move the folder away")
    assert files(tmp_path) == {}


@pytest.mark.parametrize("content", [b"not ours", b'{"schema": 99}'])
def test_where_the_manifest_cant_be_read_everything_is_foreign(tmp_path: Path, content: bytes) -> None:
    put(tmp_path / "go")
    (tmp_path / "go" / MANIFEST).write_bytes(content)
    with pytest.raises(OutputInTheWay, match=r"manifest .*\.protogen\.json can't be read") as caught:
        put(tmp_path / "go", {"a.txt": b"new"})
    assert "a.txt (not written by protogen)" in caught.value.message
    put(tmp_path / "go", {"a.txt": b"new"}, force=True)
    assert files(tmp_path / "go") == {**TREE, "a.txt": b"new"}
    assert put(tmp_path / "go", {"a.txt": b"newer"}).status == "written"


# --- what isn't a folder, or can't be written


@pytest.mark.parametrize("place", ["file", "file/go", "file/deep/er/go"])
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_file_in_the_place_of_the_target_or_above_is_told(
    tmp_path: Path, place: str, dry_run: bool
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputUnwritable, match=r"/file is a file, not a folder") as caught:
        put(tmp_path / place, force=True, dry_run=dry_run)
    assert "--out" in caught.value.remedy


def test_a_folder_that_cant_be_made_is_told_with_its_path() -> None:
    with pytest.raises(OutputUnwritable, match="can't be written") as caught:
        put(Path("/proc/none/go"))
    assert caught.value.where == "/proc/none"
    assert caught.value.remedy


def test_a_folder_without_permission_is_found_before_anything_is_staged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "go")
    before = traces(tmp_path)
    allowed = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: not str(path).endswith("deep") and allowed(path, mode)
    )
    with pytest.raises(OutputUnwritable, match=r"go/deep can't be written: permission denied"):
        put(tmp_path / "go", {"a.txt": b"new"})
    assert traces(tmp_path) == before


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "quota is used up"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permission denied"),
        (errno.EIO, "Input/output error"),
    ],
)
@pytest.mark.parametrize("place", ["steps._write", "journal._write", "journal.commit", "Path.mkdir"])
def test_a_failure_before_the_commit_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str, place: str
) -> None:
    put(tmp_path / "go")
    before = {path: trace for path, trace in traces(tmp_path).items() if path != str(tmp_path)}
    owner, name = place.split(".")
    with monkeypatch.context() as patch:
        if place == "journal.commit":  # the rename succeeds, the sync after it doesn't

            def commit(leader: Path, record: journal.Journal) -> None:
                journal.commit(leader, record)
                refusing(code)(leader)

            patch.setattr(run, "commit", commit)
        else:
            patch.setattr({"steps": steps, "journal": journal, "Path": Path}[owner], name, refusing(code))
        with pytest.raises(OutputUnwritable, match=words) as caught:
            publish([*one(tmp_path / "go", {"a.txt": b"new"}), Target("java", tmp_path / "x/java", TREE, {})])
    assert caught.value.code == 8
    assert caught.value.remedy
    after = {path: trace for path, trace in traces(tmp_path).items() if path != str(tmp_path)}
    assert after == before


def test_a_failure_after_the_commit_is_completed_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [*one(tmp_path / "go"), Target("java", tmp_path / "java", TREE, {})]
    publish(both)
    new = [dataclasses.replace(each, tree={"a.txt": b"new"}) for each in both]
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refusing(errno.EIO))
        with pytest.raises(OutputUnwritable, match=r"the next run .* completes"):
            publish(new)
    assert pending([tmp_path / "java"]) == (tmp_path / ".protogen-publish",)
    assert files(tmp_path / "java") == TREE
    assert publish(new[:1])[0].status == "unchanged"
    assert files(tmp_path) == {"go/a.txt": b"new", "java/a.txt": b"new"}


def test_a_workplace_that_cant_be_made_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "mkdir", refusing(errno.EACCES, "/some/where"))
    with pytest.raises(OutputUnwritable, match="permission denied; nothing was changed"):
        put(tmp_path / "go")
    assert names(tmp_path) == []


def test_a_folder_that_cant_be_pruned_is_told_and_done_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "go")
    (tmp_path / "go/notes").touch()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rmdir", refusing(errno.EIO))
        with pytest.raises(OutputUnwritable, match="the next run into the same folder completes"):
            put(tmp_path / "go", {"a.txt": b"new"})
    recover([tmp_path / "go"])
    assert names(tmp_path / "go") == [MANIFEST, "a.txt", "notes"]


def test_an_unreadable_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "go")
    monkeypatch.setattr(target, "kind", refusing(errno.EACCES, "/some/where"))
    with pytest.raises(OutputUnwritable, match="permission denied") as caught:
        put(tmp_path / "go")
    assert caught.value.where == "/some/where"


def test_an_undo_that_is_killed_is_never_taken_for_a_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def commit(leader: Path, record: journal.Journal) -> None:
        journal.commit(leader, record)
        refusing(errno.EIO)(leader)

    def killed(_: object) -> NoReturn:
        raise KeyboardInterrupt

    both = [*one(tmp_path / "a/go"), Target("java", tmp_path / "b/java", TREE, {})]
    publish(both)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(run, "commit", commit)
        patch.setattr(run, "clean", killed)
        publish([dataclasses.replace(each, tree={"a.txt": b"new"}) for each in both])
    assert recover([each.out for each in both])
    assert files(tmp_path / "a/go") == files(tmp_path / "b/java") == TREE


def test_an_interruption_before_the_commit_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(durable, "sync_file", interrupt)
    with pytest.raises(KeyboardInterrupt):
        put(tmp_path / "gen/deep/go")
    assert names(tmp_path) == []


def test_all_that_a_run_will_need_is_on_the_disk_before_it_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loss of power can't be had in a test: what was synced, and when, can."""
    publish(one(tmp_path / "go"))
    sync = os.fsync
    synced: set[int] = set()
    needed: list[tuple[Path, int]] = []

    def fsync(descriptor: int) -> None:
        synced.add(os.fstat(descriptor).st_ino)
        sync(descriptor)

    def commit(leader: Path, record: journal.Journal) -> None:
        for base in (tmp_path, tmp_path / "x"):
            places = [base, base / ".protogen-publish", *(base / ".protogen-publish").rglob("*")]
            needed.extend((path, path.stat().st_ino) for path in places)
        assert [path for path, inode in needed if inode not in synced] == []
        synced.clear()
        journal.commit(leader, record)
        assert {(leader / ".protogen-publish" / name).stat().st_ino for name in ("", "journal")} == synced
        synced.clear()

    def clean(found: object) -> None:
        places = (tmp_path, tmp_path / "x", tmp_path / ".protogen-publish")
        assert {path.stat().st_ino for path in places} <= synced
        journal.clean(found)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(run, "commit", commit)
    monkeypatch.setattr(run, "clean", clean)
    publish([*one(tmp_path / "go", {**TREE, "a.txt": b"new"}), Target("java", tmp_path / "x/java", TREE, {})])
    assert {path.name for path, _ in needed} >= {"run", "a.txt", "b.txt", "c.txt", "er", MANIFEST}
    assert files(tmp_path / "x/java") == TREE


def rewritten(out: Path, _: Path) -> None:
    (out / "a.txt").write_bytes(b"edited")


def replaced(out: Path, _: Path) -> None:
    (out / "a.txt").unlink()
    (out / "a.txt").write_bytes(b"edited")


def test_a_run_reads_what_it_has_just_staged_no_second_time_but_a_recovery_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def reading(path: str) -> bytes:
        opened.append(Path(path).name)
        return read_regular(path)

    monkeypatch.setattr(tree, "read_regular", reading)
    put(tmp_path / "go")
    assert opened == []
    half_done(tmp_path / "java")
    opened.clear()
    recover([tmp_path / "java"])
    assert set(opened) >= {"a.txt", "b.txt", MANIFEST}


@pytest.mark.parametrize(("edit", "left"), [(rewritten, b"edited"), (replaced, b"edited")])
def test_an_edit_of_a_kept_file_while_a_run_stages_survives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edit: Callable[[Path, Path], None], left: bytes
) -> None:
    out = tmp_path / "go"
    put(out)

    def commit(leader: Path, record: journal.Journal) -> None:
        journal.commit(leader, record)
        edit(out, tmp_path / ".protogen-publish/0")

    monkeypatch.setattr(run, "commit", commit)
    put(out, {**TREE, "deep/c.txt": b"new"})
    assert files(out) == {**TREE, "a.txt": left, "deep/c.txt": b"new"}
    assert names(tmp_path) == ["go"]


# --- which targets


@pytest.mark.parametrize("other", ["gen/go", "gen/go/java", "gen", "gen/./x/../go", "link/go"])
def test_targets_in_one_another_are_refused(tmp_path: Path, other: str) -> None:
    (tmp_path / "gen").mkdir()
    (tmp_path / "gen/x").mkdir()
    (tmp_path / "link").symlink_to("gen")
    with pytest.raises(UsageError, match="into one another") as caught:
        publish([*one(tmp_path / "gen/go"), Target("java", tmp_path / other, TREE, {})])
    assert caught.value.code == 2
    assert files(tmp_path) == {"link": b"gen"}


@pytest.mark.parametrize("out", ["/", "/usr/..", ".protogen-publish"])
def test_a_folder_that_cant_be_a_target_is_refused(out: str) -> None:
    with pytest.raises(UsageError, match="can't be an output folder"):
        put(Path(out))


def test_a_target_may_be_relative_and_even_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    put(Path("go"))
    put(Path("../java"))
    assert files(tmp_path).keys() == {f"{place}/{path}" for place in ("here/go", "java") for path in TREE}
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    put(Path())
    assert files(tmp_path / "empty") == TREE


@pytest.mark.parametrize("path", ["../a", "", MANIFEST, "a/../b", f"{MANIFEST}/a"])
def test_a_path_that_no_language_may_write_is_a_bug(tmp_path: Path, path: str) -> None:
    with pytest.raises(ValueError):
        put(tmp_path / "go", {path: b""})
    assert names(tmp_path) == []


def test_no_targets_are_no_work() -> None:
    assert publish([]) == ()
    assert recover([]) == ()
    assert pending([]) == ()


# --- dry runs


def test_a_dry_run_reports_and_writes_nothing(tmp_path: Path) -> None:
    put(tmp_path / "go", {**TREE, "stale": b""})
    before = traces(tmp_path)
    targets = [
        *one(tmp_path / "go", {**TREE, "a.txt": b"new"}),
        Target("java", tmp_path / "x/java", TREE, {}),
    ]
    go, java = publish(targets, dry_run=True)
    assert (go.status, go.written, go.removed) == ("would-write", ("a.txt",), ("stale",))
    assert (java.status, java.written, java.removed) == ("would-write", tuple(sorted(TREE)), ())
    assert put(tmp_path / "go", {**TREE, "stale": b""}, dry_run=True).status == "unchanged"
    assert traces(tmp_path) == before


def test_a_dry_run_refuses_what_a_run_would(tmp_path: Path) -> None:
    (tmp_path / "go").mkdir()
    (tmp_path / "go/a.txt").write_bytes(b"mine")
    with pytest.raises(OutputInTheWay):
        put(tmp_path / "go", dry_run=True)
    assert put(tmp_path / "go", dry_run=True, force=True).status == "would-write"


def test_a_dry_run_leaves_an_interrupted_publish_to_a_run(tmp_path: Path) -> None:
    half_done(tmp_path / "go")
    before = traces(tmp_path)
    with pytest.raises(OutputInTheWay, match="interrupted") as caught:
        put(tmp_path / "go", dry_run=True)
    assert "without --dry-run" in caught.value.remedy
    assert traces(tmp_path) == before


def test_a_dry_run_looks_past_what_was_never_committed(tmp_path: Path) -> None:
    (tmp_path / ".protogen-publish").mkdir()
    assert put(tmp_path / "go", dry_run=True).status == "would-write"
    assert pending([tmp_path / "go"]) == (tmp_path / ".protogen-publish",)


# --- what happens between a kill and its recovery


def half_done(
    *outs: Path, old: dict[str, bytes] = TREE, new: dict[str, bytes] | None = None, foreign: bool = False
) -> None:
    """Publish old, then stop publishing new right after its commit."""
    publish([Target(out.name, out, old, {}) for out in outs])
    for out in outs:
        if foreign:
            (out / "notes").touch()

    class Stopped(BaseException):
        pass

    def stop(*_: object, **__: object) -> NoReturn:
        raise Stopped

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Stopped):
        patch.setattr(run, "complete", stop)
        publish([Target(out.name, out, new or {"a.txt": b"new", "b.txt": b"new"}, {}) for out in outs])


@pytest.mark.parametrize("foreign", [False, True], ids=["alone", "beside a foreign file"])
def test_recovery_completes_what_was_committed(tmp_path: Path, foreign: bool) -> None:
    half_done(tmp_path / "go", tmp_path / "java", foreign=foreign)
    assert recover([tmp_path / "go"]) == (tmp_path / ".protogen-publish",)
    assert recover([tmp_path / "go"]) == ()
    notes = {"notes": b""} if foreign else {}
    for out in ("go", "java"):
        assert files(tmp_path / out) == {"a.txt": b"new", "b.txt": b"new", **notes}
    assert names(tmp_path) == ["go", "java"]


@pytest.mark.parametrize("foreign", [False, True], ids=["alone", "beside a foreign file"])
def test_recovery_never_overwrites_what_came_after_the_kill(tmp_path: Path, foreign: bool) -> None:
    out = tmp_path / "go"
    half_done(out, foreign=foreign)
    (out / "a.txt").write_bytes(b"edited")
    (out / "b.txt").write_bytes(b"written")
    (out / "deep/c.txt").write_bytes(b"edited too")
    (out / "later.txt").write_bytes(b"later")
    recover([out])
    assert {
        "a.txt": b"edited",
        "b.txt": b"written",
        "deep/c.txt": b"edited too",
        "later.txt": b"later",
    }.items() <= (files(out).items())
    with pytest.raises(OutputInTheWay, match=r"a\.txt .*b\.txt"):
        put(out, {"a.txt": b"new", "b.txt": b"new"})


@pytest.mark.parametrize("foreign", [False, True], ids=["alone", "beside a foreign file"])
def test_recovery_respects_folders_and_symlinks_that_came_after_the_kill(
    tmp_path: Path, foreign: bool
) -> None:
    out, elsewhere = tmp_path / "gen/go", tmp_path / "elsewhere"
    elsewhere.mkdir()
    half_done(out, new={**TREE, "new/x": b"x", "y": b"y", "later/z": b"z"}, foreign=foreign)
    (out / "new").symlink_to(elsewhere)
    (out / "y").mkdir()
    recover([out])
    assert (out / "new").is_symlink()
    assert (out / "y").is_dir()
    assert (out / "later/z").read_bytes() == b"z"
    assert files(elsewhere) == {}


def test_recovery_puts_the_tree_where_the_user_removed_the_old_one(tmp_path: Path) -> None:
    import shutil

    half_done(tmp_path / "go")
    shutil.rmtree(tmp_path / "go")
    recover([tmp_path / "go"])
    assert files(tmp_path) == {"go/a.txt": b"new", "go/b.txt": b"new"}


def test_recovery_of_a_target_that_became_a_file_leaves_the_file(tmp_path: Path) -> None:
    import shutil

    half_done(tmp_path / "go")
    shutil.rmtree(tmp_path / "go")
    (tmp_path / "go").write_bytes(b"mine")
    recover([tmp_path / "go"])
    assert files(tmp_path) == {"go": b"mine"}


def test_recovery_without_the_staged_files_changes_no_file(tmp_path: Path) -> None:
    import shutil

    half_done(tmp_path / "go")
    shutil.rmtree(tmp_path / ".protogen-publish/0")
    recover([tmp_path / "go"])
    assert (tmp_path / "go/a.txt").read_bytes() == b"a"
    assert names(tmp_path) == ["go"]


def test_recovery_with_a_part_of_the_staged_files_keeps_the_old_ones(tmp_path: Path) -> None:
    half_done(tmp_path / "go")
    (tmp_path / ".protogen-publish/0/a.txt").unlink()
    recover([tmp_path / "go"])
    assert files(tmp_path) == {"go/a.txt": b"a", "go/b.txt": b"new"}


def test_litter_of_a_run_that_never_committed_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".protogen-publish/0/deep").mkdir(parents=True)
    (tmp_path / ".protogen-publish/run").write_bytes(b"torn")
    put(tmp_path / "go")
    assert names(tmp_path) == ["go"]


def test_a_run_over_several_parents_survives_a_move_of_them(tmp_path: Path) -> None:
    half_done(tmp_path / "one/a/go", tmp_path / "one/b/java")
    (tmp_path / "one").rename(tmp_path / "two")
    recover([tmp_path / "two/b/java"])
    assert files(tmp_path / "two") == {
        f"{place}/{name}": b"new" for place in ("a/go", "b/java") for name in ("a.txt", "b.txt")
    }


def test_a_journal_out_of_reach_is_neither_guessed_nor_lost(tmp_path: Path) -> None:
    half_done(tmp_path / "a/go", tmp_path / "b/java")
    (tmp_path / "a").rename(tmp_path / "away")
    with pytest.raises(OutputUnwritable, match="out of reach") as caught:
        put(tmp_path / "b/java")
    assert str(tmp_path / "b/.protogen-publish") in caught.value.remedy
    assert files(tmp_path / "b/java") == TREE
    (tmp_path / "away").rename(tmp_path / "a")
    recover([tmp_path / "b/java"])
    assert files(tmp_path / "a/go") == files(tmp_path / "b/java") == {"a.txt": b"new", "b.txt": b"new"}


def test_a_journal_reaches_into_no_folder_that_isnt_part_of_its_run(tmp_path: Path) -> None:
    half_done(tmp_path / "a/go", tmp_path / "b/java")
    import shutil

    shutil.rmtree(tmp_path / "b/.protogen-publish")
    recover([tmp_path / "a/go"])
    assert files(tmp_path / "a/go") == {"a.txt": b"new", "b.txt": b"new"}
    assert files(tmp_path / "b/java") == TREE


# --- several runs at once


def test_a_run_that_ends_while_its_recovery_waits_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    half_done(tmp_path / "go")
    waited = lock.held

    def ends_meanwhile(folders: Iterable[Path]) -> AbstractContextManager[None]:
        monkeypatch.setattr(steps, "held", waited)
        recover([tmp_path / "go"])
        return waited(folders)

    monkeypatch.setattr(steps, "held", ends_meanwhile)
    assert recover([tmp_path / "go"]) == ()
    assert files(tmp_path / "go") == {"a.txt": b"new", "b.txt": b"new"}


def test_a_run_whose_folder_vanishes_while_its_recovery_waits_is_looked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    half_done(tmp_path / "go")
    waited = lock.held

    def vanishes(_: object) -> NoReturn:
        monkeypatch.setattr(steps, "held", waited)
        raise lock.FolderVanished

    monkeypatch.setattr(steps, "held", vanishes)
    assert recover([tmp_path / "go"]) == (tmp_path / ".protogen-publish",)


def test_a_run_killed_while_the_next_waits_for_its_lock_is_recovered_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "java")
    waited = lock.held

    def killed_meanwhile(folders: Iterable[Path]) -> AbstractContextManager[None]:
        monkeypatch.setattr(run, "held", waited)
        half_done(tmp_path / "go")
        return waited(folders)

    monkeypatch.setattr(run, "held", killed_meanwhile)
    assert put(tmp_path / "java", {"j": b"j"}).status == "written"
    assert files(tmp_path) == {"go/a.txt": b"new", "go/b.txt": b"new", "java/j": b"j"}


def forked(act: Callable[[], object]) -> int:
    """The child's process id; it ends with 0 if act returns."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the test runner's threads aren't needed there
        child = os.fork()
    if not child:
        try:
            act()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return child


def test_concurrent_runs_take_turns_and_the_trees_stay_alike(tmp_path: Path) -> None:
    def insist(text: bytes) -> None:
        for turn in range(6):
            tree = {f"{name}/{turn}": text for name in ("a", "b", text.decode())}
            publish([Target(name, tmp_path / "gen" / name, tree, {}) for name in ("go", "java")])

    children = [forked(lambda text=text: insist(text)) for text in (b"one", b"two", b"three")]  # type: ignore[misc]
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0, 0]
    go = files(tmp_path / "gen/go")
    assert go == files(tmp_path / "gen/java")
    assert len(go) == 3
    assert len(set(go.values())) == 1
    assert names(tmp_path / "gen") == ["go", "java"]


def test_fresh_runs_that_fail_dont_pull_the_parent_from_under_the_others(tmp_path: Path) -> None:
    def fail() -> None:
        for _ in range(20):
            with pytest.MonkeyPatch.context() as patch, pytest.raises(OutputUnwritable):
                patch.setattr(steps, "_write", refusing(errno.ENOSPC))
                put(tmp_path / "gen/java")

    children = [forked(fail), forked(fail), forked(lambda: put(tmp_path / "gen/go"))]
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0, 0]
    assert files(tmp_path) == {f"gen/go/{path}": text for path, text in TREE.items()}


def test_waiting_for_another_run_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "WAIT_SECONDS", 0.1)
    descriptor = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        with pytest.raises(OutputUnwritable, match="another protogen is writing"):
            put(tmp_path / "go")
    finally:
        os.close(descriptor)
    assert names(tmp_path) == []
    assert put(tmp_path / "go").status == "written"


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP, errno.EBADF])
def test_a_file_system_without_locks_is_written_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(fcntl, "flock", refusing(code))
    put(tmp_path / "go")
    assert files(tmp_path / "go") == TREE


def test_another_refusal_of_the_lock_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcntl, "flock", refusing(errno.EIO))
    with pytest.raises(OutputUnwritable, match="Input/output error"):
        put(tmp_path / "go")


def test_the_same_folder_by_two_names_is_locked_once(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").symlink_to("a")
    with lock.held([tmp_path / "a", tmp_path / "b"]):
        assert names(tmp_path / "a") == []


def test_a_lock_on_a_folder_that_was_replaced_is_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gen").mkdir()
    for name in ("gone", "replaced"):

        def replace(*_: object, name: str = name) -> None:
            (tmp_path / "gen").rename(tmp_path / name)
            if name == "replaced":
                (tmp_path / "gen").mkdir()

        with monkeypatch.context() as patch, pytest.raises(lock.FolderVanished):
            patch.setattr(fcntl, "flock", replace)
            with lock.held([tmp_path / "gen"]):
                pytest.fail("held a folder that has no name any more")
        (tmp_path / "gen").mkdir(exist_ok=True)
    with pytest.raises(lock.FolderVanished), lock.held([tmp_path / "none"]):
        pytest.fail("held what isn't there")
