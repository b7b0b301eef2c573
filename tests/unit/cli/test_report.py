from __future__ import annotations

import sys

import pytest

from protogen.cli.report import Result, columns, table, totals
from protogen.errors import ProtosUnresolved, ReleaseNotFound

ROWS = [("r2.11", "2.11.1", "[b]x"), ("master", "", "y")]


def test_a_release_that_failed_has_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    totals([Result("a", error=ProtosUnresolved("no")), Result("b-1", error=ReleaseNotFound("no"))])
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines() == [
        "2 releases: 0 done, 2 failed",
        "  a    failed (5)  -  -",
        "  b-1  failed (3)  -  -",
    ]


def test_one_release_needs_no_totals(capsys: pytest.CaptureFixture[str]) -> None:
    totals([Result("a", error=ProtosUnresolved("no"))])
    assert capsys.readouterr().err == ""


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert columns(ROWS) == ["r2.11   2.11.1  [b]x", "master          y"]
    assert columns([]) == []


@pytest.mark.parametrize(
    ("terminal", "expected"),
    [
        (False, ["r2.11   2.11.1  [b]x", "master          y"]),
        (True, ["version  number  ref", "r2.11    2.11.1  [b]x", "master           y"]),
    ],
)
def test_a_terminal_gets_a_head(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, terminal: bool, expected: list[str]
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    table(("version", "number", "ref"), ROWS)
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == expected
