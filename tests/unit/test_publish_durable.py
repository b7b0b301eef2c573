from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from protogen.publish import durable
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


def test_after_a_failure_no_thread_takes_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def fail_once(path: str) -> None:
        tried.append(path)
        if len(tried) == 1:
            raise OSError(f"not {path}")
        time.sleep(0.05)

    monkeypatch.setattr(durable, "sync_file", fail_once)
    with pytest.raises(OSError, match="not /"):
        sync_trees([tree(tmp_path)])
    assert len(tried) <= 8


def test_an_interruption_outdoes_the_failures_of_other_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted = threading.Event()

    def fail(_: str) -> None:
        if threading.current_thread() is threading.main_thread():
            interrupted.set()
            time.sleep(0.05)
            raise KeyboardInterrupt
        interrupted.wait(5)
        raise OSError

    monkeypatch.setattr(durable, "sync_file", fail)
    monkeypatch.setattr(durable, "sync_folder", fail)
    with pytest.raises(KeyboardInterrupt):
        sync_trees([tree(tmp_path)])


def test_an_interruption_leaves_no_thread_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start
    begun: list[threading.Thread] = []
    done: list[str] = []

    def interrupted(thread: threading.Thread) -> None:
        if len(begun) == 3:
            raise KeyboardInterrupt
        begun.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    monkeypatch.setattr(durable, "sync_folder", done.append)
    with pytest.raises(KeyboardInterrupt):
        sync_trees([tree(tmp_path)])
    assert begun
    assert not any(thread.is_alive() for thread in begun)


def test_what_isnt_there_cant_be_made_durable(tmp_path: Path) -> None:
    sync_trees([])
    with pytest.raises(FileNotFoundError):
        sync_trees([tmp_path / "none"])
