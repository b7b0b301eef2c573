from __future__ import annotations

import errno
import fcntl
import os
import threading
from pathlib import Path

import pytest

from protogen.system.flock import held


def refusing(code: int) -> object:
    def refuse(_descriptor: int, _operation: int) -> None:
        raise OSError(code, os.strerror(code))

    return refuse


def test_a_lock_is_held_by_one_and_free_afterwards(tmp_path: Path) -> None:
    file = tmp_path / "a.lock"
    with held(file, 0.0) as works:
        assert works
        with pytest.raises(TimeoutError, match="another run keeps the lock"), held(file, 0.05):
            pass
        with held(tmp_path / "b.lock", 0.0):
            pass
    with held(file, 0.0):
        pass


def test_an_error_frees_the_lock(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), held(tmp_path / "a.lock", 0.0):
        raise ZeroDivisionError
    with held(tmp_path / "a.lock", 0.0):
        pass


def test_who_waits_gets_it_next(tmp_path: Path) -> None:
    taken, got = threading.Event(), threading.Event()

    def wait() -> None:
        taken.wait(10)
        with held(tmp_path / "a.lock", 10.0):
            got.set()

    thread = threading.Thread(target=wait)
    thread.start()
    with held(tmp_path / "a.lock", 0.0):
        taken.set()
        assert not got.wait(0.05)
    thread.join(10)
    assert got.is_set()


def test_a_lock_that_was_removed_meanwhile_is_taken_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, take, taken = tmp_path / "a.lock", fcntl.flock, []

    def removed_first(descriptor: int, operation: int) -> None:
        take(descriptor, operation)
        taken.append(descriptor)
        if len(taken) == 1:
            file.unlink()
        elif len(taken) == 2:
            file.rename(tmp_path / "elsewhere")
            file.touch()

    monkeypatch.setattr(fcntl, "flock", removed_first)
    with held(file, 0.0):
        assert len(taken) == 3
        assert os.path.samestat(file.stat(), os.fstat(taken[-1]))


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_file_system_without_locks_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(fcntl, "flock", refusing(code))
    with held(tmp_path / "a.lock", 0.0) as works:
        assert not works


def test_other_errors_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcntl, "flock", refusing(errno.EIO))
    with pytest.raises(OSError, match="Input/output error"), held(tmp_path / "a.lock", 0.0):
        pass
    with pytest.raises(FileNotFoundError), held(tmp_path / "none" / "a.lock", 0.0):
        pass
