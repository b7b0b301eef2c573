from __future__ import annotations

from typing import Any

import pytest

from protogen.errors import RecipeError
from protogen.recipe import project_file
from protogen.recipe.project_file import Setting

KNOWN = {
    "version": Setting("texts"),
    "repo": Setting("pairs"),
    "out": Setting("text"),
    "offline": Setting("flag"),
    "jobs": Setting("number"),
    "source": Setting("text", ("git", "index")),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("version: r2.11\n", {"version": ("r2.11",)}),
        ("version: 2.10\n", {"version": ("2.10",)}),
        ("version: [2.10, r2.19]\n", {"version": ("2.10", "r2.19")}),
        ("repo: {a: ../a, b: 'https://example.com/b'}\n", {"repo": ("a=../a", "b=https://example.com/b")}),
        ("repo: [a=../a]\n", {"repo": ("a=../a",)}),
        ("repo: a=../a\n", {"repo": ("a=../a",)}),
        (
            "out: clients\noffline: true\njobs: 3\nsource: git\n",
            {"out": "clients", "offline": True, "jobs": 3, "source": "git"},
        ),
    ],
)
def test_settings_are_read_as_written(text: str, expected: dict[str, Any]) -> None:
    assert project_file.parse(text, KNOWN) == expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("out: x\nversoin: r2\n", "protogen.yaml:2: versoin: unknown key; expected version"),
        (
            "zzz: 1\n",
            "protogen.yaml:1: zzz: unknown key; expected one of jobs, offline, out, repo, source, version",
        ),
        ("offline: maybe\n", "protogen.yaml:1: offline: can't be read; expected true or false"),
        ("jobs: x\n", "expected a whole number"),
        ("jobs: true\n", "expected a whole number"),
        ("out: [a]\n", "protogen.yaml:1: out: can't be read; expected text"),
        ("version: {a: b}\n", "expected text, or a list of texts"),
        ("version: [[a]]\n", "expected text, or a list of texts"),
        ("repo: {a: [b]}\n", "expected a mapping of names to values"),
        ("source: gti\n", "protogen.yaml:1: source: 'gti'; expected one of git, index"),
    ],
)
def test_complaints_name_line_and_expectation(text: str, complaint: str) -> None:
    with pytest.raises(RecipeError) as caught:
        project_file.parse(text, KNOWN)
    assert complaint in caught.value.message
    assert caught.value.code == 2
