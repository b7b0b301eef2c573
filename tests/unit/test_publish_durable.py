from __future__ import annotations

import os
from pathlib import Path

import pytest

from protogen.publish.durable import begin_writing, sync_trees


def tree(root: Path, files: int = 30) -> Path:
    for number in range(files):
        path = root / f"folder{number % 3}/deep/{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


@pytest.mark.timeout(10)
def test_every_file_and_folder_is_synced_once_and_nothing_else_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roots = [tree(tmp_path / "one"), tree(tmp_path / "two", files=1)]
    wanted = [path.stat().st_ino for root in roots for path in (root, *root.rglob("*"))]
    wanted.append(tmp_path.stat().st_ino)
    os.mkfifo(roots[0] / "pipe")
    (roots[0] / "link").symlink_to(tree(tmp_path / "outside"))
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    sync_trees(roots, [tmp_path])
    assert sorted(synced) == sorted(wanted)


def test_writing_is_begun_for_every_file_without_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    advised: list[tuple[int, ...]] = []

    def advise(descriptor: int, *rest: int) -> None:
        advised.append((os.fstat(descriptor).st_ino, *rest))

    monkeypatch.setattr(os, "posix_fadvise", advise)
    root = tree(tmp_path / "one")
    files = sorted(path.stat().st_ino for path in root.rglob("*") if path.is_file())
    begin_writing([str(path) for path in root.rglob("*") if path.is_file()])
    assert sorted(inode for inode, *_ in advised) == files
    assert {tuple(rest) for _, *rest in advised} == {(0, 0, os.POSIX_FADV_DONTNEED)}


def test_a_system_that_takes_no_advice_writes_when_it_is_told_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "posix_fadvise")
    begin_writing([str(tmp_path / "not looked at")])


def test_what_isnt_there_cant_be_made_durable(tmp_path: Path) -> None:
    sync_trees([])
    with pytest.raises(FileNotFoundError):
        sync_trees([tmp_path / "none"])
