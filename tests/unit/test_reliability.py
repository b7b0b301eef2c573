"""docs/reliability.md names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def named() -> list[tuple[str, str]]:
    """Each file and test that a table names; a file's name holds for the tests after it."""
    found, file = [], ""
    for text in re.findall(r"`([^`\n]+)`", (ROOT / "docs/reliability.md").read_text(encoding="utf-8")):
        if match := re.fullmatch(r"((?:tests/[\w/]+/)?test_\w+\.py)(?:: (test_\w+))?", text):
            file = match[1]
            found.append((file, match[2] or ""))
        elif re.fullmatch(r"test_\w+", text):
            found.append((file, text))
    return found


def places(file: str) -> list[Path]:
    """Where a file may be: below tests/integration where it names no folder, or else by its name alone."""
    found = [ROOT / file] if "/" in file else sorted((ROOT / "tests").rglob(file))
    return [path for path in found if path.is_file()]


def test_each_proof_that_the_tables_name_is_there() -> None:
    missing = [
        (file, test)
        for file, test in named()
        if not any(f"def {test}" in place.read_text(encoding="utf-8") for place in places(file))
    ]
    assert len(named()) > 50
    assert missing == []
