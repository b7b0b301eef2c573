"""Making what was written outlast a loss of power: many files and folders in one go."""

from __future__ import annotations

import errno
import os
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    Act = tuple[Callable[[str], None], str]

_THREADS = 8
_NO_SYNC_HERE = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EBADF})


def sync_trees(roots: Iterable[Path], folders: Iterable[Path] = ()) -> None:
    """Make the files and folders in the roots durable, the roots too, and the entries of the folders.

    By threads, as a file system syncs many files in one go. Raises OSError.
    """
    inner = [os.fspath(root) for root in roots]
    files: list[str] = []
    for folder in inner:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    inner.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    files.append(entry.path)
    _at_once(
        [(sync_file, path) for path in files]
        + [(sync_folder, path) for path in (*inner, *map(os.fspath, folders))]
    )


def sync_file(path: str | Path) -> None:
    """Make the file's content durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: str | Path) -> None:
    """Make the folder's entries durable, where the file system can."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SYNC_HERE:
            raise
    finally:
        os.close(descriptor)


def _at_once(acts: list[Act]) -> None:
    """Each thread takes the next act from the one iterator, which costs less than to hand them out."""
    ahead = iter(acts)
    failures: list[BaseException] = []

    def work() -> None:
        for act, path in ahead:
            act(path)

    def work_aside() -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)
            _drop(ahead)

    others = [Thread(target=work_aside) for _ in acts[1:_THREADS]]
    try:
        for thread in others:
            thread.start()
        work()
    finally:
        _drop(ahead)  # after a failure or an interruption, nothing goes on when this has ended
        for thread in others:
            if thread.ident is not None:
                thread.join()
    if failures:
        raise failures[0]


def _drop(rest: Iterator[Act]) -> None:
    for _ in rest:
        pass
