"""docs/graph.md: its commands are commands, and it describes each key of the JSON."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from protogen.analysis.graph.formats import FORMATS, document
from protogen.analysis.graph.view import Question
from protogen.cli.main import load
from tests.unit.analysis.graph.made import ask

TEXT = (Path(__file__).parents[4] / "docs" / "graph.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^protogen graph (.+)$", TEXT, re.MULTILINE)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_a_command(example: str) -> None:
    arguments = shlex.split(example.partition(" #")[0].partition(" >")[0])
    with load("graph").make_context("graph", arguments) as context:
        assert context.params["versions"]


def test_there_are_examples_of_what_the_command_is_for() -> None:
    assert len(EXAMPLES) >= 5
    for flag in ("--why", "--focus", "--reverse", "--by directory", "--by go-package", "--format html"):
        assert any(flag in example for example in EXAMPLES), flag


def keys(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(keys, value))
    return set(value).union(*map(keys, value.values())) if isinstance(value, dict) else set()


def test_every_key_of_the_json_is_described() -> None:
    described = set(re.findall(r"`(\w+)`", TEXT))
    assert keys(document(ask(Question(why="money/money.proto")))) <= described


def test_every_format_is_described() -> None:
    assert set(FORMATS) <= set(re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE))
