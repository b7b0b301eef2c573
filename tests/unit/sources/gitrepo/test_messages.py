from __future__ import annotations

import pytest

from protogen.errors import ProtogenError, ReleaseNotFound, SourceRefused, SourceUnreachable
from protogen.sources.gitrepo.messages import failure, may_pass, scrub

URL = "https://me:secret@example.com/a"


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
        (f"git: fatal: unable to read {'0' * 40}", SourceRefused),
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


@pytest.mark.parametrize(
    ("words", "passes"),
    [
        ("error: RPC failed; curl 56", True),
        ("fatal: the remote end hung up unexpectedly", True),
        ("fatal: unable to access 'x': The requested URL returned error: 503", True),
        ("fatal: unable to access 'x': Could not resolve host: example.com", False),
        ("fatal: unable to access 'x': SSL certificate problem", False),
    ],
)
def test_what_may_be_gone_a_moment_later_is_told_from_what_stays(words: str, *, passes: bool) -> None:
    error = failure(URL, words)
    assert isinstance(error, SourceUnreachable)
    assert may_pass(error) is passes
