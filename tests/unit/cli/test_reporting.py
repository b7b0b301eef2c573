from __future__ import annotations

from typing import Any, NoReturn

import pytest

from protogen.cli.defaults import Reporting, reporting
from protogen.errors import RecipeError

JSON, LOUD = Reporting(as_json=True), Reporting(verbose=True)


@pytest.mark.parametrize(
    ("arguments", "environ", "read", "expected"),
    [
        ("", {}, {}, Reporting()),
        ("--format json", {}, {}, JSON),
        ("--format=json", {}, {}, JSON),
        ("--format json --format text", {}, {}, Reporting()),
        ("--format=text", {"PROTOGEN_FORMAT": "json"}, {"format": "json"}, Reporting()),
        ("--format", {}, {}, Reporting()),
        ("-- --format json -v", {}, {}, Reporting()),
        ("", {"PROTOGEN_FORMAT": "json"}, {}, JSON),
        ("", {"PROTOGEN_FORMAT": "json"}, {"format": "text"}, JSON),
        ("", {"PROTOGEN_FORMAT": "text"}, {"format": "json"}, Reporting()),
        ("", {"PROTOGEN_FORMAT": ""}, {"format": "json"}, JSON),
        ("", {}, {"format": "json"}, JSON),
        ("-v", {}, {}, LOUD),
        ("-qv", {}, {}, LOUD),
        ("-vq", {}, {}, LOUD),
        ("--verbose", {}, {}, LOUD),
        ("-q", {}, {}, Reporting()),
        ("--version", {}, {}, Reporting()),
        ("", {"PROTOGEN_VERBOSE": "1"}, {}, LOUD),
        ("", {"PROTOGEN_VERBOSE": "True"}, {}, LOUD),
        ("", {"PROTOGEN_VERBOSE": "0"}, {"verbose": True}, Reporting()),
        ("-v", {"PROTOGEN_VERBOSE": "0"}, {}, LOUD),
        ("", {}, {"verbose": True}, LOUD),
    ],
)
def test_a_flag_wins_over_a_variable_over_the_file(
    arguments: str, environ: dict[str, str], read: dict[str, Any], expected: Reporting
) -> None:
    assert reporting(arguments.split(), environ, lambda: read) == expected


def test_a_file_that_cannot_be_read_says_nothing() -> None:
    def broken() -> NoReturn:
        raise RecipeError("protogen.yaml: can't be read")

    assert reporting([], {"PROTOGEN_FORMAT": "json"}, broken) == JSON
