"""What the user set for git holds when protogen runs it, and credentials stay out of the process list."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from protogen.errors import SourceRefused
from protogen.recipe import model
from protogen.sources.gitrepo.client import GitClient
from protogen.sources.gitrepo.source import GitSource
from protogen.sources.selection import Selection
from protogen.system.cache import Cache
from protogen.system.context import Context
from protogen.system.process import Processes
from tests.integration.git_server import GitServer, redirect, serving
from tests.integration.test_git_faults import RECIPE
from tests.support.upstream import Repository

PROTO = 'syntax = "proto3"; message A {}'
# Others may run tests on this machine, whose secrets aren't these.
USER, MARK = f"robot-{os.getpid()}", f"s3cr3t-{os.getpid()}"
PASSWORD, ENCODED = f"{MARK} t0k3n", f"{MARK}%20t0k3n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    api = Repository.create(tmp_path / "served/api")
    api.commit({"a.proto": PROTO})
    api.git("branch", "r1.0")
    with serving(tmp_path / "served") as server:
        yield server


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def environ(home: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"}


def load(url: str, environ: Mapping[str, str], cache: Path) -> str:
    """The proto of release 1.0, as the git source reads it."""
    client = GitClient(Processes(), environ, first_wait=0.01)
    selection = Selection(model.parse(RECIPE, "one.yaml"), repositories={"api": url})
    source = GitSource(selection, Context(Cache(cache), client.processes, environ), client)
    (file,) = source.find("1.0", ()).read().find("a.proto")
    return file.content.decode()


def counted(*pairs: tuple[str, str]) -> dict[str, str]:
    numbered = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for number, (key, value) in enumerate(pairs):
        numbered |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return numbered


def set_by(way: str, home: Path, key: str, value: str) -> dict[str, str]:
    """One setting of git: by a file, counted in the environment, or as `git -c` passes it on."""
    if way == "count":
        return counted((key, value))
    if way == "parameters":
        return {"GIT_CONFIG_PARAMETERS": f"'{key}'='{value}'"}
    section, _, rest = key.partition(".")
    subsection, _, name = rest.rpartition(".")
    head = f'[{section} "{subsection}"]' if subsection else f"[{section}]"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    (home / ".gitconfig").write_text(f'{head}\n{name} = "{escaped}"\n')
    return {}


def program(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


WAYS = ("file", "count", "parameters")
ONE_WAY = ("count", *(pytest.param(way, marks=pytest.mark.slow) for way in ("file", "parameters")))


@pytest.mark.parametrize("way", WAYS)
def test_an_address_that_the_user_rewrites_is_rewritten(
    server: GitServer, environ: dict[str, str], home: Path, tmp_path: Path, way: str
) -> None:
    environ |= set_by(way, home, f"url.{server.url('')}.insteadOf", "https://git.invalid/")
    assert load("https://git.invalid/api/.git", environ, tmp_path / "cache") == PROTO


@pytest.mark.parametrize("way", ONE_WAY)
def test_a_header_of_the_user_is_sent(
    server: GitServer, environ: dict[str, str], home: Path, tmp_path: Path, way: str
) -> None:
    server.credentials = "ci:token"
    environ |= set_by(way, home, f"http.{server.url('')}.extraHeader", "Authorization: Basic Y2k6dG9rZW4=")
    assert load(server.url("api/.git"), environ, tmp_path / "cache") == PROTO


@pytest.mark.parametrize("way", ONE_WAY)
def test_a_credential_helper_of_the_user_is_asked(
    server: GitServer, environ: dict[str, str], home: Path, tmp_path: Path, way: str
) -> None:
    server.credentials = "ci:token"
    helper = program(tmp_path / "helper", "echo username=ci; echo password=token")
    environ |= set_by(way, home, "credential.helper", str(helper))
    assert load(server.url("api/.git"), environ, tmp_path / "cache") == PROTO


@pytest.mark.parametrize("name", ["GIT_ASKPASS", pytest.param("core.askPass", marks=pytest.mark.slow)])
def test_the_users_askpass_is_asked_for_what_the_url_leaves_out(
    server: GitServer, environ: dict[str, str], home: Path, tmp_path: Path, name: str
) -> None:
    server.credentials = "ci:token"
    ask = str(program(tmp_path / "ask", 'case "$1" in Password*ci@*) echo token;; *) echo nobody;; esac'))
    environ |= {name: ask} if "_" in name else set_by("count", home, name, ask)
    assert load(server.url("api/.git", "ci@"), environ, tmp_path / "cache") == PROTO


@pytest.mark.parametrize("way", [*ONE_WAY, "variable"])
def test_a_proxy_of_the_user_is_used(
    server: GitServer, environ: dict[str, str], home: Path, tmp_path: Path, way: str
) -> None:
    proxy = server.url("").rstrip("/")
    environ |= {"http_proxy": proxy} if way == "variable" else set_by(way, home, "http.proxy", proxy)
    assert load("http://git.invalid/api/.git", environ, tmp_path / "cache") == PROTO


@pytest.mark.parametrize(
    ("way", "url"),
    [
        ("file", "git@git.invalid:{}"),
        ("count", "git.invalid:{}"),
        ("GIT_SSH", "ssh://git@git.invalid{}"),
        ("GIT_SSH_COMMAND", "git@[git.invalid]:{}"),
    ],
)
def test_the_users_ssh_is_run(
    server: GitServer, environ: dict[str, str], home: Path, tmp_path: Path, way: str, url: str
) -> None:
    log = tmp_path / "log"
    ssh = program(
        tmp_path / "my-ssh",
        f'echo "$@" >> {log}; [ "$1" = -G ] && exit 0\nfor last in "$@"; do :; done; eval "$last"',
    )
    environ |= {way: str(ssh)} if way.startswith("GIT") else set_by(way, home, "core.sshCommand", str(ssh))
    assert load(url.format(server.root / "api/.git"), environ, tmp_path / "cache") == PROTO
    assert "git.invalid" in log.read_text()


def test_a_setting_of_the_environment_beats_the_file(
    server: GitServer, environ: dict[str, str], home: Path, tmp_path: Path
) -> None:
    set_by("file", home, "http.proxy", "http://127.0.0.1:9")
    environ |= counted(("http.proxy", ""))
    assert load(server.url("api/.git"), environ, tmp_path / "cache") == PROTO


def test_what_runs_code_of_the_users_files_is_not_run(
    server: GitServer, environ: dict[str, str], home: Path, tmp_path: Path
) -> None:
    mark, hooks = tmp_path / "ran", tmp_path / "template/hooks"
    hooks.mkdir(parents=True)
    script = program(hooks / "reference-transaction", f"touch {mark}")
    (home / ".gitconfig").write_text(
        f"[core]\nhooksPath = {hooks}\nfsmonitor = {script}\nalternateRefsCommand = {script}\n"
        f"[init]\ntemplateDir = {hooks.parent}\n"
    )
    assert load(server.url("api/.git"), environ, tmp_path / "cache") == PROTO
    assert not mark.exists()


def test_a_repository_need_not_be_bare_or_at_home(
    server: GitServer, environ: dict[str, str], home: Path, tmp_path: Path
) -> None:
    set_by("file", home, "safe.bareRepository", "explicit")
    assert load(server.url("api/.git"), environ, tmp_path / "cache") == PROTO


def test_a_trace_goes_where_the_user_wants_it(
    server: GitServer, environ: dict[str, str], tmp_path: Path
) -> None:
    environ |= {"GIT_TRACE": str(tmp_path / "trace"), "GIT_TRACE_CURL": str(tmp_path / "curl")}
    server.credentials = f"{USER}:{PASSWORD}"
    assert load(server.url("api/.git", f"{USER}:{ENCODED}@"), environ, tmp_path / "cache") == PROTO
    assert "ls-remote" in (tmp_path / "trace").read_text()
    assert MARK not in (tmp_path / "trace").read_text() + (tmp_path / "curl").read_text()


class ProcessList:
    """The command lines of all processes, looked at whenever a request waits."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def look(self) -> None:
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                self.seen.add(
                    (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                )
            except OSError:
                continue

    def mentioning(self, *parts: str) -> list[str]:
        return [line for line in self.seen if any(part in line for part in parts)]


@pytest.mark.skipif(
    not Path("/proc/self/cmdline").exists(), reason="NO /proc: the process list isn't looked at"
)
@pytest.mark.parametrize("way", ["url", *ONE_WAY])
def test_credentials_stand_in_no_process_list(
    server: GitServer, environ: dict[str, str], home: Path, tmp_path: Path, way: str
) -> None:
    """Neither those of a URL, nor those that the user's own url.*.insteadOf puts into one."""
    server.credentials = f"{USER}:{PASSWORD}"
    processes = ProcessList()
    server.waiting = processes.look
    url = secret = server.url("api/.git", f"{USER}:{ENCODED}@")
    if way != "url":
        url = server.url("api/.git")
        environ |= set_by(way, home, f"url.{secret.removesuffix('api/.git')}.insteadOf", server.url(""))
    trace = tmp_path / "trace"  # names every process that git starts, however short it lives
    environ |= {"GIT_TRACE": str(trace)}
    assert load(url, environ, tmp_path / "cache") == PROTO
    assert processes.mentioning("git-remote-http", "remote-http")
    assert not processes.mentioning(MARK, USER)
    assert "git-remote-http" in trace.read_text()
    assert not [secret for secret in (MARK, USER) if secret in trace.read_text()]


def test_the_urls_credentials_go_before_the_users_helpers_which_never_learn_them(
    server: GitServer, environ: dict[str, str], home: Path, tmp_path: Path
) -> None:
    server.credentials = f"{USER}:{PASSWORD}"
    log = tmp_path / "log"
    helper = program(tmp_path / "helper", f"cat >> {log}; echo username=x; echo password=wrong")
    set_by("file", home, "credential.helper", str(helper))
    assert load(server.url("api/.git", f"{USER}:{ENCODED}@"), environ, tmp_path / "cache") == PROTO
    assert not log.exists()


def test_credentials_do_not_follow_to_another_server(
    server: GitServer, environ: dict[str, str], tmp_path: Path
) -> None:
    with serving(tmp_path / "served") as other:
        other.credentials = "somebody:else"
        server.faults["/info/refs"] = [redirect(other.url("").rstrip("/"))] * 9
        with pytest.raises(SourceRefused) as caught:
            load(server.url("api/.git", f"{USER}:{ENCODED}@"), environ, tmp_path / "cache")
        assert other.requests
        assert not any(other.authorizations)
    assert MARK not in str(caught.value)


def test_wrong_credentials_are_refused_without_naming_them(
    server: GitServer, environ: dict[str, str], tmp_path: Path
) -> None:
    server.credentials = f"{USER}:other"
    with pytest.raises(SourceRefused, match="refuses: Authentication failed") as caught:
        load(server.url("api/.git", f"{USER}:{ENCODED}@"), environ, tmp_path / "cache")
    for secret in (PASSWORD, ENCODED, USER):
        assert secret not in str(caught.value)
