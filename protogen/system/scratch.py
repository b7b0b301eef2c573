"""Scratch folders that leave no litter: what a killed run left behind, the next one sweeps away."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from protogen.errors import OutputUnwritable

_IN_USE, _IN_MAKING = "protogen-scratch-", "protogen-making-"
# Marks a folder that the user was told of, and will remove.
_KEPT = ".protogen-kept"
_MAKING_SECONDS = 3600.0


@contextmanager
def scratch(*, kept_for: tuple[type[Exception], ...] = ()) -> Iterator[Path]:
    """A folder that is gone afterwards, but for errors that send the user to look into it.

    Its owner holds a lock on it, which the system takes back when the owner dies, however it does;
    a folder gets the name that others sweep only once it is locked.
    """
    import shutil
    import tempfile

    base = temporary_folder()
    _sweep(base)
    making = Path(tempfile.mkdtemp(prefix=_IN_MAKING, dir=base))
    lock = os.open(making, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        folder = making.rename(making.with_name(making.name.replace(_IN_MAKING, _IN_USE)))
        keep = False
        try:
            yield folder
        except kept_for:
            keep = True
            (folder / _KEPT).touch()
            raise
        except OSError as error:
            raise disk_full(error.strerror or "", base) or error from None
        finally:
            if not keep:
                shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)


def temporary_folder() -> Path:
    """Where the system has its temporary folders.

    Raises OutputUnwritable where none can be written.
    """
    import tempfile

    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError:
        raise OutputUnwritable(
            "there is no folder for temporary files that can be written",
            where=os.environ.get("TMPDIR", "/tmp"),  # noqa: S108
            remedy="set TMPDIR to a folder that can be written, and run the same command again",
        ) from None


def disk_full(
    message: str, folder: Path | None = None, instead: str = "set TMPDIR"
) -> OutputUnwritable | None:
    """The error that a message of the system or of a child means, where it is that no room is left.

    folder: where there is none, the scratch folder where nothing is said; instead: how to take another.
    """
    if not any(os.strerror(number) in message for number in (errno.ENOSPC, errno.EDQUOT)):
        return None
    import tempfile

    return OutputUnwritable(
        "the disk is full",
        where=str(folder or tempfile.gettempdir()),
        remedy=f"make room there, or {instead} to a folder that has some",
    )


def _sweep(base: Path) -> None:
    with suppress(OSError):
        for name in os.listdir(base):  # noqa: PTH208 - names do, of many that aren't ours
            if name.startswith((_IN_USE, _IN_MAKING)):
                with suppress(FileNotFoundError):  # its owner was faster
                    _remove_if_left(base / name)


def _remove_if_left(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        return
    if folder.name.startswith(_IN_MAKING) and time.time() - found.st_mtime < _MAKING_SECONDS:
        return
    if (folder / _KEPT).exists():
        return
    import shutil

    with suppress(OSError):
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)
