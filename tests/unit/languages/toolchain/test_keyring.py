from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from protogen.errors import ToolMissing
from protogen.system import keyring
from protogen.system.keyring import Keyring, provider
from protogen.system.pip_settings import PipSettings
from protogen.system.process import Finished, Processes
from tests.support.script import Script


@pytest.fixture
def path(tmp_path: Path) -> str:
    program = tmp_path / "keyring"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return str(tmp_path)


@pytest.mark.parametrize(
    ("asked", "no_input", "importable", "on_path", "expected"),
    [
        ("auto", False, True, True, "import"),
        ("auto", False, False, True, "subprocess"),
        ("auto", False, False, False, ""),
        ("auto", True, True, True, ""),
        ("import", True, True, True, "import"),
        ("import", False, False, True, ""),
        ("subprocess", True, True, True, "subprocess"),
        ("subprocess", False, True, False, ""),
        ("disabled", False, True, True, ""),
    ],
)
def test_the_keyring_is_the_one_that_pip_would_use(
    path: str,
    monkeypatch: pytest.MonkeyPatch,
    asked: str,
    expected: str,
    *,
    no_input: bool,
    importable: bool,
    on_path: bool,
) -> None:
    monkeypatch.setattr(keyring, "find_spec", lambda name: importable or None)
    found_on = path if on_path else "/nowhere"
    settings = PipSettings(keyring=asked, no_input=no_input)
    assert provider(settings, found_on) == expected
    found = Keyring.of(settings, Processes(), {"PATH": found_on})
    command = {"import": sys.executable, "subprocess": f"{path}/keyring"}.get(expected)
    assert (found.command[0] if found else None) == command


def asking(answers: Mapping[tuple[str, ...], tuple[int, str]]) -> tuple[Keyring, Script]:
    def answer(argv: Sequence[str], cwd: Path | None, env: Mapping[str, str]) -> Finished:
        code, printed = answers.get(tuple(argv[1:]), (1, ""))
        return Finished(tuple(argv), code, printed.encode(), b"")

    script = Script(answer)
    return Keyring(("keyring",), script, {}), script


GET = ("--mode=creds", "--output=json", "get")


@pytest.mark.parametrize(
    ("answers", "user", "found"),
    [
        ({(*GET, "u", "me"): (0, json.dumps({"username": "me", "password": "pw"}))}, "me", ("me", "pw")),
        ({(*GET, "u"): (0, json.dumps({"username": "it", "password": "pw"}))}, "", ("it", "pw")),
        ({(*GET, "u", "me"): (2, ""), ("get", "u", "me"): (0, "pw\n")}, "me", ("me", "pw")),
        ({(*GET, "u"): (2, ""), ("get", "u"): (0, "pw\n")}, "", None),
        ({(*GET, "u", "me"): (0, "no JSON")}, "me", None),
        ({(*GET, "u", "me"): (0, "{}")}, "me", None),
        ({}, "me", None),
    ],
)
def test_the_keyring_is_asked_as_pip_asks(
    answers: Mapping[tuple[str, ...], tuple[int, str]], user: str, found: tuple[str, str] | None
) -> None:
    assert asking(answers)[0].credentials("u", user) == found


@pytest.mark.parametrize(("service", "user"), [("-x", "me"), ("u", "--help")])
def test_nothing_reaches_the_keyring_as_an_option(service: str, user: str) -> None:
    ring, script = asking({})
    assert ring.credentials(service, user) is None
    assert not script.started


def test_a_keyring_that_cannot_be_started_has_nothing() -> None:
    def refuse(argv: Sequence[str], cwd: Path | None, env: Mapping[str, str]) -> Finished:
        raise ToolMissing("no")

    assert Keyring(("keyring",), Script(refuse), {}).credentials("u", "me") is None
