"""Making what was written outlast a loss of power: many files and folders in one go."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from protogen.system.parallel import at_once

_THREADS = 8
_NO_SYNC_HERE = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EBADF})


def sync_trees(roots: Iterable[Path], folders: Iterable[Path] = ()) -> None:
    """Make the files and folders in the roots durable, the roots too, and the entries of the folders.

    All files are on their way before the first is waited for, and several are waited for at once, so
    that the file system commits them together. Raises OSError.
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
    for file in files:
        _begin_writing(file)
    acts = [partial(sync_file, path) for path in files]
    acts += [partial(sync_folder, path) for path in (*inner, *map(os.fspath, folders))]
    at_once(acts, most=_THREADS)


def _begin_writing(file: str) -> None:
    """Have the system write the file soon, where it takes advice."""
    if hasattr(os, "posix_fadvise"):
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        try:
            # Linux begins to write what it would have to before it dropped it, which it doesn't.
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


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
