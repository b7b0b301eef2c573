"""What the board shows of what it heard."""

from __future__ import annotations

import pytest

from protogen.cli.progress.board import Line, Picture
from protogen.cli.report import duration
from protogen.system.progress import Began, Ended, Kind, Task, size_text


def begin(picture: Picture, now: float, release: str, kind: Kind = Kind.RELEASE, name: str = "") -> None:
    picture.hear(Began(Task(release, kind, name)), now)


def end(
    picture: Picture,
    now: float,
    release: str,
    kind: Kind = Kind.RELEASE,
    name: str = "",
    received: int = 0,
    failed: bool = False,
) -> None:
    picture.hear(Ended(Task(release, kind, name), received, failed), now)


def texts(picture: Picture, now: float, height: int = 50) -> list[str]:
    return [line.text for line in picture.lines(now, height)]


def test_repositories_stages_and_languages_stand_below_their_release() -> None:
    picture = Picture(ascii_only=False)
    begin(picture, 0.0, "r1")
    begin(picture, 0.0, "r1", Kind.TOOLS, "go")
    begin(picture, 0.0, "r1", Kind.READ, "protos")
    begin(picture, 0.0, "r1", Kind.REFS, "repository")
    end(picture, 1.0, "r1", Kind.REFS, "repository")
    picture.hear(Began(Task("r1", Kind.FETCH, "repository"), lambda: 2048), 1.0)
    end(picture, 3.0, "r1", Kind.TOOLS, "go")
    assert picture.lines(4.0, 50) == [
        Line("r1  4.0 s", "bold"),
        Line("  ⠹ repository  fetching             3.0 s     2.0 KiB", ""),
        Line("  ⠹ protos      reading              4.0 s", ""),
        Line("  ✓ go          tools ready          3.0 s", "green"),
    ]


def test_what_is_done_tells_its_bytes_and_a_stage_goes() -> None:
    picture = Picture(ascii_only=True)
    begin(picture, 0.0, "r1", Kind.READ, "protos")
    begin(picture, 0.0, "r1", Kind.FETCH, "api")
    end(picture, 2.0, "r1", Kind.FETCH, "api", received=300)
    begin(picture, 2.0, "r1", Kind.VERIFY, "go")
    end(picture, 3.0, "r1", Kind.VERIFY, "go", failed=True)
    end(picture, 3.0, "r1", Kind.READ, "protos")
    assert picture.lines(3.0, 50) == [
        Line("r1  3.0 s", "bold"),
        Line("  + api  fetched              2.0 s       300 B", "green"),
        Line("  x go   failed verifying        1.0 s", "red"),
    ]


def test_a_release_that_ended_is_one_line() -> None:
    picture = Picture(ascii_only=True)
    for release, failed in (("r1", False), ("r2", True)):
        begin(picture, 0.0, release)
        begin(picture, 0.0, release, Kind.FETCH, "api")
        end(picture, 70.0, release, failed=failed)
    assert picture.lines(90.0, 50) == [Line("+ r1  1 min 10 s", "green"), Line("x r2  1 min 10 s", "red")]


def test_an_end_of_what_never_began_or_went_on_changes_nothing() -> None:
    picture = Picture(ascii_only=True)
    end(picture, 0.0, "", Kind.FETCH, "api")
    begin(picture, 0.0, "", Kind.GENERATE, "go")
    begin(picture, 1.0, "", Kind.ASSEMBLE, "go")
    end(picture, 1.5, "", Kind.GENERATE, "go")
    assert texts(picture, 2.0) == ["  | go  assembling           1.0 s"]


def test_where_the_terminal_is_low_what_runs_is_shown() -> None:
    picture = Picture(ascii_only=True)
    for number in range(5):
        begin(picture, 0.0, f"r{number}")
        end(picture, 1.0, f"r{number}")
    begin(picture, 0.0, "now")
    for name in "abc":
        begin(picture, 0.0, "now", Kind.FETCH, name)
    assert [line.split()[0] for line in texts(picture, 1.0, 6)] == ["+", "+", "now", *"|||"]
    assert texts(picture, 1.0, 1) == ["now  1.0 s"]
    assert texts(picture, 1.0, -1) == []


@pytest.mark.parametrize(
    ("ascii_only", "shown"), [(True, "a?[2J\\xe4\\u65e5"), (False, "a?[2Jä日")], ids=["ascii", "unicode"]
)
def test_names_cannot_steer_the_terminal(ascii_only: bool, shown: str) -> None:
    picture = Picture(ascii_only=ascii_only)
    begin(picture, 0.0, "a\x1b[2Jä日")
    begin(picture, 0.0, "a\x1b[2Jä日", Kind.FETCH, "a\x1b[2Jä日" + "x" * 99)
    title, row = texts(picture, 0.0)
    assert title == f"{shown}  0.0 s"
    assert f" {shown}x" in row
    assert len(row) < 80
    assert row.isascii() is ascii_only


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.04, "0.0 s"), (59.94, "59.9 s"), (60, "1 min 00 s"), (3723, "62 min 03 s")]
)
def test_durations(seconds: float, told: str) -> None:
    assert duration(seconds) == told


@pytest.mark.parametrize(
    ("count", "told"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (3 * 1024**3, "3.0 GiB")]
)
def test_sizes(count: int, told: str) -> None:
    assert size_text(count) == told
