"""What a run does, as lines: for a log, folded release by release where the CI can fold."""

from __future__ import annotations

import re
import shlex
import threading
import time
from collections.abc import Callable
from enum import Enum

from protogen.cli.report import duration
from protogen.system.process import ProcessEnded
from protogen.system.progress import Began, Ended, Event, Kind, Task, size_text
from protogen.system.text import printable

# What ended sooner is no news to anybody.
NEWS_SECONDS = 0.5
_LONGEST_COMMAND = 1000
_MESSAGES = {
    Kind.RELEASE: ("making", "made"),
    Kind.READ: ("reading", "read"),
    Kind.REFS: ("listing refs of", "listed refs of"),
    Kind.FETCH: ("fetching", "fetched"),
    Kind.PACKAGE: ("fetching", "fetched"),
    Kind.COMPILE: ("compiling", "compiled"),
    Kind.TOOLS: ("providing tools for", "provided tools for"),
    Kind.GENERATE: ("generating", "generated"),
    Kind.ASSEMBLE: ("assembling", "assembled"),
    Kind.BUILD: ("building", "built"),
    Kind.VERIFY: ("verifying", "verified"),
    Kind.PUBLISH: ("publishing", "published"),
    Kind.COMPARE: ("comparing", "compared"),
    Kind.FIND: ("finding the release", "found the release"),
    Kind.RESOLVE: ("resolving", "resolved"),
    Kind.DRAW: ("drawing", "drew"),
}
# Where the name stands beside the message, in a column of its own.
_IN_A_ROW = {
    Kind.REFS: ("listing refs", "listed refs"),
    Kind.TOOLS: ("getting tools", "tools ready"),
}


class Folds(Enum):
    """How a CI's log folds lines."""

    NONE = "none"
    GITHUB = "github"
    GITLAB = "gitlab"


class Lines:
    """Writes lines for events; a fold begins with a release's first line and ends with the release."""

    def __init__(
        self,
        write: Callable[[str], None],
        *,
        beginnings: bool = False,
        ends: bool = False,
        folds: Folds = Folds.NONE,
        now: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._write, self._now, self._clock = write, now, clock
        self._beginnings, self._ends, self._folds = beginnings, ends, folds
        self._lock = threading.Lock()
        self._began: dict[Task, float] = {}
        self._release = self._open = ""

    def hear(self, event: Event) -> None:
        """Note what happened, and write a line where it is news."""
        with self._lock:
            if event.task.kind is Kind.RELEASE:
                self._end_fold()
                self._release = event.task.release if isinstance(event, Began) else ""
            elif isinstance(event, Began):
                self._began[event.task] = self._now()
                if self._beginnings:
                    self._line(begins(event.task))
            elif self._ends:
                self._end(event)

    def process_ended(self, process: ProcessEnded) -> None:
        """Write a line for a process."""
        with self._lock:
            self._line(process_line(process))

    def close(self) -> None:
        """End the fold."""
        with self._lock:
            self._end_fold()

    def _end(self, event: Ended) -> None:
        took = self._now() - self._began.pop(event.task, self._now())
        if took >= NEWS_SECONDS or event.failed:
            received = f", {size_text(event.received)}" if event.received else ""
            self._line(f"{ends(event.task, failed=event.failed)} ({duration(took)}{received})")

    def _line(self, line: str) -> None:
        if self._release and not self._open:
            self._begin_fold()
        self._write(line)

    def _begin_fold(self) -> None:
        name = self._open = self._release
        if self._folds is Folds.GITHUB:
            self._write(f"::group::{printable(name).replace('%', '%25')}")
        elif self._folds is Folds.GITLAB:
            mark = f"section_start:{self._clock():.0f}:{_section(name)}"
            self._write(f"\x1b[0K{mark}\r\x1b[0K{printable(name)}")

    def _end_fold(self) -> None:
        name, self._open = self._open, ""
        if name and self._folds is Folds.GITHUB:
            self._write("::endgroup::")
        elif name and self._folds is Folds.GITLAB:
            self._write(f"\x1b[0Ksection_end:{self._clock():.0f}:{_section(name)}\r\x1b[0K")


def in_a_row(kind: Kind, state: str) -> str:
    """What a row of the board says. state: `running`, `done` or `failed`."""
    running, done = _IN_A_ROW.get(kind, _MESSAGES[kind])
    return {"running": running, "done": done, "failed": f"failed {running}"}[state]


def begins(task: Task) -> str:
    """The task as it begins, after its release: `r2.11: compiling 101 protos`."""
    return _after_release(task, _MESSAGES[task.kind][0])


def ends(task: Task, *, failed: bool) -> str:
    """The task as it ended."""
    running, done = _MESSAGES[task.kind]
    return _after_release(task, f"failed {running}" if failed else done)


def process_line(process: ProcessEnded) -> str:
    """A process that ended: `$ git fetch origin (in /srv/cache, 0.71 s, exit 0)`."""
    command = shlex.join(map(_first_line, process.argv))
    if len(command) > _LONGEST_COMMAND:
        command = f"{command[:_LONGEST_COMMAND]}..."
    ended = f"in {process.cwd}, {process.seconds:.2f} s, exit {process.exit_code}"
    return printable(f"$ {command} ({ended})")


def _first_line(text: str) -> str:
    first, *more = text.splitlines() or [""]
    return f"{first} ..." if more else first


def _after_release(task: Task, message: str) -> str:
    message = f"{message} {task.name}".rstrip()
    return printable(f"{task.release}: {message}" if task.release else message)


def _section(name: str) -> str:
    return "protogen_" + re.sub(r"[^A-Za-z0-9_.-]", "_", name)
