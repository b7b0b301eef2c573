"""`protogen cache …` as a user types it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from protogen.system.cache import Cache, upkeep
from protogen.system.cache.entries import MANIFEST
from protogen.system.cache.upkeep import inventory
from tests.integration.conftest import Command

DAY = 24 * 3600


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """A cache with two entries of 1000 bytes and a listing, last used ten, five and three days ago."""
    cache = Cache(tmp_path / "cache")
    for name, days in (("a", 10), ("b", 5)):
        entry = cache.get("fetched", name, lambda folder: fill(folder / "files" / "x"))
        used(entry / MANIFEST, days)
    cache.put("fetched", "refs", b"{}")
    used(cache.path("fetched", "refs") / MANIFEST, 3)
    return cache


def fill(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"x" * 1000)


def used(path: Path, days: float) -> None:
    then = time.time() - days * DAY
    os.utime(path, (then, then))


def names(cache: Cache) -> list[str]:
    return [item.name.removeprefix("fetched/") for item in inventory(cache.root)]


def test_dir_prints_the_folder(command: Command, tmp_path: Path) -> None:
    assert command("cache", "dir").out == f"{tmp_path / 'cache'}\n"
    assert command("cache", "dir", "--cache-dir", "x").out == f"{Path.cwd() / 'x'}\n"


def test_the_settings_file_names_the_folder_too(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROTOGEN_CACHE_DIR")
    Path("protogen.yaml").write_text(f"cache_dir: {tmp_path / 'mine'}\n")
    assert command("cache", "dir").out == f"{tmp_path / 'mine'}\n"


def test_list_tells_kind_size_use_and_name(command: Command, cache: Cache) -> None:
    ended = command("cache", "list")
    assert ended.code == 0
    lines = [line.split() for line in ended.out.splitlines()]
    assert [(line[0], line[-1]) for line in lines] == [
        ("fetched", "fetched/a"),
        ("fetched", "fetched/b"),
        ("fetched", "fetched/refs"),
    ]
    assert "KiB" in ended.out
    assert f"3 entries, 2.5 KiB in {cache.root}" in ended.err
    document = command("cache", "list", "--format", "json").json
    assert (document["schema"], document["folder"]) == (1, str(cache.root))
    assert [entry["name"] for entry in document["entries"]] == [line[-1] for line in lines]
    assert document["entries"][0]["kind"] == "fetched"
    assert 1000 < document["entries"][0]["size"] < 1500
    ten_days_ago = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 10 * DAY))
    assert document["entries"][0]["used"].startswith(ten_days_ago)


def test_an_empty_cache_is_no_error(command: Command, tmp_path: Path) -> None:
    assert command("cache", "list", "--format", "json").json["entries"] == []
    for name in ("list", "verify", "prune"):
        assert command("cache", name).code == 0
    assert not (tmp_path / "cache").exists()


def harm(path: Path) -> None:
    path.write_bytes(b"y" * 1000)


@pytest.mark.parametrize(
    ("spoil", "name", "words"),
    [
        (lambda kind: harm(kind / "a/files/x"), "a", "files/x has changed"),
        (lambda kind: (kind / "a/files/y").touch(), "a", "files/y was added"),
        (lambda kind: (kind / "a" / MANIFEST).unlink(), "a", "it has no manifest"),
        (lambda kind: harm(kind / "refs/content"), "refs", "content has changed"),
        (lambda kind: (kind / "mine").touch(), "mine", "it has no manifest"),
    ],
)
def test_verify_names_what_is_damaged_and_repair_removes_it(
    command: Command, cache: Cache, spoil: Callable[[Path], object], name: str, words: str
) -> None:
    assert command("cache", "verify").code == 0
    before = names(cache)
    spoil(cache.path("fetched"))
    ended = command("cache", "verify")
    assert ended.code == 7
    assert ended.out == f"fetched/{name}: {words}\n"
    assert "cache entries are damaged" in ended.err
    assert "protogen cache verify --repair" in ended.err
    assert command("cache", "verify", "--format", "json").json["damaged"] == [
        {"name": f"fetched/{name}", "damage": words, "removed": False}
    ]
    repaired = command("cache", "verify", "--repair")
    assert repaired.code == 0, repaired.err
    assert repaired.out == f"fetched/{name}: {words} (removed)\n"
    assert command("cache", "verify").code == 0
    assert names(cache) == [each for each in before if each != name]


def test_a_folder_that_protogen_did_not_make_keeps_what_protogen_does_not_know(
    command: Command, tmp_path: Path
) -> None:
    mine = tmp_path / "cache" / "v2" / "project" / "notes.txt"
    leftover = tmp_path / "cache" / "tmp" / "mine"
    for path in (mine, leftover):
        path.parent.mkdir(parents=True)
        path.write_text("mine")
        used(path, 99)
    Cache(tmp_path / "cache").get("fetched", "a", lambda folder: None)
    ended = command("cache", "verify", "--repair")
    assert ended.code == 7
    assert "remove them by hand" in ended.err
    assert command("cache", "prune", "--older-than", "0", "--max-size", "0").code == 0
    assert mine.read_text() == leftover.read_text() == "mine"


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ([], ["a", "b", "refs"]),
        (["--older-than", "7"], ["b", "refs"]),
        (["--older-than", "4"], ["refs"]),
        (["--max-size", "2k"], ["b", "refs"]),
        (["--max-size", "0"], []),
        (["--older-than", "2.5", "--dry-run"], ["a", "b", "refs"]),
    ],
)
def test_prune_removes_what_is_old_or_too_much(
    command: Command, cache: Cache, options: list[str], left: list[str]
) -> None:
    ended = command("cache", "prune", *options)
    assert ended.code == 0
    assert names(cache) == left
    told = 3 if "--dry-run" in options else 3 - len(left)
    assert f"{told} entries" in ended.err
    assert ("would remove fetched/a (" in ended.err) is ("--dry-run" in options)
    assert list((cache.root / "tmp").iterdir()) == []


def test_prune_leaves_what_is_in_use(command: Command, cache: Cache) -> None:
    cache.find("fetched", "a")
    with cache.area.locked("fetched/b"):
        command("cache", "prune", "--max-size", "0")
    assert names(cache) == ["a", "b"]


def test_what_changed_since_it_was_looked_at_stays(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = inventory(cache.root)
    cache.find("fetched", "a")
    shutil.rmtree(cache.root / "v2/fetched/b")
    monkeypatch.setattr(upkeep, "inventory", lambda root: seen)
    pruned = upkeep.prune(cache, time.time(), older_than=0, max_size=None)
    assert [item.name for item in pruned.items] == ["fetched/refs"]
    assert names(cache) == ["a"]
    assert upkeep.verify(cache, repair=True) == (3, ())


def test_an_entry_that_is_being_mended_is_not_removed(command: Command, cache: Cache) -> None:
    harm(cache.root / "v2/fetched/a/files/x")
    with cache.area.locked("fetched/a"):
        assert command("cache", "verify", "--repair").code == 7
    assert names(cache) == ["a", "b", "refs"]


def test_sizes_are_told_in_units(command: Command, cache: Cache) -> None:
    os.truncate(cache.root / "v2/fetched/a/files/x", 5 << 30)
    os.truncate(cache.root / "v2/fetched/b/files/x", 7 << 20)
    printed = command("cache", "list").out
    assert [" 5.0 GiB " in printed, " 7.0 MiB " in printed, " B " in printed] == [True] * 3


def test_prune_removes_what_killed_runs_left(command: Command, cache: Cache) -> None:
    area = cache.root / "tmp"
    with cache.area.staged("fetched/a") as folder:
        killed = folder.rename(folder.with_name(f"{folder.name}x"))
    old, young, lock = area / "old", area / "young", cache.root / "locks" / "old.lock"
    for path in (old, young, lock):
        path.touch()
    used(old, 2)
    used(lock, 2)
    with cache.area.locked("fetched/z"), cache.area.staged("fetched/z") as alive:
        dry = command("cache", "prune", "--dry-run")
        assert f"would remove tmp/{killed.name}" in dry.err
        assert "would remove locks/old.lock" in dry.err
        assert killed.exists()
        ended = command("cache", "prune")
        assert ended.code == 0
        assert sorted(area.iterdir()) == sorted([alive, young])
    assert not lock.exists()
    assert "3 leftovers" in ended.err


def test_what_earlier_versions_kept_is_left_alone_until_it_is_pruned(command: Command, cache: Cache) -> None:
    old = [cache.root / path for path in ("tools/go/gen@v1/gen", "made/a.record", "sets/b/.entry.json")]
    for path in (*old, cache.root / "mine" / "x"):
        path.parent.mkdir(parents=True)
        path.write_text("{}")
    assert command("cache", "verify").code == 0
    assert "3 entries" in command("cache", "list").err
    assert command("cache", "export", "all.tar").code == 0
    assert all(path.exists() for path in old)
    pruned = command("cache", "prune")
    assert (pruned.code, "3 leftovers" in pruned.err) == (0, True)
    left = {path.name for path in cache.root.iterdir()}
    assert left == {"CACHEDIR.TAG", "locks", "mine", "tmp", "v2"}
    assert names(cache) == ["a", "b", "refs"]


def test_prune_refuses_what_is_no_size(command: Command) -> None:
    ended = command("cache", "prune", "--max-size", "big")
    assert ended.code == 2
    assert "'big' is not a size" in ended.err


def test_the_tag_keeps_the_folder_out_of_backups(cache: Cache) -> None:
    text = (cache.root / "CACHEDIR.TAG").read_text()
    assert text.startswith("Signature: 8a477f597d28d172789f06886806bc55\n")


def test_commands_are_told_in_help(command: Command) -> None:
    shown = command("cache", "--help").out
    for name in ("dir", "list", "verify", "prune", "export", "import"):
        assert f"  {name} " in shown
