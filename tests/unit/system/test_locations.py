from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.system.locations import (
    absolute,
    check_ref,
    check_url,
    is_url,
    secrets,
    urls_without_credentials,
    without_credentials,
)


@pytest.mark.parametrize(
    "location",
    [
        "https://example.com/a/b",
        "https://user:pass@example.com/a.git",
        "ssh://git@example.com:22/a",
        "git@example.com:a/b.git",
        "git@example.com:/srv/a.git",
        "[::1]:a",
        "git@[fe80::1]:/srv/a",
        "file:///srv/a.git",
        "git://example.com/a",
        "../a",
        "/srv/a",
        "a",
    ],
)
def test_usual_locations_pass(location: str) -> None:
    check_url(location)


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("", "empty"),
        ("-upload-pack=touch x", "starts with '-'"),
        ("--upload-pack=x", "starts with '-'"),
        ("ext::sh -c x", "ext:: names a transport that can run commands"),
        ("fd::17", "can run commands"),
        ("https://example.com/a\nb", "control character"),
        ("https://example.com/a\x00", "control character"),
        ("ftp://example.com/a", "not a transport of git"),
        ("https://example.com/a/../b", "'..' in the URL"),
        ("ssh://-oProxyCommand=x/a", "host starts with '-'"),
        ("ssh://git@-oProxyCommand=x/a", "host starts with '-'"),
        ("https:///a", "no host"),
        ("https://[::1/a", "not a URL"),
        ("[-oProxyCommand=x]:a", "host starts with '-'"),
        ("me@[-oProxyCommand=x]:a", "host starts with '-'"),
        ("ssh://git:s3cr3t@example.com/a", "ssh takes no password"),
        ("https://example.com/a?token=s3cr3t", "no query"),
    ],
)
def test_dangerous_locations_are_refused(location: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason.replace("[", r"\[")) as caught:
        check_url(location)
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    "ref", ["r2.11", "refs/heads/r2.11", "2.11.1", "a/b-c_d", "v1.0.0-rc1", "f" * 40, "ünïcode"]
)
def test_usual_refs_pass(ref: str) -> None:
    check_ref(ref)


@pytest.mark.parametrize(
    ("ref", "reason"),
    [
        ("", "empty"),
        ("-x", "start with '-'"),
        ("--upload-pack=x", "start with '-'"),
        ("a..b", "contain '..'"),
        ("a b", "control character"),
        ("a\tb", "control character"),
        ("a\x7f", "control character"),
        ("a~1", "any of"),
        ("a^", "any of"),
        ("a:b", "any of"),
        ("a@{1}", "any of"),
        ("@", "any of"),
        ("a//b", "any of"),
        ("ext::sh", "any of"),
        ("/a", "start with '/'"),
        ("a/", "end with '/'"),
        ("a.", "end with"),
        ("a.lock", "lock"),
        (".a", "no part"),
        ("a/.b", "no part"),
        ("a.lock/b", "no part"),
        ("x" * 251, "250"),
    ],
)
def test_refs_that_git_refuses_are_refused(ref: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_ref(ref)


@given(st.text(min_size=1))
def test_a_ref_that_passes_is_no_option_and_one_word(ref: str) -> None:
    try:
        check_ref(ref)
    except ValueError:
        return
    assert not ref.startswith("-")
    assert ".." not in ref
    assert ref.isprintable() or not any(ord(character) < 33 for character in ref)


@pytest.mark.parametrize(
    ("location", "clean", "hidden"),
    [
        ("https://user:pass@example.com/a", "https://example.com/a", ("user:pass", "user", "pass")),
        ("https://token@example.com/a?x=1", "https://example.com/a", ("token", "x=1")),
        ("ssh://git@example.com/a", "ssh://git@example.com/a", ()),
        ("ssh://git:pw@example.com/a", "ssh://git@example.com/a", ("git:pw", "pw")),
        ("git@example.com:a", "git@example.com:a", ()),
        ("/srv/a", "/srv/a", ()),
        ("https://example.com/a", "https://example.com/a", ()),
    ],
)
def test_credentials_are_taken_out(location: str, clean: str, hidden: tuple[str, ...]) -> None:
    assert without_credentials(location) == clean
    assert sorted(secrets(location)) == sorted(hidden)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("--url=https://me:pass@example.com/a?k=v", "--url=https://example.com/a"),
        ("a https://u@h/x and http://v:w@h/y", "a https://h/x and http://h/y"),
        ("git+ssh://git:pass@h/x", "git+ssh://h/x"),
        ("ssh://git@h/x", "ssh://git@h/x"),
        ("https://u:p'\"<@h/x", "https://h/x"),
        ("https://u:p@[::1/x", "https://…"),
        ("git@h:x", "git@h:x"),
        ("--message=plain: text", "--message=plain: text"),
    ],
)
def test_credentials_of_urls_within_a_text_are_taken_out(text: str, clean: str) -> None:
    assert urls_without_credentials(text) == clean


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("https://example.com/a", True),
        ("git@example.com:a/b", True),
        ("git@example.com:/srv/git/api.git", True),
        ("git@example.com:~me/api.git", True),
        ("a.user+x@example.com:api", True),
        ("host:path", True),
        ("host:/path", True),
        ("host:dir/with:colon", True),
        ("my host:path", True),
        ("[::1]:path", True),
        ("[example.com:2222]:path", True),
        ("git@[::1]:/srv/api", True),
        ("host:", False),
        ("/srv/a", False),
        ("/srv/a:b", False),
        ("dir/a:b", False),
        ("./a:b", False),
        ("a/b", False),
        ("../a", False),
    ],
)
def test_urls_are_told_from_paths(location: str, *, expected: bool) -> None:
    assert is_url(location) is expected


def test_what_stands_on_the_disk_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "host:path").mkdir()
    assert absolute("host:path") == str(tmp_path / "host:path")
    assert absolute("./other:path") == str(tmp_path / "other:path")
    assert absolute("other:path") == "other:path"
    assert absolute("https://example.com/a") == "https://example.com/a"


@pytest.mark.parametrize("end", "/#?")
def test_a_password_that_ends_the_host_is_refused_and_not_shown(end: str) -> None:
    with pytest.raises(ValueError, match="%2F") as refused:
        check_url(f"https://user:p{end}SECRET@git.invalid/x")
    assert "SECRET" not in str(refused.value)
    check_url("https://user:p@git.invalid:8443/x")
