from __future__ import annotations

import shlex

import pytest

from protogen.cli.defaults import behind
from protogen.cli.main import COMMANDS, load
from protogen.errors import UsageError


def put(line: str) -> str:
    return shlex.join(behind(shlex.split(line), COMMANDS, load))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("--version 1.0 --lang go", "--version 1.0 --lang go"),
        ("--recipe shop.yaml versions", "versions --recipe shop.yaml"),
        ("--recipe=shop.yaml versions --all", "versions --recipe=shop.yaml --all"),
        ("-v --offline check --version 1.0", "check -v --offline --version 1.0"),
        ("-qv graph --version 1.0", "graph -q -v --version 1.0"),
        ("--version 1.0 --lang go lock --update", "lock --version 1.0 --lang go --update"),
        ("-v recipe new URL --folder x", "recipe new -v URL --folder x"),
        ("--cache-dir d cache list", "cache list --cache-dir d"),
        ("--format json cache list --kind git", "cache list --format json --kind git"),
        ("--help doctor", "doctor --help"),
        ("--out graph --version lock --lang go", "--out graph --version lock --lang go"),
        ("--out graph check", "check --out graph"),
        ("-V versions", "-V versions"),
        ("--repo api=check generate", "generate --repo api=check"),
        ("--lang go -- check", "--lang go -- check"),
    ],
)
def test_options_go_behind_the_command_that_knows_them(typed: str, expected: str) -> None:
    if typed == "--lang go -- check":
        with pytest.raises(UsageError, match="no command '--'"):
            put(typed)
    else:
        assert put(typed) == expected


@pytest.mark.parametrize(
    ("typed", "message", "corrected"),
    [
        ("-v doctor --lang go", "protogen doctor has no option -v", "protogen doctor --lang go"),
        (
            "--verbose --lang go -q versions --all",
            "protogen versions has no option --lang",
            "protogen versions --verbose -q --all",
        ),
        ("--nope 1.0 check", "there is no command '1.0'", "protogen --help"),
    ],
)
def test_an_option_that_the_command_does_not_know_is_named(typed: str, message: str, corrected: str) -> None:
    with pytest.raises(UsageError) as caught:
        put(typed)
    assert caught.value.message.startswith(message)
    assert caught.value.remedy == corrected


def test_no_credentials_are_shown() -> None:
    with pytest.raises(UsageError) as caught:
        put("--lang go --repo 'api=https://me:pw@host/a b' versions")
    assert caught.value.remedy == "protogen versions --repo 'api=https://host/a b'"
