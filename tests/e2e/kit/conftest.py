from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from functools import cache as cache_of_results
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from tests.e2e.kit import drivers
from tests.e2e.kit.drivers import PROGRAMS, Run
from tests.e2e.kit.judging import RELEASES
from tests.e2e.rpc import environments, servers
from tests.support.command import must, protogen, run


@pytest.fixture(scope="session")
def packages(shared: Path, cache: Path, from_corpus: list[str]) -> Path:
    """A folder with a package of each release and language."""
    folder = shared / "kit-packages"
    with FileLock(folder.with_suffix(".lock")):
        if not (folder / "done").exists():
            folder.mkdir(exist_ok=True)
            languages = ",".join(drivers.LANGUAGES)
            arguments = ["--version", ",".join(RELEASES), "--lang", languages, "--out", "{version}"]
            must(protogen(*arguments, *from_corpus, cwd=folder, cache=cache))
            (folder / "done").touch()
    return folder


@pytest.fixture(scope="session")
def oracle(shared: Path) -> list[str]:
    """The command of what judges kits."""
    return [str(environments.oracle(shared)), "-W", "ignore", str(PROGRAMS / "oracle.py")]


@pytest.fixture(scope="session")
def places(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The file of contract.md's places, while the servers run."""
    folder = tmp_path_factory.mktemp("kit-servers")
    keys = servers.certificates(folder / "certificates")
    official, pythie = environments.official(shared), environments.pythie(shared)
    argv = [str(official), "-W", "ignore", str(PROGRAMS / "kit_server.py"), str(keys)]
    with (
        servers.pythie(pythie, folder) as pythie_port,
        subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=drivers.server_environment(),
        ) as child,
    ):
        try:
            assert child.stdout
            ports = {**json.loads(child.stdout.readline()), "pythie": pythie_port}
            found = {name: f"localhost:{port}" for name, port in ports.items()}
            file = folder / "places.json"
            file.write_text(json.dumps({**found, "certificates": str(keys), "folder": str(folder)}))
            yield file
        finally:
            child.kill()


FAKE = """\
import sys
from tensorflow_serving_client.client import FakeServer, Spec

floats = {"x": Spec("float32", (None,))}
with FakeServer() as server:
    for version in (1, 2, 3):
        server.model("half_plus_two", lambda given: {"y": given["x"] / 2 + 2}, inputs=floats, version=version)
    print(server.address, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def half_plus_two(packages: Path, shared: Path) -> Iterator[str]:
    """The address of a server with the model of examples, in versions 1 to 3.

    Each test has its own: a page's program may reload the server's models.
    """
    python = drivers.python_environment(shared, "newest")
    source = packages / "r2.11" / "python" / "src"
    environ = {**os.environ, "PYTHONPATH": str(source)}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [str(python), "-c", FAKE], stdin=pipe, stdout=pipe, text=True, env=environ
    ) as child:
        try:
            assert child.stdout
            yield child.stdout.readline().strip()
        finally:
            child.kill()


@pytest.fixture(scope="session")
def told(packages: Path, shared: Path) -> Callable[[Run, Path], Any]:
    """What a driver tells of cases."""

    @cache_of_results
    def tell(used: Run, cases: Path) -> Any:
        argv, environ = drivers.command(used, "driver", packages, shared)
        return json.loads(must(run([*argv, str(cases), used.form], cwd=shared, **environ)).out)

    return tell


@pytest.fixture(scope="session")
def lived(packages: Path, places: Path, shared: Path) -> Callable[[Run, str], Any]:
    """What a driver tells of one part of its calls."""

    def tell(used: Run, part: str) -> Any:
        argv, environ = drivers.command(used, "live", packages, shared)
        out = must(run([*argv, str(places), used.way, part], cwd=shared, **environ)).out
        return json.loads(out)[part]

    return tell
