from __future__ import annotations

import os
from pathlib import Path

import pytest

from protogen.publish.durable import sync_trees


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


def test_every_file_is_on_its_way_before_one_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    monkeypatch.setattr(os, "posix_fadvise", lambda *_: order.append("begun"))
    monkeypatch.setattr(os, "fsync", lambda _: order.append("synced"))
    sync_trees([tree(tmp_path / "one", files=5)])
    assert order[:6] == ["begun"] * 5 + ["synced"]
    assert "begun" not in order[5:]


def test_a_system_that_takes_no_advice_is_only_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "posix_fadvise")
    sync_trees([tree(tmp_path / "one", files=1)])


def test_what_isnt_there_cant_be_made_durable(tmp_path: Path) -> None:
    sync_trees([])
    with pytest.raises(FileNotFoundError):
        sync_trees([tmp_path / "none"])
