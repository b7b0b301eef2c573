"""What a run is doing, as events: tasks that begin and end, for whoever listens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What sort of task: what a repository, a language, or a release as a whole is going through."""

    RELEASE = "release"
    FIND = "find"
    READ = "read"
    REFS = "refs"
    FETCH = "fetch"
    PACKAGE = "package"
    COMPILE = "compile"
    TOOLS = "tools"
    GENERATE = "generate"
    ASSEMBLE = "assemble"
    BUILD = "build"
    VERIFY = "verify"
    PUBLISH = "publish"
    COMPARE = "compare"
    RESOLVE = "resolve"
    DRAW = "draw"


@dataclass(frozen=True)
class Task:
    """One piece of work."""

    release: str
    """As typed; empty where none is meant."""
    kind: Kind
    name: str
    """What it is done to."""


@dataclass(frozen=True)
class Began:
    """A task began."""

    task: Task
    received: Callable[[], int] | None = None
    """Gives the bytes so far, at any time."""


@dataclass(frozen=True)
class Ended:
    """A task ended."""

    task: Task
    received: int = 0
    """Bytes in all; 0 where nobody counted."""
    failed: bool = False


Event = Began | Ended


class Meter:
    """Bytes that arrive, counted from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bytes = 0

    def add(self, count: int) -> None:
        """Count some more."""
        with self._lock:
            self._bytes += count

    def __call__(self) -> int:
        """The bytes so far."""
        return self._bytes


@dataclass(frozen=True)
class Progress:
    """What a run reports its tasks to, as they begin and end."""

    hear: Callable[[Event], None] | None = None
    """Called with each event, from any thread; without it nothing happens."""

    @contextmanager
    def task(
        self, release: str, kind: Kind, name: str = "", received: Callable[[], int] | None = None
    ) -> Iterator[None]:
        """Tell that the task begins and ends, however it ends."""
        if self.hear is None:
            yield
            return
        task = Task(release, kind, name)
        self.hear(Began(task, received))
        failed = True
        try:
            yield
            failed = False
        finally:
            self.hear(Ended(task, received() if received else 0, failed))

    def shared(self, release: str, kind: Kind, name: str, parts: int) -> Callable[[bool], None]:
        """Tell that a task begins which is done in parts, at once; to be called with each part's success."""
        hear, task, lock, left = self.hear, Task(release, kind, name), threading.Lock(), [parts, 0]
        if hear is None or not parts:
            return lambda ok: None
        hear(Began(task))

        def ended(ok: bool) -> None:
            with lock:
                left[0] -= 1
                left[1] += not ok
                last = not left[0]
            if last:
                hear(Ended(task, failed=left[1] > 0))

        return ended


def size_text(count: float) -> str:
    """Bytes in the unit that suits: `512 B`, `1.5 KiB`, `2.0 GiB`."""
    amount = float(count)
    for unit in ("B", "KiB", "MiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"
