"""The system's lock on what is open, which it takes back when the holder dies, however it does."""

from __future__ import annotations

import errno
import fcntl
import time

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
