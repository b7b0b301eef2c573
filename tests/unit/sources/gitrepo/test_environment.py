from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.sources.gitrepo.environment import environment, user_settings


def settings(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """What git reads of the environment, weakest first."""
    count = int(environ["GIT_CONFIG_COUNT"])
    return [(environ[f"GIT_CONFIG_KEY_{n}"], environ[f"GIT_CONFIG_VALUE_{n}"]) for n in range(count)]


def counted(**pairs: str) -> dict[str, str]:
    numbered = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for number, (key, value) in enumerate(pairs.items()):
        numbered |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return numbered


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GIT_SSH", "/bin/ssh"),
        ("GIT_SSH_COMMAND", "ssh -F x"),
        ("GIT_SSH_VARIANT", "plink"),
        ("GIT_SSL_CAINFO", "/ca"),
        ("GIT_SSL_NO_VERIFY", "1"),
        ("GIT_ASKPASS", "/bin/ask"),
        ("GIT_PROXY_COMMAND", "/bin/proxy"),
        ("GIT_PROXY_SSL_CAINFO", "/ca"),
        ("GIT_HTTP_USER_AGENT", "x"),
        ("GIT_HTTP_LOW_SPEED_TIME", "90"),
        ("GIT_EXEC_PATH", "/usr/lib/git-core"),
        ("GIT_CONFIG_GLOBAL", "/my/config"),
        ("GIT_CONFIG_SYSTEM", "/etc/config"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_TRACE", "/tmp/trace"),
        ("GIT_TRACE2_EVENT", "af_unix:/run/x"),
        ("GIT_TRACE_REDACT", "0"),
        ("SSH_ASKPASS", "/bin/ask"),
        ("SSH_AUTH_SOCK", "/run/agent"),
        ("https_proxy", "http://proxy"),
        ("HOME", "/home/me"),
        ("XDG_CONFIG_HOME", "/home/me/.config"),
    ],
)
def test_how_git_reaches_a_remote_and_authenticates_is_kept(name: str, value: str) -> None:
    assert environment({name: value}, ())[name] == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GIT_DIR", "/x"),
        ("GIT_WORK_TREE", "/x"),
        ("GIT_INDEX_FILE", "/x"),
        ("GIT_OBJECT_DIRECTORY", "/x"),
        ("GIT_ALTERNATE_OBJECT_DIRECTORIES", "/x"),
        ("GIT_COMMON_DIR", "/x"),
        ("GIT_NAMESPACE", "x"),
        ("GIT_REPLACE_REF_BASE", "refs/heads/"),
        ("GIT_SHALLOW_FILE", "/x"),
        ("GIT_CEILING_DIRECTORIES", "/"),
        ("GIT_DEFAULT_HASH", "sha256"),
        ("GIT_DEFAULT_REF_FORMAT", "reftable"),
        ("GIT_TEMPLATE_DIR", "/x"),
        ("GIT_EXTERNAL_DIFF", "/x"),
        ("GIT_EDITOR", "/x"),
        ("GIT_PAGER", "/x"),
        ("GIT_CONFIG_PARAMETERS", "'core.fsmonitor'='/x'"),
        ("GIT_TRACE", "1"),
        ("GIT_TRACE_CURL", "true"),
        ("GIT_TRACE2_EVENT", "2"),
        ("GIT_CURL_VERBOSE", "1"),
    ],
)
def test_what_would_run_code_or_lead_git_elsewhere_is_dropped(name: str, value: str) -> None:
    assert name not in environment({name: value}, ())


def test_some_variables_are_protogens_own() -> None:
    environ = environment({"GIT_ALLOW_PROTOCOL": "ext", "GIT_TERMINAL_PROMPT": "1", "LC_ALL": "de_DE"}, ())
    assert environ["GIT_ALLOW_PROTOCOL"] == "file:git:http:https:ssh"
    assert environ["GIT_TERMINAL_PROMPT"] == "0"
    assert environ["LC_ALL"] == "C"


def test_no_ssh_command_is_set_that_would_beat_the_users() -> None:
    assert not [name for name in environment({}, ()) if name.startswith("GIT_SSH")]


KEPT = {
    "core.sshCommand": "ssh -F x",
    "core.askPass": "/bin/ask",
    "core.gitProxy": "/bin/proxy",
    "credential.helper": "store",
    "credential.https://example.com.username": "me",
    "http.proxy": "http://proxy",
    "http.https://example.com/.extraHeader": "Authorization: Basic x",
    "HTTP.sslCAInfo": "/ca",
    "url.https://mirror/.insteadOf": "https://example.com/",
    "ssh.variant": "plink",
    "protocol.version": "0",
    "safe.directory": "*",
    "include.path": "/my/config",
}


@pytest.mark.parametrize("key", KEPT)
def test_settings_of_the_environment_are_kept_before_ours(key: str) -> None:
    found = settings(environment(counted(**{key: KEPT[key]}), [("remote.origin.url", "x")]))
    assert found[0] == (key, KEPT[key])
    assert ("remote.origin.url", "x") in found[1:]


@pytest.mark.parametrize(
    "key",
    [
        "core.fsmonitor",
        "core.hooksPath",
        "core.alternateRefsCommand",
        "core.worktree",
        "uploadpack.packObjectsHook",
        "remote.origin.url",
        "remote.origin.uploadpack",
        "alias.fetch",
        "filter.x.smudge",
        "fetch.bundleURI",
        "transfer.bundleURI",
        "extensions.objectFormat",
        "init.templateDir",
    ],
)
def test_settings_that_would_run_code_or_lead_elsewhere_are_dropped(key: str) -> None:
    for inherited in (counted(**{key: "/x"}), {"GIT_CONFIG_PARAMETERS": f"'{key}'='/x'"}):
        assert (key, "/x") not in settings(environment(inherited, ()))


def test_what_git_was_given_on_its_command_line_follows_what_is_counted() -> None:
    inherited = counted(**{"http.proxy": "a"}) | {
        "GIT_CONFIG_PARAMETERS": "'http.proxy=b' 'http.sslVerify' 'user.name'='it'\\''s a=b' 'x.y'=''"
    }
    assert user_settings(inherited) == [
        ("http.proxy", "a"),
        ("http.proxy", "b"),
        ("http.sslVerify", "true"),
        ("user.name", "it's a=b"),
        ("x.y", ""),
    ]


@pytest.mark.parametrize(
    "inherited",
    [
        {"GIT_CONFIG_COUNT": "x"},
        {"GIT_CONFIG_COUNT": "-1"},
        {"GIT_CONFIG_COUNT": "2"},
        {"GIT_CONFIG_COUNT": "99999999999"},
        {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "a.b"},
        {"GIT_CONFIG_PARAMETERS": "'"},
        {"GIT_CONFIG_PARAMETERS": "'a.b"},
        {"GIT_CONFIG_PARAMETERS": "=''"},
    ],
)
def test_what_git_could_not_read_either_is_nothing(inherited: Mapping[str, str]) -> None:
    assert user_settings(inherited) == []


@given(
    st.lists(st.tuples(st.sampled_from(["a.b", "url.x=y.c", "a.it's.c"]), st.text("ab='\\!\n ", max_size=6)))
)
def test_parameters_are_read_as_git_quotes_them(pairs: list[tuple[str, str]]) -> None:
    def quoted(text: str) -> str:
        return "'" + text.replace("'", "'\\''").replace("!", "'\\!'") + "'"

    text = " ".join(f"{quoted(key)}={quoted(value)}" for key, value in pairs)
    assert user_settings({"GIT_CONFIG_PARAMETERS": text}) == pairs
