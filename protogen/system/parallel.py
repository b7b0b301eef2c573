"""Threads for work that waits on processes, disks and networks, and what they share.

They end when the user interrupts.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from protogen.system.process import Processes


T = TypeVar("T")


@contextmanager
def threads(count: int, processes: Processes) -> Iterator[ThreadPoolExecutor]:
    """A pool of threads. What hasn't begun is dropped on any error; an interrupt ends the children too."""
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(max_workers=max(1, count))
    try:
        yield pool
    except BaseException as error:
        if not isinstance(error, Exception):
            processes.cancel()
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown()


def at_once(
    acts: Sequence[Callable[[], T]], processes: Processes | None = None, *, most: int | None = None
) -> list[T]:
    """What each act returns, in order; this thread and others, `most` in all, each take the next one.

    most: a thread for each act where it isn't given. processes: whose children an interruption ends.
    For the few places that every run passes: to import a pool takes as long as to ask a remote.
    After a failure no act begins, and when all threads have ended, the first failure in order is
    raised.
    """
    ahead = iter(list(enumerate(acts)))
    results: dict[int, T] = {}
    failures: dict[int, BaseException] = {}

    def stop(error: BaseException) -> None:
        _drop(ahead)
        if processes and not isinstance(error, Exception):
            processes.cancel()

    def work() -> None:
        for number, act in ahead:
            try:
                results[number] = act()
            except BaseException as error:
                failures[number] = error
                stop(error)

    others = [Thread(target=work) for _ in acts[1:most]]
    try:
        for thread in others:
            thread.start()
        work()
        _join(others)
    except BaseException as error:
        stop(error)
        _join(others)
        raise
    if failures:
        raise failures[min(failures, key=lambda number: (isinstance(failures[number], Exception), number))]
    return [results[number] for number in range(len(acts))]


class Background:
    """Work that is begun early, in threads of its own, and whose failures are left to who needs it done."""

    def __init__(self) -> None:
        self._threads: dict[Hashable, Thread] = {}

    def begin(self, key: Hashable, act: Callable[[], object]) -> None:
        """Begin the work, unless it was begun before."""
        if key not in self._threads:
            self._threads[key] = Thread(target=_quietly, args=(act,))
            self._threads[key].start()

    def join(self) -> None:
        """Wait until all work has ended; its children are the caller's to end before."""
        _join(list(self._threads.values()))


class Once:
    """What several releases of a run share: values and failures by key, asked for once.

    Threads that come later wait for the first.
    """

    def __init__(self) -> None:
        self._slots: dict[Hashable, _Slot] = {}
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What make returned at the first call with the key. Raises what it raised."""
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
        made: T = slot.get(make)
        return made

    def __contains__(self, key: Hashable) -> bool:
        return key in self._slots


class _Slot:
    def __init__(self) -> None:
        self._lock = Lock()
        self._value: Any = None
        self._error: BaseException | None = None
        self._is_filled = False

    def get(self, make: Callable[[], Any]) -> Any:
        with self._lock:
            if not self._is_filled:
                try:
                    self._value = make()
                except BaseException as error:
                    self._error = error
                self._is_filled = True
        if self._error:
            raise self._error
        return self._value


def _quietly(act: Callable[[], object]) -> None:
    with suppress(Exception):
        act()


def _drop(rest: Iterator[object]) -> None:
    for _ in rest:
        pass


def _join(begun: Sequence[Thread]) -> None:
    for thread in begun:
        if thread.ident is not None:
            thread.join()
