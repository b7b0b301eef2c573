"""Progress as lines: for a log, folded release by release where the CI can fold."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from protogen.cli.progress import words
from protogen.cli.progress.surroundings import Folds, Showing
from protogen.cli.report import duration, size
from protogen.system.progress import Began, Ended, Kind

if TYPE_CHECKING:
    from protogen.system.progress import Event, Task


# What ended sooner is no news to anybody.
NEWS_SECONDS = 0.5


@dataclass
class _Release:
    """Lines of a release that wait for their fold, and whether no more will come."""

    waiting: list[str] = field(default_factory=list)
    ended: bool = False


class Lines:
    """Writes lines for events. A log has one fold open at a time: other releases' lines wait for theirs."""

    def __init__(
        self,
        write: Callable[[str], None],
        showing: Showing,
        now: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._write, self._showing, self._now, self._clock = write, showing, now, clock
        self._lock = threading.Lock()
        self._began: dict[Task, float] = {}
        self._releases: dict[str, _Release] = {}
        self._open = ""

    def hear(self, event: Event) -> None:
        """Note what happened, and tell it where it is news."""
        with self._lock:
            if event.task.kind is Kind.RELEASE:
                self._turn(event)
            elif isinstance(event, Began):
                self._began[event.task] = self._now()
                if self._showing.beginnings:
                    self._tell(event.task.release, words.begins(event.task))
            elif self._showing.ends:
                self._end(event)

    def close(self) -> None:
        """Write what waits, and end the fold."""
        with self._lock:
            self._fold_end()
            for release in self._releases.values():
                release.ended = True
            self._write_waiting()

    def _end(self, event: Ended) -> None:
        took = self._now() - self._began.pop(event.task, self._now())
        if took >= NEWS_SECONDS or event.failed:
            received = f", {size(event.received)}" if event.received else ""
            said = words.ends(event.task, failed=event.failed)
            self._tell(event.task.release, f"{said} ({duration(took)}{received})")

    def _turn(self, event: Event) -> None:
        """A release begins or ends."""
        name = event.task.release
        if isinstance(event, Began):
            self._releases[name] = _Release()
            return
        self._releases.setdefault(name, _Release()).ended = True
        if self._open == name:
            self._fold_end()
        self._write_waiting()

    def _tell(self, name: str, line: str) -> None:
        release = self._releases.get(name)
        if self._showing.folds is Folds.NONE or release is None:
            self._write(line)
            return
        if not self._open:
            self._fold_begin(name)
        if self._open == name:
            self._write(line)
        else:
            release.waiting.append(line)

    def _write_waiting(self) -> None:
        """The releases whose lines waited, whole ones until one is still being made."""
        for name, release in self._releases.items():
            if self._open or not release.waiting:
                continue
            self._fold_begin(name)
            for line in release.waiting:
                self._write(line)
            release.waiting.clear()
            if release.ended:
                self._fold_end()

    def _fold_begin(self, name: str) -> None:
        self._open = name
        if self._showing.folds is Folds.GITHUB:
            self._write(f"::group::{words.clean(name).replace('%', '%25')}")
        elif self._showing.folds is Folds.GITLAB:
            mark = f"section_start:{self._clock():.0f}:{_section(name)}"
            self._write(f"\x1b[0K{mark}\r\x1b[0K{words.clean(name)}")

    def _fold_end(self) -> None:
        name, self._open = self._open, ""
        if name and self._showing.folds is Folds.GITHUB:
            self._write("::endgroup::")
        elif name and self._showing.folds is Folds.GITLAB:
            self._write(f"\x1b[0Ksection_end:{self._clock():.0f}:{_section(name)}\r\x1b[0K")


def _section(name: str) -> str:
    return "protogen_" + re.sub(r"[^A-Za-z0-9_.-]", "_", name)
