from __future__ import annotations

import platform
import sys
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest

from protogen.analysis.doctor.check import OK, PROBLEM, WARNING
from protogen.analysis.doctor.itself import (
    LITTLE,
    TOO_LITTLE,
    Installed,
    Storage,
    installed,
    judge_installed,
    judge_storage,
)
from protogen.system.cache import Cache
from protogen.system.context import Context
from tests.support.script import says

GOOD = Storage("/c", exists=True, is_folder=True, writable=True, free=LITTLE, entries=3, size=2048)


@pytest.mark.parametrize(
    ("storage", "offline", "verdicts", "words"),
    [
        (GOOD, False, (OK, OK, OK), "3 entries, 2.0 KiB"),
        (replace(GOOD, exists=False), False, (OK, OK, OK), "will be made"),
        (replace(GOOD, writable=False), False, (PROBLEM, OK, OK), "not writable"),
        (replace(GOOD, writable=False), True, (WARNING, OK, OK), "not writable"),
        (replace(GOOD, is_folder=False), True, (PROBLEM, OK, OK), "a file stands there"),
        (replace(GOOD, free=LITTLE - 1), False, (OK, WARNING, OK), "500.0 MiB"),
        (replace(GOOD, free=TOO_LITTLE - 1), False, (OK, PROBLEM, OK), "50.0 MiB"),
        (replace(GOOD, damaged=("git/a",)), False, (OK, OK, WARNING), "1 damaged"),
        (replace(GOOD, damaged=("git/a",)), True, (OK, OK, PROBLEM), "1 damaged"),
    ],
)
def test_verdicts(storage: Storage, offline: bool, verdicts: tuple[str, ...], words: str) -> None:
    rows = judge_storage(storage, offline=offline)
    assert tuple(row.verdict for row in rows) == verdicts
    assert any(words in row.found for row in rows)
    assert [bool(row.remedy) for row in rows] == [row.verdict != OK for row in rows]


def test_damaged_entries_are_named_up_to_a_few() -> None:
    rows = judge_storage(replace(GOOD, damaged=tuple("abcdefg")), offline=False)
    assert rows[2].note == "a, b, c, d, e …; made again when a run takes them"


THIS = Installed("1.0", "3.11.7", ">=3.10", "/py", "1.85.1", ">=1.62", "35.1")


@pytest.mark.parametrize(
    ("found", "verdicts", "words"),
    [
        (THIS, (OK, OK, OK), "1.85.1 (protoc 35.1)"),
        (replace(THIS, python="3.9.1"), (OK, PROBLEM, OK), "3.9.1"),
        (replace(THIS, tools="1.50.0"), (OK, OK, PROBLEM), "1.50.0 (protoc 35.1)"),
        (replace(THIS, protoc=""), (OK, OK, PROBLEM), "1.85.1, whose protoc doesn't run"),
        (replace(THIS, tools="", protoc=""), (OK, OK, PROBLEM), "not there"),
        (
            replace(THIS, protogen="", python_wanted="", tools_wanted=""),
            (OK, OK, OK),
            "not installed as a package",
        ),
    ],
)
def test_what_protogen_stands_on(found: Installed, verdicts: tuple[str, ...], words: str) -> None:
    rows = judge_installed(found)
    assert tuple(row.verdict for row in rows) == verdicts
    assert any(words == row.found for row in rows)
    assert [bool(row.remedy) for row in rows] == [row.verdict != OK for row in rows]


def test_versions_come_from_the_packages_metadata(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    context = Context(Cache(tmp_path), says("libprotoc 35.1"), {})
    found = installed(context)
    assert found.python_wanted.startswith(">=")
    assert found.tools_wanted.startswith(">=")
    assert found.protogen
    assert found.protoc == "35.1"

    def absent(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "metadata", absent)
    monkeypatch.setattr(metadata, "version", absent)
    expected = Installed("", platform.python_version(), "", sys.executable, "", "", "35.1")
    assert installed(context) == expected
