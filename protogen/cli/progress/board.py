"""The live board: lines at the foot of a terminal, which changes in place and goes with the work."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from protogen.cli import report
from protogen.cli.progress.lines import in_a_row
from protogen.cli.report import duration
from protogen.system.progress import Began, Event, Kind, size_text
from protogen.system.text import printable

if TYPE_CHECKING:
    from rich.console import Console, Group
    from rich.live import Live

# Work that is done sooner shows nothing.
DELAY_SECONDS = 0.5
_FRAMES_PER_SECOND = 8
_REPOSITORY = {Kind.REFS, Kind.FETCH, Kind.PACKAGE}
_LANGUAGE = {Kind.TOOLS, Kind.GENERATE, Kind.ASSEMBLE, Kind.BUILD, Kind.VERIFY}
_LONGEST_NAME = 32
_STYLES = {"running": "", "done": "green", "failed": "red"}
_MARKS = {
    False: {"running": "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "done": "✓", "failed": "✗"},
    True: {"running": "|/-\\", "done": "+", "failed": "x"},
}


@dataclass(frozen=True)
class Line:
    """One line of the picture, and its style as rich names it."""

    text: str
    style: str


@dataclass
class _Row:
    """A release, or the latest task of one of its repositories, stages or languages."""

    kind: Kind
    name: str
    began: float
    received: Callable[[], int] = lambda: 0
    ended: float | None = None
    failed: bool = False

    @property
    def rank(self) -> int:
        """Repositories, then stages, then languages."""
        return 0 if self.kind in _REPOSITORY else 2 if self.kind in _LANGUAGE else 1

    @property
    def state(self) -> str:
        return "running" if self.ended is None else "failed" if self.failed else "done"


@dataclass
class _Release:
    """A release's own row and those below it, by what they are of."""

    title: _Row
    rows: dict[object, _Row] = field(default_factory=dict)

    def visible(self) -> list[_Row]:
        """Its rows as they are shown: one where it ended; stages go when they end."""
        head = [self.title] if self.title.name else []
        if self.title.ended is not None:
            return head
        rows = [row for row in self.rows.values() if row.rank != 1 or row.ended is None]
        return [*head, *sorted(rows, key=lambda row: row.rank)]


class Picture:
    """Hears events, and draws what it heard. Times are seconds of any one clock."""

    def __init__(self, *, ascii_only: bool) -> None:
        self._ascii = ascii_only
        self._releases: dict[str, _Release] = {}

    def hear(self, event: Event, now: float) -> None:
        """Take an event in."""
        task = event.task
        title = _Row(Kind.RELEASE, task.release, now)
        release = self._releases.setdefault(task.release, _Release(title))
        key = (task.name, task.kind in _REPOSITORY or task.kind in _LANGUAGE or task.kind)
        if isinstance(event, Began):
            if task.kind is not Kind.RELEASE:
                release.rows[key] = _Row(task.kind, task.name, now, event.received or (lambda: 0))
            return
        row = release.title if task.kind is Kind.RELEASE else release.rows.get(key)
        if row and row.kind is task.kind:
            total = event.received
            row.ended, row.failed, row.received = now, event.failed, lambda: total

    def lines(self, now: float, height: int) -> list[Line]:
        """The picture, in at most so many lines."""
        rows = self._fitting(height)
        names = [len(row.name) for row in rows if row.kind is not Kind.RELEASE]
        width = min(max(names, default=0), _LONGEST_NAME)
        return [self._line(row, width, now) for row in rows]

    def _fitting(self, height: int) -> list[_Row]:
        """The rows that the height has room for: what runs comes before what is done."""
        shown = {name: release.visible() for name, release in self._releases.items()}
        for name, release in self._releases.items():
            if sum(map(len, shown.values())) > height and release.title.ended is not None:
                del shown[name]
        return [row for rows in shown.values() for row in rows][: max(height, 0)]

    def _line(self, row: _Row, width: int, now: float) -> Line:
        frames = _MARKS[self._ascii][row.state]
        mark = frames[int(now * _FRAMES_PER_SECOND) % len(frames)]
        name = printable(row.name)
        if self._ascii:
            name = name.encode("ascii", "backslashreplace").decode()
        style, took = _STYLES[row.state], duration((now if row.ended is None else row.ended) - row.began)
        if row.kind is Kind.RELEASE:
            return (
                Line(f"{name}  {took}", "bold")
                if row.ended is None
                else Line(f"{mark} {name}  {took}", style)
            )
        what, received = in_a_row(row.kind, row.state), row.received()
        amount = size_text(received) if received else ""
        text = f"  {mark} {name[:_LONGEST_NAME]:<{width}}  {what:<13} {took:>12}  {amount:>10}"
        return Line(text.rstrip(), style)


class Board:
    """Shows a picture after a delay; lines that are said meanwhile stand above it."""

    def __init__(self, *, ascii_only: bool, delay: float = DELAY_SECONDS) -> None:
        self._picture = Picture(ascii_only=ascii_only)
        self._lock = threading.Lock()
        # Held while something is written to the terminal, which the picture's lock never is.
        self._writing = threading.RLock()
        self._live: Live | None = None
        self._closed = False
        self._timer = threading.Timer(delay, self._show)
        self._timer.daemon = True
        self._timer.start()

    def hear(self, event: Event) -> None:
        """Take an event in; it is seen with the next frame."""
        with self._lock:
            self._picture.hear(event, time.monotonic())

    def say(self, line: str) -> None:
        """One line for the user, above the board."""
        with self._writing:
            if self._live is None:
                report.say(line)
                return
            from rich.text import Text

            self._live.console.print(Text(printable(line)), soft_wrap=True)

    def close(self) -> None:
        """Take the board away; the terminal is as it was."""
        self._timer.cancel()
        with self._writing:
            self._closed = True
            live, self._live = self._live, None
        if live:
            live.stop()

    def _show(self) -> None:
        from rich.console import Console
        from rich.live import Live

        console = Console(stderr=True, highlight=False, emoji=False, markup=False)
        with self._writing:
            if self._closed:
                return
            self._live = Live(
                get_renderable=lambda: self._frame(console),
                console=console,
                refresh_per_second=_FRAMES_PER_SECOND,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
                vertical_overflow="crop",
            )
            self._live.start()

    def _frame(self, console: Console) -> Group:
        from rich.console import Group
        from rich.text import Text

        with self._lock:
            lines = self._picture.lines(time.monotonic(), console.height - 2)
        return Group(*(Text(line.text, line.style, no_wrap=True, overflow="crop") for line in lines))
