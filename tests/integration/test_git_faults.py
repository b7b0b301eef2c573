"""A git server that hangs, fails, lies or moves on: a time limit, another try, or a clear error."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from protogen.errors import ReleaseNotFound, SourceRefused, SourceUnreachable
from protogen.protos.protoset import ProtoSet
from protogen.recipe import model
from protogen.sources.gitrepo.client import GitClient
from protogen.sources.gitrepo.source import GitSource
from protogen.sources.selection import Selection
from protogen.system.cache import Cache
from protogen.system.context import Context
from protogen.system.parallel import Once
from protogen.system.process import Processes
from tests.integration.git_server import GitServer, garbage, half, hang, reset, serving, status
from tests.support.traces import files_with
from tests.support.upstream import Repository

RECIPE = """
schema: 1
name: one
releases: api
repositories:
  api: {url: "https://git.invalid/api", branch: "r{major}.{minor}", tag: "v{major}.{minor}.{patch}"}
entry_points:
  - {repository: api, pattern: "*.proto"}
"""
OLD, NEW = 'syntax = "proto3"; message Old {}', 'syntax = "proto3"; message New {}'


@pytest.fixture
def api(tmp_path: Path) -> Repository:
    repository = Repository.create(tmp_path / "served/api")
    repository.commit({"a.proto": OLD, "b.proto": "// " + "x" * 5000})
    repository.git("branch", "r1.0")
    return repository


@pytest.fixture
def server(api: Repository) -> Iterator[GitServer]:
    with serving(api.path.parent) as server:
        yield server


class Reader:
    """The source, with limits that a test can wait for; each load is a run of its own."""

    def __init__(self, server: GitServer, cache: Path, *, seconds: float = 20.0) -> None:
        environ = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
        self.processes = Processes()
        client = GitClient(
            self.processes, environ, list_seconds=seconds, fetch_seconds=seconds, first_wait=0.01
        )
        urls = {"api": server.url("api/.git", "me:s3cr3t@")}
        self.context = Context(Cache(cache), self.processes, environ)
        selection = Selection(model.parse(RECIPE, "one.yaml"), repositories=urls)
        self.source = GitSource(selection, self.context, client)
        self.cache = cache

    def load(self, version: str = "1.0") -> ProtoSet:
        return replace(self.source, context=replace(self.context, once=Once())).find(version, ()).read()


@pytest.fixture
def reader(server: GitServer, tmp_path: Path) -> Reader:
    return Reader(server, tmp_path / "cache")


def text(protos: ProtoSet) -> str:
    (file,) = protos.find("a.proto")
    return file.content.decode()


def left_over(cache: Path) -> list[Path]:
    return list((cache / "tmp").glob("*")) if (cache / "tmp").exists() else []


def test_a_server_without_faults_is_asked_once_for_each_thing(reader: Reader, server: GitServer) -> None:
    assert text(reader.load()) == OLD
    assert not files_with(reader.cache, b"s3cr3t")
    assert sum("/info/refs" in request for request in server.requests) <= 3


@pytest.mark.parametrize(
    "fault", [status(500), status(503), status(429), reset], ids=["500", "503", "429", "reset"]
)
@pytest.mark.parametrize("place", ["/info/refs", "/git-upload-pack"])
def test_a_fault_that_passes_is_tried_again(
    reader: Reader, server: GitServer, place: str, fault: object
) -> None:
    server.faults[place] = [fault, fault]  # type: ignore[list-item]
    assert text(reader.load()) == OLD
    assert not server.faults[place]


def test_a_pack_that_breaks_off_is_fetched_again(reader: Reader, server: GitServer) -> None:
    server.faults["/git-upload-pack"] = [lambda _: False, half, half]
    assert text(reader.load()) == OLD
    assert not server.faults["/git-upload-pack"]
    assert not left_over(reader.cache)


@pytest.mark.parametrize("fault", [status(500), reset, half], ids=["500", "reset", "half"])
def test_three_tries_are_all(reader: Reader, server: GitServer, fault: object) -> None:
    server.faults["/git-upload-pack"] = [fault] * 9  # type: ignore[list-item]
    with pytest.raises(SourceUnreachable) as caught:
        reader.load()
    assert len(server.faults["/git-upload-pack"]) in {3, 6}  # git itself tries a reset again
    assert "s3cr3t" not in str(caught.value)
    assert not left_over(reader.cache)


@pytest.mark.parametrize("code", [401, 403, 404])
def test_a_refusal_is_final(reader: Reader, server: GitServer, code: int) -> None:
    server.faults["/info/refs"] = [status(code)] * 9
    with pytest.raises(SourceRefused):
        reader.load()
    assert len(server.faults["/info/refs"]) >= 7


def test_a_host_that_is_not_there_is_asked_once(tmp_path: Path) -> None:
    reader = Reader(GitServer(tmp_path, port=9), tmp_path / "cache")
    object.__setattr__(reader.source.client, "first_wait", 60.0)
    before = time.monotonic()
    with pytest.raises(SourceUnreachable):
        reader.load()
    assert time.monotonic() - before < 30


@pytest.mark.parametrize("place", ["/info/refs", "/git-upload-pack"])
def test_garbage_is_refused(reader: Reader, server: GitServer, place: str) -> None:
    server.faults[place] = [garbage] * 9
    with pytest.raises((SourceRefused, SourceUnreachable, ReleaseNotFound)) as caught:
        reader.load()
    assert "\x1b" not in str(caught.value)
    assert not left_over(reader.cache)


@pytest.mark.parametrize("place", ["/info/refs", "/git-upload-pack"])
def test_a_server_that_hangs_is_left_when_time_is_up(server: GitServer, tmp_path: Path, place: str) -> None:
    reader = Reader(server, tmp_path / "cache", seconds=1.5)
    server.faults[place] = [hang] * 9
    before = time.monotonic()
    with pytest.raises(SourceUnreachable, match="did not answer within"):
        reader.load()
    assert time.monotonic() - before < 30
    assert not reader.processes._running
    assert not left_over(reader.cache)


def moved(api: Repository, *, gone: bool) -> object:
    """Moves the branch while a request waits; gone: the server forgets the old commit."""

    def move(_: object) -> bool:
        api.git("checkout", "--quiet", "--orphan", "fresh")
        api.commit({"a.proto": NEW})
        api.git("branch", "--force", "r1.0")
        if gone:
            api.git("branch", "--delete", "--force", "main")
            api.git("reflog", "expire", "--expire=now", "--all")
            api.git("gc", "--quiet", "--prune=now")
        return False

    return move


def test_a_ref_that_moves_is_read_at_the_commit_that_was_listed(
    reader: Reader, server: GitServer, api: Repository
) -> None:
    listed = api.head()
    server.faults["/git-upload-pack"] = [lambda _: False, moved(api, gone=False)]  # type: ignore[list-item]
    protos = reader.load()
    assert protos.release.repositories[0].commit == listed
    assert text(protos) == OLD


def test_a_ref_that_moves_and_loses_the_listed_commit_ends_cleanly(
    reader: Reader, server: GitServer, api: Repository
) -> None:
    server.faults["/git-upload-pack"] = [lambda _: False, moved(api, gone=True)]  # type: ignore[list-item]
    with pytest.raises((SourceRefused, ReleaseNotFound), match=r"doesn't have that commit|can't be read"):
        reader.load()
    assert not left_over(reader.cache)
    assert text(reader.load()) == NEW


def test_a_signal_ends_the_git_that_waits(server: GitServer, tmp_path: Path) -> None:
    server.faults["/info/refs"] = [hang] * 9
    file = tmp_path / "one.yaml"
    file.write_text(RECIPE)
    argv = [sys.executable, "-m", "protogen", "--version", "1.0", "--lang", "python", "--recipe", str(file)]
    environ = {
        **os.environ,
        "PROTOGEN_CACHE_DIR": str(tmp_path / "cache"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "HUNG": str(tmp_path),
    }
    child = subprocess.Popen(
        [*argv, "--repo", f"api={server.url('api/.git')}"], cwd=tmp_path, env=environ, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 60
    while not server.requests:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert with_variable("HUNG", str(tmp_path), but=child.pid)
    child.send_signal(signal.SIGTERM)
    _, err = child.communicate(timeout=30)
    assert child.returncode == 143, err.decode()
    assert not with_variable("HUNG", str(tmp_path), but=child.pid)


def with_variable(name: str, value: str, *, but: int) -> list[int]:
    """The processes that have the variable in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"{name}={value}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue
    return [each for each in found if each != but]
