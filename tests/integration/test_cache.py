from __future__ import annotations

import threading
from pathlib import Path

import pytest

from protogen.cache import Cache
from protogen.errors import OutputUnwritable


def test_an_entry_is_built_once_by_many_at_once(tmp_path: Path) -> None:
    built = []
    gate = threading.Barrier(8)

    def make(folder: Path) -> None:
        built.append(folder)
        (folder / "x").write_text("x")

    def run() -> None:
        gate.wait()
        Cache(tmp_path).build("k", "a", make=make)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1
    assert (tmp_path / "k" / "a" / "x").read_text() == "x"
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_build_that_fails_leaves_no_entry(tmp_path: Path) -> None:
    def make(folder: Path) -> None:
        (folder / "x").write_text("x")
        raise ValueError("no")

    cache = Cache(tmp_path)
    with pytest.raises(ValueError, match="no"):
        cache.build("k", "a", make=make)
    assert cache.find("k", "a") is None
    assert list((tmp_path / "tmp").iterdir()) == []


def test_files_are_replaced_whole(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    assert cache.read("k", "f.json") is None
    cache.write(b"1", "k", "f.json")
    cache.write(b"2", "k", "f.json")
    assert cache.read("k", "f.json") == b"2"
    assert [path.name for path in (tmp_path / "k").iterdir()] == ["f.json.record"]


def test_a_cache_that_cannot_be_written_is_told() -> None:
    with pytest.raises(OutputUnwritable, match="the cache can't be written"):
        Cache(Path("/proc/none")).write(b"", "k", "f")
    with pytest.raises(OutputUnwritable, match="the cache can't be written"):
        Cache(Path("/proc/none")).build("k", "a", make=lambda folder: None)
