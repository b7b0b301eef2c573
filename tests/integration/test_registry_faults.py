"""What can go wrong while releases are added to a registry: clients go on taking whole packages from it."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from protogen.cli import main
from protogen.errors import OutputUnwritable
from protogen.registry.change import is_pending
from protogen.registry.checking import findings
from protogen.registry.folder import Folder
from protogen.registry.yanking import yank
from tests.integration.test_publish_faults import DONE, in_child
from tests.integration.test_publish_mounts import MS_BIND, MS_RDONLY, MS_REMOUNT, mount, with_mounts
from tests.support.registry_adding import URL, put
from tests.support.registry_reading import broken, stale_sums, versions
from tests.support.static_server import serving

# How many kills in all; CI asks for more.
KILLS = int(os.environ.get("PROTOGEN_KILLS", "4"))
MANY = KILLS >= 100
OWN = ".protogen"


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting for the disk: a kill loses nothing that a process wrote."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


def served(root: Path) -> dict[str, bytes]:
    """All files but the registry's own."""
    paths = (path for path in root.rglob("*") if path.is_file() and OWN not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def on_disk(root: Path) -> Callable[[str], bytes]:
    return lambda path: (root / path).read_bytes()


# A disk that is full, and one that may not be written.


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize(("what", "step"), [("size", 24 * 1024), ("nr_inodes", 9)])
def test_a_disk_that_is_full_at_any_place_changes_nothing_that_is_served(
    tmp_path: Path, what: str, step: int
) -> None:
    put(tmp_path / "expected", "1.2.0")
    put(tmp_path / "expected", "1.3.0")
    small = tmp_path / "small"
    small.mkdir()
    root = small / "registry"

    def act() -> object:
        mount("tmpfs", small, "tmpfs", options="size=64m,nr_inodes=9999")
        put(root, "1.2.0")
        before = served(root)
        room = os.statvfs(small)
        used = (room.f_files - room.f_ffree, (room.f_blocks - room.f_bfree) * room.f_bsize)[what == "size"]
        refused: list[str] = []
        for number in range(100):
            mount("tmpfs", small, "tmpfs", MS_REMOUNT, f"{what}={used + number * step}")
            try:
                put(root, "1.3.0")
            except OutputUnwritable as error:
                assert error.code == 8
                assert served(root) == before
                assert list(findings(Folder(root))) == []
                assert not (root / OWN / "staged").exists()
                refused.append(error.message)
            else:
                return refused, served(root)
        raise AssertionError("no disk is large enough")

    result: Any = with_mounts(act)
    refused, after = result
    assert len(refused) > 3
    assert all("the disk is full" in each for each in refused)
    assert after == served(tmp_path / "expected")


def test_a_read_only_folder_serves_and_is_changed_by_nobody(tmp_path: Path) -> None:
    root = tmp_path / "registry"
    put(root, "1.2.0")
    before = served(root)

    def act() -> object:
        mount(root, root, flags=MS_BIND)
        mount("none", root, flags=MS_REMOUNT | MS_BIND | MS_RDONLY)
        told = []
        changes: tuple[Callable[[], object], ...] = (
            lambda: put(root, "1.3.0"),
            lambda: put(root / "new", "1.3.0"),
            lambda: yank(root, "team-api", "1.2.0", "breaks"),
        )
        for change in changes:
            try:
                change()
            except OutputUnwritable as error:
                told.append((error.code, error.message.rpartition(": ")[2]))
        looked = [main.run(["registry", look, str(root)]) for look in ("list", "verify")]
        return told, looked, served(root)

    result: Any = with_mounts(act)
    told, looked, after = result
    assert told == [(8, "the file system is read-only")] * 3
    assert looked == [0, 0]
    assert after == before


# Several at once.


def start(root: Path, *arguments: str) -> subprocess.Popen[str]:
    """A process that is to add a release."""
    argv = [sys.executable, "-m", "tests.support.registry_adding", str(root), *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        argv, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=Path(__file__).parents[2]
    )


def begin(child: subprocess.Popen[str]) -> None:
    """Wait until it is ready, and have it begin."""
    assert child.stdin
    assert child.stdout
    assert child.stdout.readline() == "ready\n"
    child.stdin.write("\n")
    child.stdin.flush()


def at_once(root: Path, *runs: tuple[str, ...]) -> list[tuple[int, str]]:
    """The exit code and the error of each of several processes that add to a registry at the same time."""
    children = [start(root, *arguments) for arguments in runs]
    for child in children:
        begin(child)
    ended = [child.communicate(timeout=120)[1] for child in children]
    return [(child.returncode, err) for child, err in zip(children, ended, strict=True)]


def test_eight_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    numbers = [f"1.{minor}.0" for minor in range(8)]
    assert at_once(tmp_path / "registry", *((each,) for each in numbers)) == [(0, "")] * 8
    for each in numbers:
        put(tmp_path / "expected", each)
    assert served(tmp_path / "registry") == served(tmp_path / "expected")
    assert list(findings(Folder(tmp_path / "registry"))) == []


def test_of_four_processes_with_other_bytes_of_a_version_one_publishes_it(tmp_path: Path) -> None:
    root = tmp_path / "registry"
    ended = at_once(root, *(("1.2.0", text) for text in "abcd"))
    assert sorted(code for code, _ in ended) == [0, 8, 8, 8]
    assert all("a version is published once" in err for code, err in ended if code)
    put(tmp_path / "expected", "1.2.0", "abcd"[[code for code, _ in ended].index(0)])
    assert served(root) == served(tmp_path / "expected")


# Kills.


@pytest.mark.usefixtures("no_waiting")
def test_a_kill_before_any_system_call_leaves_what_serves_and_the_next_run_completes(tmp_path: Path) -> None:
    expected = tmp_path / "expected"
    put(expected, "1.2.0")
    template = shutil.copytree(expected, tmp_path / "template")
    put(expected, "1.3.0")
    completed = kept = 0
    drawn = random.Random(18)
    number = 1
    while True:
        root = shutil.copytree(template, tmp_path / str(number))
        if in_child(partial(put, root, "1.3.0"), kill_before=number) == DONE:
            break
        assert broken(on_disk(root), URL) == []
        assert versions(on_disk(root)) in ({"v1.2.0"}, {"v1.2.0", "v1.3.0"})
        if is_pending(root):
            # Who completes it may be killed as well.
            if in_child(partial(put, root, "1.2.0"), kill_before=drawn.randrange(1, 40)) != DONE:
                assert broken(on_disk(root), URL) == []
            put(root, "1.2.0")
            completed += 1
        else:
            assert served(root) in (served(template), served(expected))
            kept += 1
        assert stale_sums(on_disk(root)) == []
        assert list(findings(Folder(root))) == []
        put(root, "1.3.0")
        assert served(root) == served(expected)
        shutil.rmtree(root)
        number += 1 if MANY else 29
    assert completed > 1
    assert kept > 1


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Where the registry is served."""
    root = tmp_path / "registry"
    root.mkdir()
    with serving(root) as address:
        yield address


def test_a_reader_never_sees_a_broken_package_while_writers_are_killed(tmp_path: Path, address: str) -> None:
    root = tmp_path / "registry"
    seconds = []
    for number in range(3):
        child = start(root, f"0.{number}.0")
        begin(child)
        out, err = child.communicate(timeout=60)
        assert child.returncode == 0, err
        seconds.append(float(out))
    drawn = random.Random(18)
    wrong: list[str] = []
    rounds: list[int] = []
    ended = threading.Event()

    def get(path: str) -> bytes:
        with urllib.request.urlopen(f"{address}/{path}", timeout=10) as answer:
            content: bytes = answer.read()
            return content

    def read() -> None:
        while not ended.is_set():
            try:
                wrong.extend(broken(get, URL))
            except Exception as error:
                wrong.append(repr(error))
            rounds.append(1)

    reader = threading.Thread(target=read)
    reader.start()
    undone = completed = done = 0
    try:
        for number in range(KILLS):
            child = start(root, f"1.{number}.0")
            begin(child)
            # Over all that a writer does, from before it begins to after its end.
            time.sleep(drawn.uniform(0, 1.2 * max(seconds)))
            child.send_signal(signal.SIGKILL)
            child.communicate()
            pending, there = is_pending(root), f"v1.{number}.0" in versions(on_disk(root))
            completed, done, undone = (
                completed + pending,
                done + (there and not pending),
                undone + (not there and not pending),
            )
        for number in range(KILLS):
            put(root, f"1.{number}.0")
    finally:
        ended.set()
        reader.join()
    assert rounds
    assert wrong == []
    assert versions(on_disk(root)) == {
        f"v{major}.{n}.0" for major, most in ((0, 3), (1, KILLS)) for n in range(most)
    }
    assert stale_sums(on_disk(root)) == []
    assert list(findings(Folder(root))) == []
    if MANY:
        assert undone
        assert done
        assert completed, "no kill hit a change that was decided and not carried out"
