"""Threads for work that waits on processes and networks, which end when the user interrupts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protogen.process import Processes


@contextmanager
def threads(count: int, processes: Processes) -> Iterator[ThreadPoolExecutor]:
    """A pool of threads. What hasn't begun is dropped on any error; an interrupt ends the children too."""
    pool = ThreadPoolExecutor(max_workers=max(1, count))
    try:
        yield pool
    except BaseException as error:
        if not isinstance(error, Exception):
            processes.cancel()
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown()
