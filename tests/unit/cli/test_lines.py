"""Progress as lines of a log."""

from __future__ import annotations

from pathlib import Path

import pytest

from protogen.cli.progress.lines import Folds, Lines, process_line
from protogen.system.process import ProcessEnded
from protogen.system.progress import Began, Ended, Kind, Task


class Log:
    """Lines, and a clock that the test turns."""

    def __init__(self, *, beginnings: bool = False, ends: bool = False, folds: Folds = Folds.NONE) -> None:
        self.written: list[str] = []
        self.time = 0.0
        self.lines = Lines(
            self.written.append,
            beginnings=beginnings,
            ends=ends,
            folds=folds,
            now=lambda: self.time,
            clock=lambda: 1000 + self.time,
        )

    def begin(self, release: str, kind: Kind = Kind.RELEASE, name: str = "") -> None:
        self.lines.hear(Began(Task(release, kind, name)))

    def end(self, release: str, kind: Kind = Kind.RELEASE, name: str = "", **facts: int) -> None:
        task = Task(release, kind, name)
        self.lines.hear(Ended(task, facts.get("received", 0), failed=bool(facts.get("failed"))))

    def work(self, release: str, name: str, seconds: float = 1.0, **facts: int) -> None:
        self.begin(release, Kind.FETCH, name)
        self.time += seconds
        self.end(release, Kind.FETCH, name, **facts)


def test_a_line_says_what_ended_after_how_long_and_with_how_much() -> None:
    log = Log(ends=True)
    log.work("r1", "api", 125.0, received=3 * 1024 * 1024)
    log.work("", "base", 0.5)
    assert log.written == ["r1: fetched api (2 min 05 s, 3.0 MiB)", "fetched base (0.5 s)"]


def test_what_ends_soon_is_no_news_but_a_failure_is() -> None:
    log = Log(ends=True)
    log.work("r1", "api", 0.4)
    log.work("r1", "base", 0.1, failed=1)
    assert log.written == ["r1: failed fetching base (0.1 s)"]


def test_verbose_names_tasks_as_they_begin_and_not_their_ends() -> None:
    log = Log(beginnings=True)
    log.begin("r1")
    log.work("r1", "api")
    log.begin("r1", Kind.COMPILE, "6 protos")
    assert log.written == ["r1: fetching api", "r1: compiling 6 protos"]


def test_names_cannot_steer_the_log() -> None:
    log = Log(ends=True, folds=Folds.GITHUB)
    log.begin("r%1\n::x")
    log.work("r%1\n::x", "a\x1b[2Jb\rc")
    assert log.written == ["::group::r%251?::x", "r%1?::x: fetched a?[2Jb?c (1.0 s)"]


def test_github_folds_by_release_and_only_where_there_is_something_to_fold() -> None:
    log = Log(ends=True, folds=Folds.GITHUB)
    for release, seconds in (("r1", 1.0), ("r2", 0.1), ("r3", 2.0)):
        log.begin(release)
        log.work(release, "api", seconds)
        log.end(release)
    log.lines.close()
    assert log.written == [
        *("::group::r1", "r1: fetched api (1.0 s)", "::endgroup::"),
        *("::group::r3", "r3: fetched api (2.0 s)", "::endgroup::"),
    ]


def test_gitlab_folds_with_times_and_names_it_takes() -> None:
    log = Log(ends=True, folds=Folds.GITLAB)
    log.begin("a/b")
    log.work("a/b", "api", 60.0)
    log.end("a/b")
    assert log.written == [
        "\x1b[0Ksection_start:1060:protogen_a_b\r\x1b[0Ka/b",
        "a/b: fetched api (1 min 00 s)",
        "\x1b[0Ksection_end:1060:protogen_a_b\r\x1b[0K",
    ]


def test_closing_ends_the_fold() -> None:
    log = Log(ends=True, folds=Folds.GITHUB)
    log.begin("r1")
    log.work("r1", "api")
    log.lines.close()
    log.lines.close()
    assert log.written == ["::group::r1", "r1: fetched api (1.0 s)", "::endgroup::"]


def test_processes_stand_in_their_releases_fold() -> None:
    log = Log(beginnings=True, folds=Folds.GITHUB)
    log.begin("r1")
    log.lines.process_ended(ProcessEnded(("git", "fetch"), Path("/srv"), 1.254, 0))
    log.end("r1")
    assert log.written == ["::group::r1", "$ git fetch (in /srv, 1.25 s, exit 0)", "::endgroup::"]


@pytest.mark.parametrize(
    ("argv", "shown"),
    [
        (["git", "log", "a b", "x\x1by"], "git log 'a b' 'x?y'"),
        (["python", "-c", "import sys\nsys.exit()", ""], "python -c 'import sys ...' ''"),
        (["go", "x" * 2000], f"go {'x' * 997}..."),
    ],
)
def test_a_process_is_shown_in_one_line(argv: list[str], shown: str) -> None:
    line = process_line(ProcessEnded(tuple(argv), Path("/srv"), 65.0, -15))
    assert line == f"$ {shown} (in /srv, 65.00 s, exit -15)"


def test_what_belongs_to_no_release_is_not_folded() -> None:
    log = Log(ends=True, folds=Folds.GITHUB)
    log.work("", "api")
    log.end("r9")
    log.lines.close()
    assert log.written == ["fetched api (1.0 s)"]
