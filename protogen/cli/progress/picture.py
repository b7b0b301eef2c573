"""What the board shows: releases, and below each its repositories, stages and languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from protogen.cli.progress import words
from protogen.cli.report import duration, size
from protogen.system.progress import Began, Kind

if TYPE_CHECKING:
    from protogen.system.progress import Event


_REPOSITORY = {Kind.REFS, Kind.FETCH, Kind.PACKAGE}
_LANGUAGE = {Kind.TOOLS, Kind.GENERATE, Kind.ASSEMBLE, Kind.BUILD, Kind.VERIFY}
_LONGEST_NAME = 32
_SPINNER = {False: "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", True: "|/-\\"}
_MARKS = {
    False: {"done": "✓", "failed": "✗"},
    True: {"done": "+", "failed": "x"},
}
_FRAMES_PER_SECOND = 8


@dataclass(frozen=True)
class Line:
    """One line of the picture. look: `title`, `running`, `done` or `failed`."""

    text: str
    look: str


@dataclass
class _Row:
    """The latest task of a repository, a language or a stage. ended: None while it runs."""

    kind: Kind
    name: str
    began: float
    ended: float | None = None
    failed: bool = False
    received: Callable[[], int] | None = None
    bytes: int = 0

    @property
    def place(self) -> int:
        """Repositories, then stages, then languages."""
        return 0 if self.kind in _REPOSITORY else 2 if self.kind in _LANGUAGE else 1

    @property
    def shown(self) -> bool:
        """Stages go when they end: what they were for is there."""
        return self.place != 1 or self.ended is None

    @property
    def look(self) -> str:
        return "running" if self.ended is None else "failed" if self.failed else "done"


@dataclass
class _Block:
    """A release and its rows, by repository, language or stage."""

    began: float
    ended: float | None = None
    failed: bool = False
    rows: dict[tuple[str, str], _Row] = field(default_factory=dict)

    @property
    def look(self) -> str:
        return "title" if self.ended is None else "failed" if self.failed else "done"


class Picture:
    """Hears events, and draws lines of what it heard. Times are seconds of any one clock."""

    def __init__(self, *, ascii_only: bool) -> None:
        self._ascii = ascii_only
        self._blocks: dict[str, _Block] = {}

    def hear(self, event: Event, now: float) -> None:
        """Take an event in."""
        task = event.task
        block = self._blocks.setdefault(task.release, _Block(now))
        if task.kind is Kind.RELEASE:
            if not isinstance(event, Began):
                block.ended, block.failed = now, event.failed
            return
        key = _key(task.kind, task.name)
        if isinstance(event, Began):
            block.rows[key] = _Row(task.kind, task.name, now, received=event.received)
            return
        row = block.rows.get(key)
        if row and row.kind is task.kind:
            row.ended, row.failed, row.bytes = now, event.failed, event.received

    def lines(self, now: float, height: int) -> list[Line]:
        """The picture, in at most so many lines: what runs comes before what is done."""
        drawn = {name: self._block(name, block, now) for name, block in self._blocks.items()}
        needed = sum(map(len, drawn.values()))
        for name in [name for name, block in self._blocks.items() if block.ended is not None]:
            if needed <= height:
                break
            needed -= len(drawn.pop(name))
        return [line for lines in drawn.values() for line in lines][: max(height, 0)]

    def _block(self, name: str, block: _Block, now: float) -> list[Line]:
        lines = []
        if name:
            until = now if block.ended is None else block.ended
            mark = "" if block.ended is None else f"{_MARKS[self._ascii][block.look]} "
            lines.append(Line(f"{mark}{self._plain(name)}  {duration(until - block.began)}", block.look))
        if block.ended is not None:
            return lines
        rows = sorted((row for row in block.rows.values() if row.shown), key=lambda row: row.place)
        width = min(max((len(row.name) for row in rows), default=0), _LONGEST_NAME)
        return [*lines, *(self._row(row, width, now) for row in rows)]

    def _row(self, row: _Row, width: int, now: float) -> Line:
        if row.ended is None:
            frames = _SPINNER[self._ascii]
            mark, until = frames[int(now * _FRAMES_PER_SECOND) % len(frames)], now
            received = row.received() if row.received else 0
        else:
            mark, until = _MARKS[self._ascii][row.look], row.ended
            received = row.bytes
        what = words.in_a_row(row.kind, row.look)
        name, amount = self._plain(row.name)[:_LONGEST_NAME], size(received) if received else ""
        text = f"  {mark} {name:<{width}}  {what:<13} {duration(until - row.began):>12}  {amount:>10}"
        return Line(text.rstrip(), row.look)

    def _plain(self, text: str) -> str:
        text = words.clean(text)
        return text.encode("ascii", "backslashreplace").decode() if self._ascii else text


def _key(kind: Kind, name: str) -> tuple[str, str]:
    if kind in _REPOSITORY:
        return "repository", name
    return ("language", name) if kind in _LANGUAGE else (kind.value, name)
