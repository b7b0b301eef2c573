"""What is shown of a run while it lasts: a board on a terminal, lines in a log, or nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from protogen.cli import report
from protogen.cli.progress.surroundings import choose
from protogen.system.progress import Progress

if TYPE_CHECKING:
    from protogen.system.progress import Event


@dataclass(frozen=True)
class Shown:
    """progress: where tasks are told of. say: how the user is told a line meanwhile."""

    progress: Progress
    say: Callable[[str], None]


@contextmanager
def showing(environ: Mapping[str, str], *, quiet: bool, verbose: bool) -> Iterator[Shown]:
    """Show what a run tells of, to the end of the block; then the terminal is as it was."""
    chosen = choose(environ, terminal=sys.stderr.isatty(), quiet=quiet, verbose=verbose)
    say: Callable[[str], None] = _silent if quiet else report.say
    if not (chosen.board or chosen.beginnings or chosen.ends):
        yield Shown(Progress(), say)
        return
    hearers: list[Callable[[Event], None]] = []
    closers: list[Callable[[], None]] = []
    if chosen.board:
        from protogen.cli.progress.board import Board

        board = Board(ascii_only=chosen.ascii)
        say = board.say
        hearers.append(board.hear)
        closers.append(board.close)
    if chosen.beginnings or chosen.ends:
        from protogen.cli.progress.lines import Lines

        lines = Lines(say if chosen.board else _log, chosen)
        hearers.append(lines.hear)
        closers.insert(0, lines.close)

    def hear(event: Event) -> None:
        for each in hearers:
            each(event)

    try:
        yield Shown(Progress(hear), say)
    finally:
        for close in closers:
            close()


def _log(line: str) -> None:
    """A line as it is: a fold of GitLab's log is made of control characters."""
    click.echo(line, err=True, color=True)


def _silent(_: str) -> None:
    return None
