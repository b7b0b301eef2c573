"""A lock that a file stands for."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from protogen.system import flock


@contextmanager
def locked(file: Path, seconds: float) -> Iterator[bool]:
    """Hold the lock of a file, which is made where it isn't there. Gives False where locks don't work.

    Raises TimeoutError where another keeps it for longer than that, and OSError.
    """
    deadline = time.monotonic() + seconds
    while True:
        # For all users of a cache that several share, as far as the umask lets them.
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            works = flock.lock(descriptor, deadline)
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
