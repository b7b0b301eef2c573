"""Locks of the system on what is open, which it takes back when the holder dies, however it does."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_POLL_SECONDS = 0.02
# EBADF: network file systems lock by another call, which wants what is open to be writable.
_NO_LOCKS_HERE = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.EBADF, errno.EINVAL, errno.ENOSYS})


def lock(descriptor: int, deadline: float) -> bool:
    """Wait for the lock, until the monotonic clock says so. False where the file system has no locks.

    Raises TimeoutError where another keeps it for longer, and OSError.
    """
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise TimeoutError(errno.ETIMEDOUT, "another run keeps the lock") from None
            time.sleep(_POLL_SECONDS)
        except OSError as error:
            if error.errno not in _NO_LOCKS_HERE:
                raise
            return False
        else:
            return True


@contextmanager
def held(file: Path, seconds: float) -> Iterator[bool]:
    """Hold the lock of a file, which is made where it isn't there. Gives False where locks don't work.

    Raises TimeoutError where another keeps it for longer than that, and OSError.
    """
    deadline = time.monotonic() + seconds
    while True:
        # For all users of a cache that several share, as far as the umask lets them.
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            works = lock(descriptor, deadline)
            if not works or _is_still(file, descriptor):
                yield works
                return
        finally:
            os.close(descriptor)


def _is_still(file: Path, descriptor: int) -> bool:
    """Whether the name still means the file that was locked: an old lock may just have been removed."""
    try:
        return os.path.samestat(file.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
