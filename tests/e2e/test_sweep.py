"""Releases of the index, other ones each week, in every language: made, proven, and as the official ones.

$PROTOGEN_SWEEP chooses: releases by commas, a number of them, or `all`. `python -m tests.sweep` does the same
for all releases and prints the table of docs/compatibility.md.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.sweep import report
from tests.sweep.__main__ import LANGUAGES, main, this_week
from tests.sweep.results import read


@pytest.mark.timeout(3600)
def test_releases_of_this_week_are_made_proven_and_official(
    cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = os.environ.get("PROTOGEN_SWEEP", "2")
    if chosen == "all":
        options = []
    elif chosen.isdigit():
        options = ["--sample", chosen, "--oldest", "1.11"]
    else:
        options = ["--releases", chosen]
    with capsys.disabled():
        print(f"\nSWEEP of {chosen} (week {this_week()}); PROTOGEN_SWEEP=… chooses others")  # noqa: T201
        code = main([*options, "--work", str(tmp_path), "--cache-dir", str(cache)])
    results = read(tmp_path / "results.jsonl")
    assert results
    assert code == 0, "\n".join(map(report.line, results.values()))
    for result in results.values():
        assert result.unusable or set(result.languages) == set(LANGUAGES)
        assert result.unusable or result.messages > 100, "nothing was compared"
