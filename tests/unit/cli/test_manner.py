from __future__ import annotations

from typing import Any, NoReturn

import pytest

from protogen.cli.manner import Manner, manner
from protogen.errors import RecipeError

JSON, LOUD = Manner(as_json=True), Manner(verbose=True)


@pytest.mark.parametrize(
    ("arguments", "environ", "read", "expected"),
    [
        ("", {}, {}, Manner()),
        ("--format json", {}, {}, JSON),
        ("--format=json", {}, {}, JSON),
        ("--format json --format text", {}, {}, Manner()),
        ("--format=text", {"PROTOGEN_FORMAT": "json"}, {"format": "json"}, Manner()),
        ("--format", {}, {}, Manner()),
        ("-- --format json -v", {}, {}, Manner()),
        ("", {"PROTOGEN_FORMAT": "json"}, {}, JSON),
        ("", {"PROTOGEN_FORMAT": "json"}, {"format": "text"}, JSON),
        ("", {"PROTOGEN_FORMAT": "text"}, {"format": "json"}, Manner()),
        ("", {"PROTOGEN_FORMAT": ""}, {"format": "json"}, JSON),
        ("", {}, {"format": "json"}, JSON),
        ("-v", {}, {}, LOUD),
        ("-qv", {}, {}, LOUD),
        ("-vq", {}, {}, LOUD),
        ("--verbose", {}, {}, LOUD),
        ("-q", {}, {}, Manner()),
        ("--version", {}, {}, Manner()),
        ("", {"PROTOGEN_VERBOSE": "1"}, {}, LOUD),
        ("", {"PROTOGEN_VERBOSE": "True"}, {}, LOUD),
        ("", {"PROTOGEN_VERBOSE": "0"}, {"verbose": True}, Manner()),
        ("-v", {"PROTOGEN_VERBOSE": "0"}, {}, LOUD),
        ("", {}, {"verbose": True}, LOUD),
    ],
)
def test_a_flag_wins_over_a_variable_over_the_file(
    arguments: str, environ: dict[str, str], read: dict[str, Any], expected: Manner
) -> None:
    assert manner(arguments.split(), environ, lambda: read) == expected


def test_a_file_that_cannot_be_read_says_nothing() -> None:
    def broken() -> NoReturn:
        raise RecipeError("protogen.yaml: can't be read")

    assert manner([], {"PROTOGEN_FORMAT": "json"}, broken) == JSON
