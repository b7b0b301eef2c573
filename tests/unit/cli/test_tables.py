from __future__ import annotations

import sys

import pytest

from protogen.cli import tables

ROWS = [("r2.11", "2.11.1", "[b]x"), ("master", "", "y")]


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert tables.columns(ROWS) == ["r2.11   2.11.1  [b]x", "master          y"]
    assert tables.columns([]) == []


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
    tables.show(("version", "number", "ref"), ROWS)
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == expected
