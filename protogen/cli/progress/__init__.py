"""What is shown of a run while it lasts: a board on a terminal, lines in a log, or nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import click

from protogen.cli import report
from protogen.cli.progress.lines import Folds, Lines
from protogen.system.process import ProcessEnded
from protogen.system.progress import Event, Progress

_OFF = {"", "0", "false", "no"}


@dataclass(frozen=True)
class Showing:
    """Which parts of a run are shown, and how."""

    board: bool = False
    """A table that changes in place."""
    beginnings: bool = False
    """A line where a task begins, and where a process ends."""
    ends: bool = False
    """A line where a task ends that took a while or failed."""
    folds: Folds = Folds.NONE
    """How the lines of a release are folded."""
    ascii: bool = False
    """The terminal shows nothing else."""


@dataclass(frozen=True)
class Shown:
    """Where a command tells what it does."""

    progress: Progress
    """Takes tasks that begin and end."""
    say: Callable[[str], None]
    """Takes a line for the user."""
    process_ended: Callable[[ProcessEnded], None] | None = None
    """Takes each process that ended, where processes are shown."""


def choose(environ: Mapping[str, str], *, terminal: bool, quiet: bool, verbose: bool) -> Showing:
    """What to show, by what standard error is (terminal: whether it is one) and what the environment says.

    Scripts that read it are told nothing but what they asked for, unless they say that they are a CI.
    """
    if quiet:
        return Showing()
    ci = environ.get("CI", "").lower() not in _OFF
    dumb = environ.get("TERM", "") in {"", "dumb"}
    return Showing(
        board=terminal and not ci and not dumb,
        beginnings=verbose,
        ends=ci or (terminal and dumb),
        folds=_folds(environ) if ci else Folds.NONE,
        ascii=not _has_unicode(environ),
    )


@contextmanager
def showing(environ: Mapping[str, str], *, quiet: bool, verbose: bool) -> Iterator[Shown]:
    """Show what a run does, to the end of the block; then the terminal is as it was."""
    chosen = choose(environ, terminal=sys.stderr.isatty(), quiet=quiet, verbose=verbose)
    say: Callable[[str], None] = _silent if quiet else report.say
    listeners: list[Callable[[Event], None]] = []

    def hear(event: Event) -> None:
        for listen in listeners:
            listen(event)

    with ExitStack() as stack:
        if chosen.board:
            from protogen.cli.progress.board import Board

            board = Board(ascii_only=chosen.ascii)
            stack.callback(board.close)
            say = board.say
            listeners.append(board.hear)
        write = say if chosen.board else _log
        lines = Lines(write, beginnings=chosen.beginnings, ends=chosen.ends, folds=chosen.folds)
        if chosen.beginnings or chosen.ends:
            stack.callback(lines.close)
            listeners.append(lines.hear)
        progress = Progress(hear if listeners else None)
        yield Shown(progress, say, lines.process_ended if chosen.beginnings else None)


def _log(line: str) -> None:
    """A line as it is: a fold of GitLab's log is made of control characters."""
    click.echo(line, err=True, color=True)


def _silent(_: str) -> None:
    return None


def _folds(environ: Mapping[str, str]) -> Folds:
    if environ.get("GITHUB_ACTIONS", "").lower() not in _OFF:
        return Folds.GITHUB
    return Folds.GITLAB if environ.get("GITLAB_CI", "").lower() not in _OFF else Folds.NONE


def _has_unicode(environ: Mapping[str, str]) -> bool:
    """As the locale says, in the order that the C library looks at its variables."""
    locale = next(filter(None, map(environ.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "")
    return "utf8" in locale.lower().replace("-", "")
