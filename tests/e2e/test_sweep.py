"""Releases of the index, other ones each week, in every language: made, proven, and as the official ones.

$PROTOGEN_SWEEP chooses: releases by commas, a number of them, or `all`. `python -m tests.sweep` tries all
that a source offers, and writes the tables of docs/compatibility.md.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.sweep import report, rotation
from tests.sweep.__main__ import LANGUAGES, main
from tests.sweep.results import read

CHOSEN = rotation.wished(os.environ.get("PROTOGEN_SWEEP", "2"), rotation.this_week())


@pytest.mark.timeout(900)
@pytest.mark.parametrize("release", CHOSEN)
def test_a_release_of_this_week_is_made_proven_and_official(
    release: str, cache: Path, tmp_path: Path
) -> None:
    code = main(["--releases", release, "--work", str(tmp_path), "--cache-dir", str(cache)])
    (result,) = read(tmp_path / "results.jsonl").values()
    assert code == 0, report.line(result)
    assert set(result.languages) == set(LANGUAGES)
    assert result.messages > 100, "nothing was compared"
