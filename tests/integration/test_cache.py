from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from protogen.errors import CacheDamaged, OutputUnwritable
from protogen.system.cache import Cache
from protogen.system.cache.seal import MANIFEST


def made(folder: Path) -> None:
    (folder / "x").write_text("x")


def at_once(count: int, act: Callable[[], object]) -> None:
    gate = threading.Barrier(count)
    failures = []

    def run() -> None:
        gate.wait()
        try:
            act()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.parametrize("damaged", [False, True])
def test_an_entry_is_built_once_by_many_at_once(tmp_path: Path, damaged: bool) -> None:
    built = []
    if damaged:
        (Cache(tmp_path).build("k", "a", make=made) / "x").write_text("y")

    def make(folder: Path) -> None:
        built.append(folder)
        made(folder)

    at_once(8, lambda: Cache(tmp_path).build("k", "a", make=make))
    assert len(built) == 1
    assert (tmp_path / "k" / "a" / "x").read_text() == "x"
    assert list((tmp_path / "tmp").iterdir()) == []


PROCESS = """\
import sys, time
from pathlib import Path
from protogen.system.cache import Cache
root = Path(sys.argv[1])
def make(folder):
    with (root.parent / "log").open("a") as log:
        log.write("built\\n")
    time.sleep(0.1)
    (folder / "x").write_text("x")
assert (Cache(root).build("k", "a", make=make) / "x").read_text() == "x"
"""


@pytest.mark.parametrize(("count", "damaged"), [(8, False), (4, True)])
def test_processes_at_once_build_or_mend_an_entry_once(tmp_path: Path, count: int, damaged: bool) -> None:
    root = tmp_path / "cache"
    if damaged:
        (Cache(root).build("k", "a", make=made) / "x").write_text("y")
    argv = [sys.executable, "-c", PROCESS, str(root)]
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    runs = [subprocess.Popen(argv, env=environ, stderr=subprocess.PIPE) for _ in range(count)]
    errors = [run.communicate(timeout=60)[1].decode() for run in runs]
    assert [run.returncode for run in runs] == [0] * count, errors
    assert (tmp_path / "log").read_text() == "built\n"
    assert list((root / "tmp").iterdir()) == []


def test_a_build_that_fails_leaves_no_entry(tmp_path: Path) -> None:
    def make(folder: Path) -> None:
        made(folder)
        raise ValueError("no")

    cache = Cache(tmp_path)
    with pytest.raises(ValueError, match="no"):
        cache.build("k", "a", make=make)
    assert cache.find("k", "a") is None
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_build_that_fails_leaves_the_damaged_entry_to_be_named(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    (cache.build("k", "a", make=made) / "x").write_text("y")
    with pytest.raises(OutputUnwritable):
        cache.build("k", "a", make=lambda folder: (folder / "no" / "x").touch())
    assert cache.find("k", "a", mendable=True) is None
    with pytest.raises(CacheDamaged, match="the cache entry k/a is damaged: x has changed") as caught:
        cache.find("k", "a")
    assert caught.value.code == 4
    assert "once without --offline" in caught.value.remedy
    assert caught.value.where == str(tmp_path)


@pytest.mark.parametrize("stranger", ["folder", "file", "old entry"])
def test_what_has_no_manifest_is_no_entry_and_gives_way(tmp_path: Path, stranger: str) -> None:
    cache, place = Cache(tmp_path), tmp_path / "k" / "a"
    place.parent.mkdir()
    if stranger == "file":
        place.write_text("?")
    else:
        place.mkdir()
    if stranger == "old entry":
        (place / "x").write_text("old")
    assert cache.find("k", "a") is None
    assert (cache.build("k", "a", make=made) / "x").read_text() == "x"


def test_files_are_replaced_whole(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    assert cache.read("k", "f.json") is None
    cache.write(b"1", "k", "f.json")
    cache.write(b"2", "k", "f.json")
    assert cache.read("k", "f.json") == b"2"
    assert [path.name for path in (tmp_path / "k").iterdir()] == ["f.json.record"]
    (tmp_path / "k" / "f.json.record").write_bytes(b"2")
    assert cache.read("k", "f.json", mendable=True) is None
    with pytest.raises(CacheDamaged, match=r"the cache entry k/f\.json is damaged"):
        cache.read("k", "f.json")


def test_a_cache_that_cannot_be_written_is_told() -> None:
    with pytest.raises(OutputUnwritable, match="the cache can't be written"):
        Cache(Path("/proc/none")).write(b"", "k", "f")
    with pytest.raises(OutputUnwritable, match="the cache can't be written"):
        Cache(Path("/proc/none")).build("k", "a", make=lambda folder: None)


def test_others_may_read_what_the_umask_lets_them(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        entry = Cache(tmp_path).build("k", "a", make=made)
        Cache(tmp_path).write(b"1", "k", "f")
    finally:
        os.umask(before)
    paths = [entry, entry / "x", entry / MANIFEST, tmp_path / "k" / "f.record"]
    assert [oct(path.stat().st_mode & 0o777) for path in paths] == ["0o750", *["0o640"] * 3]


def test_use_is_noted_where_that_is_possible(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path)
    entry = cache.build("k", "a", make=made)
    cache.write(b"1", "k", "f")
    for path in (entry / MANIFEST, tmp_path / "k" / "f.record"):
        os.utime(path, (1000, 1000))
        cache.find("k", "a")
        cache.read("k", "f")
        assert time.time() - path.stat().st_mtime < 60

    def refuse(*_: object) -> None:
        raise PermissionError

    os.utime(entry / MANIFEST, (1000, 1000))
    monkeypatch.setattr(os, "utime", refuse)
    assert cache.find("k", "a") == entry


@pytest.mark.parametrize(
    "use",
    [
        lambda cache: cache.build("k", "c", make=made),
        lambda cache: cache.write(b"1", "k", "f"),
    ],
)
def test_the_next_run_that_writes_removes_what_a_killed_one_left(
    tmp_path: Path, use: Callable[[Cache], object]
) -> None:
    cache = Cache(tmp_path)
    with cache.area.staged("k/a") as folder:
        made(folder)
        killed = folder.rename(folder.with_name(f"{folder.name}x"))
    with cache.area.locked("k/b"), cache.area.staged("k/b") as alive:
        thread = threading.Thread(target=lambda: use(cache))
        thread.start()
        thread.join()
        assert alive.is_dir()
        assert not killed.exists()
