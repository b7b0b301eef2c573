"""Locks on folders that leave no file behind: one run at a time writes into a folder's children."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from protogen.errors import OutputUnwritable
from protogen.system import flock

WAIT_SECONDS = 60.0


class FolderVanished(Exception):
    """A folder to lock isn't there, or not any more: its parent's owner must look again."""


@contextmanager
def held(folders: Iterable[Path]) -> Iterator[None]:
    """Hold the locks of all the folders, taken in sorted order so that two runs can't deadlock.

    Waits up to WAIT_SECONDS in all. Raises OutputUnwritable where another run keeps one for longer,
    FolderVanished where a folder isn't there, and OSError. File systems without locks go unlocked.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    mine: set[tuple[int, int]] = set()
    with ExitStack() as stack:
        for folder in sorted(set(folders)):
            try:
                descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except (FileNotFoundError, NotADirectoryError) as error:
                raise FolderVanished(folder) from error
            stack.callback(os.close, descriptor)
            status = os.fstat(descriptor)
            if (status.st_dev, status.st_ino) in mine:
                continue  # the same folder by another name
            mine.add((status.st_dev, status.st_ino))
            try:
                flock.lock(descriptor, deadline)
            except TimeoutError:
                raise OutputUnwritable(
                    f"another protogen is writing in {folder} since {WAIT_SECONDS:.0f} s",
                    where=str(folder),
                    remedy="wait until it ends, then run the same command again",
                ) from None
            if not _is_still(folder, status):
                raise FolderVanished(folder)
        yield


def _is_still(folder: Path, status: os.stat_result) -> bool:
    """Whether the name still means the folder that was locked: the one before us may have replaced it."""
    try:
        return os.path.samestat(folder.stat(), status)
    except FileNotFoundError:
        return False
