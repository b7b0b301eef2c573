from __future__ import annotations

import pytest

from protogen.errors import ProtogenError, ReleaseNotFound, SourceRefused, SourceUnreachable
from protogen.sources.gitrepo.client import environment, failure, scrub

URL = "https://me:secret@example.com/a"


def test_inherited_variables_that_lead_git_elsewhere_are_removed() -> None:
    inherited = {
        "PATH": "/bin",
        "GIT_DIR": "/x",
        "GIT_WORK_TREE": "/x",
        "GIT_INDEX_FILE": "/x",
        "GIT_CONFIG_COUNT": "9",
        "GIT_CONFIG_KEY_0": "core.sshCommand",
        "GIT_CONFIG_PARAMETERS": "'x'",
        "GIT_ALLOW_PROTOCOL": "ext",
        "GIT_SSL_CAINFO": "/ca",
        "GIT_SSH_COMMAND": "ssh -F x",
        "LANG": "de_DE",
    }
    environ = environment(inherited, {})
    assert not {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_CONFIG_PARAMETERS"} & set(environ)
    assert environ["GIT_ALLOW_PROTOCOL"] == "file:git:http:https:ssh"
    assert environ["GIT_SSL_CAINFO"] == "/ca"
    assert environ["GIT_SSH_COMMAND"] == "ssh -F x"
    assert environ["LC_ALL"] == "C"
    assert environ["GIT_TERMINAL_PROMPT"] == "0"


def test_settings_reach_git_by_environment() -> None:
    environ = environment({}, {"remote.origin.url": URL})
    count = int(environ["GIT_CONFIG_COUNT"])
    settings = {environ[f"GIT_CONFIG_KEY_{n}"]: environ[f"GIT_CONFIG_VALUE_{n}"] for n in range(count)}
    assert settings["remote.origin.url"] == URL
    assert settings["remote.origin.promisor"] == "true"
    assert settings["protocol.ext.allow"] == "never"


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (
            "fatal: unable to access 'https://example.com/a/': Could not resolve host: example.com",
            SourceUnreachable,
        ),
        (
            "fatal: unable to access 'x': Failed to connect to example.com port 443: Connection refused",
            SourceUnreachable,
        ),
        (
            "ssh: connect to host example.com port 22: Connection timed out\nfatal: Could not read",
            SourceUnreachable,
        ),
        ("fatal: unable to access 'x': SSL certificate problem", SourceUnreachable),
        ("error: RPC failed; curl 56\nfatal: early EOF", SourceUnreachable),
        ("fatal: Authentication failed for 'https://example.com/a/'", SourceRefused),
        (
            "fatal: could not read Username for 'https://example.com': terminal prompts disabled",
            SourceRefused,
        ),
        (
            "remote: Repository not found.\nfatal: repository 'https://example.com/a/' not found",
            SourceRefused,
        ),
        ("git@example.com: Permission denied (publickey).\nfatal: Could not read from remote", SourceRefused),
        ("fatal: unable to access 'x': The requested URL returned error: 403", SourceRefused),
        ("fatal: '/x' does not appear to be a git repository", SourceRefused),
        ("fatal: something else", SourceRefused),
        ("fatal: remote error: upload-pack: not our ref 0123", ReleaseNotFound),
        ("fatal: couldn't find remote ref refs/heads/x", ReleaseNotFound),
    ],
)
def test_gits_words_become_the_right_error(words: str, kind: type[ProtogenError]) -> None:
    error = failure(URL, words)
    assert type(error) is kind
    said = [line.split(": ", 1)[1] for line in words.splitlines()]
    assert any(line in error.message for line in said)
    assert "secret" not in str(error)
    assert error.remedy


def test_credentials_are_scrubbed_from_gits_words() -> None:
    assert scrub("fatal: https://me:secret@example.com/a", URL) == "fatal: https://***@example.com/a"
    assert "secret" not in scrub("password secret of me", URL)
