from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from protogen.errors import CacheDamaged, OutputUnwritable, ProtogenError, SourceUnreachable, ToolMissing
from protogen.system.cache import Cache, Kind, key
from protogen.system.cache.entries import MANIFEST


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
        (Cache(tmp_path).get("sets", "a", made) / "x").write_text("y")

    def make(folder: Path) -> None:
        built.append(folder)
        made(folder)

    at_once(8, lambda: Cache(tmp_path).get("sets", "a", make))
    assert len(built) == 1
    assert (tmp_path / "v2/sets/a" / "x").read_text() == "x"
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
assert (Cache(root).get("sets", "a", make) / "x").read_text() == "x"
"""


@pytest.mark.parametrize(("count", "damaged"), [(8, False), (4, True)])
def test_processes_at_once_build_or_mend_an_entry_once(tmp_path: Path, count: int, damaged: bool) -> None:
    root = tmp_path / "cache"
    if damaged:
        (Cache(root).get("sets", "a", made) / "x").write_text("y")
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
        cache.get("sets", "a", make)
    assert cache.find("sets", "a") is None
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_build_that_fails_leaves_the_damaged_entry_to_be_named(tmp_path: Path) -> None:
    cache, offline = Cache(tmp_path), Cache(tmp_path, offline=True)
    (cache.get("fetched", "a", made) / "x").write_text("y")
    with pytest.raises(OutputUnwritable):
        cache.get("fetched", "a", lambda folder: (folder / "no" / "x").touch())
    assert cache.find("fetched", "a") is None
    looks: list[Callable[[], object]] = [
        lambda: offline.find("fetched", "a"),
        lambda: offline.get("fetched", "a", made),
    ]
    for look in looks:
        with pytest.raises(CacheDamaged, match="entry fetched/a is damaged: x has changed") as caught:
            look()
        assert caught.value.code == 4
        assert "once without --offline" in caught.value.remedy
        assert caught.value.where == str(tmp_path)


@pytest.mark.parametrize("damaged", [False, True])
@pytest.mark.parametrize("kind", ["sets", "packages"])
def test_what_needs_no_network_is_made_offline_too(tmp_path: Path, kind: Kind, damaged: bool) -> None:
    cache = Cache(tmp_path, offline=True)
    if damaged:
        (cache.get(kind, "a", made) / "x").write_text("y")
    assert cache.find(kind, "a") is None
    assert (cache.get(kind, "a", made) / "x").read_text() == "x"


@pytest.mark.parametrize(("kind", "error"), [("fetched", SourceUnreachable), ("tools", ToolMissing)])
def test_what_would_have_to_be_fetched_offline_is_told_in_one_sentence(
    tmp_path: Path, kind: Kind, error: type[ProtogenError]
) -> None:
    cache = Cache(tmp_path, offline=True)
    with pytest.raises(error) as caught:
        cache.get(kind, "a", made, what="the thing", otherwise="give it: --tool thing=PATH")
    assert caught.value.message == "the cache doesn't hold the thing, and --offline forbids to fetch"
    remedy = "run the same command once without --offline"
    assert caught.value.remedy == f"{remedy}, or give it: --tool thing=PATH"
    assert cache.absent(kind, "x").remedy == remedy


def test_what_another_run_is_replacing_is_looked_for_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = Cache(tmp_path).get("fetched", "a", made)
    away = entry.rename(tmp_path / "away")
    monkeypatch.setattr(time, "sleep", lambda _seconds: away.rename(entry))
    assert Cache(tmp_path, offline=True).find("fetched", "a") == entry


def test_keys_tell_inputs_apart_and_can_be_read() -> None:
    inputs: list[tuple[object, ...]] = [
        (),
        ("a",),
        ("a", "b"),
        ("ab",),
        (["a", "b"],),
        ({"a": "b"},),
        (None,),
        (1,),
        ("1",),
    ]
    keys = {key("x", *each) for each in inputs} | {key("y", *each) for each in inputs}
    assert len(keys) == 2 * len(inputs)
    assert key("x", {"a": 1, "b": 2}) == key("x", {"b": 2, "a": 1})
    assert key("x", ("a",)) == key("x", ["a"])
    readable = {"gen@v1.2": "gen@v1.2", "a/b c:d": "a-b-c-d", "é" * 9: "", "x" * 99: "x" * 60}
    for label, shown in readable.items():
        assert re.fullmatch(rf"{re.escape(shown)}-?[0-9a-f]{{32}}", key(label))
        assert key(label) != key(f"{label}.")


@pytest.mark.parametrize("stranger", ["folder", "file", "old entry"])
def test_what_has_no_manifest_is_no_entry_and_gives_way(tmp_path: Path, stranger: str) -> None:
    cache, place = Cache(tmp_path), tmp_path / "v2/sets/a"
    place.parent.mkdir(parents=True)
    if stranger == "file":
        place.write_text("?")
    else:
        place.mkdir()
    if stranger == "old entry":
        (place / "x").write_text("old")
    assert cache.find("sets", "a") is None
    assert (cache.get("sets", "a", made) / "x").read_text() == "x"


def test_contents_are_replaced_whole(tmp_path: Path) -> None:
    cache, offline = Cache(tmp_path), Cache(tmp_path, offline=True)
    assert cache.read("fetched", "f") is offline.read("fetched", "f") is None
    cache.put("fetched", "f", b"1")
    cache.put("fetched", "f", b"2")
    assert cache.read("fetched", "f") == offline.read("fetched", "f") == b"2"
    assert [path.name for path in (tmp_path / "v2" / "fetched").iterdir()] == ["f"]
    (tmp_path / "v2" / "fetched" / "f" / "content").write_bytes(b"3")
    assert cache.read("fetched", "f") is None
    with pytest.raises(CacheDamaged, match=r"the cache entry fetched/f is damaged"):
        offline.read("fetched", "f")


def test_a_cache_that_cannot_be_written_is_told() -> None:
    with pytest.raises(OutputUnwritable, match="the cache can't be written"):
        Cache(Path("/proc/none")).put("sets", "f", b"")
    with pytest.raises(OutputUnwritable, match="the cache can't be written"):
        Cache(Path("/proc/none")).get("sets", "a", lambda folder: None)


def test_others_may_read_what_the_umask_lets_them(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        entry = Cache(tmp_path).get("sets", "a", made)
        Cache(tmp_path).put("sets", "f", b"1")
    finally:
        os.umask(before)
    paths = [entry, entry / "x", entry / MANIFEST, tmp_path / "v2/sets/f/content"]
    assert [oct(path.stat().st_mode & 0o777) for path in paths] == ["0o750", *["0o640"] * 3]


def test_use_is_noted_where_that_is_possible(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path)
    entry = cache.get("sets", "a", made)
    cache.put("sets", "f", b"1")
    for path in (entry / MANIFEST, tmp_path / "v2/sets/f" / MANIFEST):
        os.utime(path, (1000, 1000))
        cache.find("sets", "a")
        cache.read("sets", "f")
        assert time.time() - path.stat().st_mtime < 60

    def refuse(*_: object) -> None:
        raise PermissionError

    os.utime(entry / MANIFEST, (1000, 1000))
    monkeypatch.setattr(os, "utime", refuse)
    assert cache.find("sets", "a") == entry


@pytest.mark.parametrize(
    "use",
    [
        lambda cache: cache.get("sets", "c", made),
        lambda cache: cache.put("sets", "f", b"1"),
    ],
)
def test_the_next_run_that_writes_removes_what_a_killed_one_left(
    tmp_path: Path, use: Callable[[Cache], object]
) -> None:
    cache = Cache(tmp_path)
    with cache.area.staged("sets/a") as folder:
        made(folder)
        killed = folder.rename(folder.with_name(f"{folder.name}x"))
    with cache.area.locked("sets/b"), cache.area.staged("sets/b") as alive:
        thread = threading.Thread(target=lambda: use(cache))
        thread.start()
        thread.join()
        assert alive.is_dir()
        assert not killed.exists()
