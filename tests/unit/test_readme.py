"""README.md: short, with the two marked commands, and links that lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_it_is_two_screens_at_most() -> None:
    assert len(TEXT.splitlines()) <= 80


@pytest.mark.parametrize("mark", ["main job", "tests"])
def test_a_marked_command_is_one_line_of_shell(mark: str) -> None:
    (command,) = re.findall(rf"^<!-- {mark} -->\n```sh\n(.*)\n```$", TEXT, re.MULTILINE)
    assert command.startswith("python3 -m venv .venv && .venv/bin/pip install -q ")


def test_links_lead_to_files_that_are_there() -> None:
    links = re.findall(r"\]\((.+?)\)", TEXT)
    assert len(links) > 10
    assert [link for link in links if not (ROOT / link).is_file()] == []
