"""docs/compatibility.md: its tables parse, have every release line, and nothing failed without a reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support import corpus
from tests.sweep import report, rotation
from tests.sweep.__main__ import LANGUAGES, _options

TEXT = (Path(__file__).parents[3] / "docs" / "compatibility.md").read_text(encoding="utf-8")
LINES = {"index": set(rotation.LINES), "git": set(corpus.RELEASES)}
ROWS = [(source, row) for source in LINES for row in report.parse(report.part(TEXT, source))]


@pytest.mark.parametrize("source", LINES)
def test_every_tested_line_is_there_once(source: str) -> None:
    releases = [row["release"] for each, row in ROWS if each == source]
    assert set(releases) >= LINES[source]
    assert len(releases) == len(set(releases))
    assert releases == sorted(releases, key=report.order, reverse=True)


def test_a_release_is_made_in_every_language_or_says_why_not() -> None:
    for source, row in ROWS:
        states = {row[language] for language in LANGUAGES}
        assert states <= {report.YES, report.NO, "-"}, row
        tested = row["release"] in LINES[source]
        if states == {report.YES}:
            assert int(row["files"]) > (40 if tested else 20), row
            assert int(row["services"]) >= (3 if tested else 1), row
        else:
            assert row["note"] != "-", row
            assert not tested, row


def test_messages_are_compared_and_what_differs_is_named() -> None:
    for source, row in ROWS:
        if row["files"] == "-":
            continue
        if row["official"] == "-":
            assert row["release"] == "master", row
        else:
            assert int(row["messages"]) > (100 if row["release"] in LINES[source] else 50), row
        assert (row["differing"] == "0") == ("differing: " not in row["note"]), row


def test_the_page_says_when_and_with_what() -> None:
    told = report.part(TEXT, "tools")
    assert re.search(r"^- Date: \d{4}-\d\d-\d\d$", told, re.MULTILINE)
    for tool in ("protogen", "libprotoc", "protoc-gen-go", "Maven", "grpc-java", "Python 3", "grpcio"):
        assert tool in told


def test_its_commands_are_commands() -> None:
    commands = re.findall(r"^python -m tests.sweep (.+)$", TEXT, re.MULTILINE)
    assert len(commands) >= 2
    for command in commands:
        assert _options(command.split()).markdown
