"""What real clients do with a version that was withdrawn, and with one that is offered again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from protogen.registry import layout
from protogen.registry.adding import add
from protogen.registry.yanking import yank
from tests.support.registry_packages import artifacts

GO = "example.com/Team/api"
REASON = "it breaks"


class Quiet(SimpleHTTPRequestHandler):
    """Files of a folder, and no log."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


@dataclass(frozen=True)
class Registry:
    """A folder that is served."""

    root: Path
    address: str

    def put(self, *versions: str) -> None:
        """Add made-up releases."""
        for version in versions:
            add(self.root, *layout.additions(artifacts(version), "api", version), self.address)

    def yank(self, name: str, version: str, reason: str | None = REASON) -> None:
        """Withdraw a version; without a reason, offer it again."""
        yank(self.root, name, version, reason)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """An empty one."""
    root = tmp_path / "registry"
    root.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Registry(root, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()


def attempt(*argv: str, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """A client's run, with its messages in stdout too; skips without the client."""
    if not shutil.which(argv[0]):
        pytest.skip(f"no {argv[0]}")
    return subprocess.run(
        argv,
        cwd=cwd,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )


def run(*argv: str, cwd: Path, **environ: str) -> str:
    """What a client prints, if it ends well."""
    done = attempt(*argv, cwd=cwd, **environ)
    assert done.returncode == 0, f"{argv}\n{done.stdout}"
    return done.stdout


@dataclass(frozen=True)
class Go:
    """go in a consumer's module, with a cache of its own."""

    program: str
    address: str
    consumer: Path
    cache: Path

    def attempt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environ = {
            "GOPROXY": f"{self.address}/go",
            "GONOSUMDB": "example.com",
            "GOFLAGS": "-modcacherw",
            "GOMODCACHE": str(self.cache),
            "GOTOOLCHAIN": "local",
        }
        return attempt(self.program, *arguments, cwd=self.consumer, **environ)

    def __call__(self, *arguments: str) -> str:
        done = self.attempt(*arguments)
        assert done.returncode == 0, f"{arguments}\n{done.stdout}"
        return done.stdout

    def begin(self) -> None:
        """An empty consumer and an empty cache, since go asks a proxy for versions once in a while only."""
        shutil.rmtree(self.cache, ignore_errors=True)
        shutil.rmtree(self.consumer, ignore_errors=True)
        self.consumer.mkdir()
        (self.consumer / "go.mod").write_text("module example.com/consumer\n\ngo 1.19\n")
        (self.consumer / "main.go").write_text(f'package main\n\nimport _ "{GO}"\n\nfunc main() {{}}\n')

    def chosen(self, query: str) -> str:
        """The version that go takes for a query, and builds and verifies."""
        self("get", f"{GO}@{query}")
        self("build", "./...")
        self("mod", "verify")
        found: str = json.loads(self("list", "-m", "-json", GO))["Version"]
        return found


@pytest.fixture(params=["1.19", "newest"])
def go(request: pytest.FixtureRequest, registry: Registry, tmp_path: Path) -> Iterator[Go]:
    """A consumer's go: the oldest that packages are made for, and the machine's own."""
    oldest = {"GOTOOLCHAIN": "go1.19"} if request.param == "1.19" else {}
    program = f"{run('go', 'env', 'GOROOT', cwd=tmp_path, **oldest).strip()}/bin/go"
    yield Go(program, registry.address, tmp_path / "consumer", tmp_path / "cache")


def test_go_passes_over_a_retracted_version_and_says_why_to_who_has_it(registry: Registry, go: Go) -> None:
    registry.put("1.2.0", "1.10.0", "1.11.0")
    registry.yank(GO, "1.11.0", f"{REASON}\nuse 1.10")
    go.begin()
    assert go("list", "-m", "-versions", GO).split()[1:] == ["v1.2.0", "v1.10.0"]
    assert "v1.11.0" in go("list", "-m", "-versions", "-retracted", GO).split()
    for query, expected in {"latest": "v1.10.0", "<v1.5.0": "v1.2.0", ">v1.5.0": "v1.10.0"}.items():
        assert go.chosen(query) == expected
    printed = go("get", f"{GO}@v1.11.0")
    assert f"{GO}@v1.11.0: retracted by module author: {REASON} use 1.10" in printed
    assert json.loads(go("list", "-m", "-u", "-json", GO))["Retracted"] == [f"{REASON} use 1.10"]
    assert f"{GO} v1.11.0 (retracted)" in go("list", "-m", "-u", "all")
    assert go.chosen("v1.11.0") == "v1.11.0"

    registry.put("1.12.0")
    go.begin()
    assert go.chosen("latest") == "v1.12.0"
    assert REASON in go("get", f"{GO}@v1.11.0"), "a newer release doesn't hide it"
    (update,) = go("list", "-m", "-u", "-f", "{{.Update.Version}}", GO).split()
    assert update == "v1.12.0"


def test_go_takes_a_version_that_is_offered_again(registry: Registry, go: Go) -> None:
    registry.put("1.2.0", "1.10.0")
    registry.yank(GO, "1.10.0")
    registry.yank(GO, "1.10.0", None)
    go.begin()
    assert go("list", "-m", "-versions", GO).split()[1:] == ["v1.2.0", "v1.10.0"]
    assert go.chosen("latest") == "v1.10.0"
    assert "Retracted" not in json.loads(go("list", "-m", "-u", "-retracted", "-json", GO))


def test_go_finds_nothing_where_the_only_version_is_retracted(registry: Registry, go: Go) -> None:
    registry.put("1.2.0")
    registry.yank(GO, "1.2.0")
    go.begin()
    done = go.attempt("get", f"{GO}@latest")
    assert done.returncode != 0
    assert 'no matching versions for query "latest"' in done.stdout
    assert REASON in go("get", f"{GO}@v1.2.0")
    assert go.chosen("v1.2.0") == "v1.2.0"


def test_who_asks_go_for_the_highest_number_gets_working_code(registry: Registry, go: Go) -> None:
    registry.put("1.2.0")
    registry.yank(GO, "1.2.0")
    go.begin()
    assert "published only to retract" in go("get", f"{GO}@v1.999999.0")
    assert go.chosen("v1.999999.0") == "v1.999999.0"
