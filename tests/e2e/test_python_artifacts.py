"""Python's artifacts: proven by real tools, the same bytes twice, taken and given by an index."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from protogen.languages.python.programs import run_module
from tests.e2e.test_python import PACKAGE, PIP, interpreter
from tests.support.command import Ran, must, protogen, run

RECIPE = Path(__file__).parents[2] / "recipes" / "tensorflow-serving" / "recipe.yaml"
_START_SECONDS = 30.0


def verify(version: str, out: Path, cache: Path, *options: str) -> Ran:
    out.mkdir(parents=True, exist_ok=True)
    arguments = ["--version", version, "--lang", "python", "--out", str(out / "gen"), "--verify"]
    return protogen(*arguments, *options, cwd=out, cache=cache)


@pytest.fixture(scope="module")
def artifacts(
    tmp_path_factory: pytest.TempPathFactory, cache: Path, from_corpus: list[str]
) -> dict[str, Path]:
    """The folder with wheel and sdist, by release."""
    root = tmp_path_factory.mktemp("artifacts")
    made = {}
    for release in ("r2.11", "master"):
        folder = root / release / "artifacts"
        must(verify(release, root / release, cache, *from_corpus, "--artifacts", str(folder)))
        made[release] = folder / "python"
    return made


@contextmanager
def index(folder: Path) -> Iterator[str]:
    """An index that takes uploads from everybody; its address."""
    folder.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["-p", str(port), "-i", "127.0.0.1", "-a", ".", "-P", ".", "--disable-fallback"]
    server = subprocess.Popen([sys.executable, "-m", "pypiserver", "run", *options, str(folder)])
    try:
        end = time.monotonic() + _START_SECONDS
        while True:
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert server.poll() is None and time.monotonic() < end, "the index doesn't start"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def test_a_proof_needs_no_network_twice_and_gives_the_same_bytes(
    artifacts: dict[str, Path], cache: Path, from_corpus: list[str], tmp_path: Path
) -> None:
    for release, folder in artifacts.items():
        again = tmp_path / release / "artifacts"
        began = time.monotonic()
        options = [*from_corpus, "--offline", "--artifacts", str(again)]
        must(
            verify(
                release,
                tmp_path / release,
                cache,
                *options,
            )
        )
        assert time.monotonic() - began < 60
        assert {path.name for path in folder.iterdir()} == {
            path.name for path in (again / "python").iterdir()
        }
        for path in folder.iterdir():
            assert path.read_bytes() == (again / "python" / path.name).read_bytes()


def test_a_cache_that_was_moved_still_proves(
    artifacts: dict[str, Path], cache: Path, from_corpus: list[str], tmp_path: Path
) -> None:
    must(run(["cp", "-r", str(cache), str(tmp_path / "moved")], cwd=tmp_path))
    must(verify("r2.11", tmp_path, tmp_path / "moved", *from_corpus, "--offline"))
    # What ran there left nothing behind.
    must(protogen("cache", "verify", cwd=tmp_path, cache=tmp_path / "moved"))


def test_an_index_takes_the_files_and_gives_them_to_pip(
    artifacts: dict[str, Path], cache: Path, tmp_path: Path
) -> None:
    (modules,) = (cache / "v2" / "tools").glob("python-tools-*")
    twine = [sys.executable, "-I", "-S", "-B", str(run_module.__file__), str(modules), "twine", "upload"]
    files = sorted(map(str, artifacts["r2.11"].iterdir()))
    with index(tmp_path / "index") as address:
        login = ["--non-interactive", "-u", "anybody", "-p", "nothing", "--disable-progress-bar"]
        must(run([*twine, *login, "--repository-url", address, *files], cwd=tmp_path))
        assert {path.name for path in (tmp_path / "index").iterdir()} == {Path(file).name for file in files}
        for kind in ("--only-binary", "--no-binary"):
            target = tmp_path / kind
            wanted = ["install", "-q", "--no-deps", "--no-build-isolation", "--target", str(target)]
            source = ["--index-url", f"{address}/simple/", kind, "tensorflow-serving-client"]
            must(run([*PIP, *wanted, *source, "tensorflow-serving-client==2.11.1"], cwd=tmp_path))
            program = (
                f"import sys; sys.path.insert(0, {str(target)!r}); import {PACKAGE} as p; p.PredictRequest()"
            )
            must(run([sys.executable, "-I", "-c", program], cwd=tmp_path))


def test_the_pip_of_the_lowest_python_installs_the_files(artifacts: dict[str, Path], tmp_path: Path) -> None:
    python = interpreter("3.8")
    if not python:
        pytest.skip("NO PYTHON 3.8 ON THIS MACHINE")
    for number, path in enumerate(sorted(artifacts["r2.11"].iterdir())):
        folder = tmp_path / str(number)
        must(run([python, "-m", "venv", str(folder)], cwd=tmp_path))
        must(run([str(folder / "bin" / "python"), "-m", "pip", "install", "-q", str(path)], cwd=tmp_path))
        must(run([str(folder / "bin" / "python"), "-I", "-c", f"import {PACKAGE}"], cwd=tmp_path))


def test_master_tells_why_an_index_refuses_it(
    artifacts: dict[str, Path], cache: Path, from_corpus: list[str], tmp_path: Path
) -> None:
    assert all(
        re.search(r"-0\.0\.0\.dev\d+\+g[0-9a-f]{12}", path.name) for path in artifacts["master"].iterdir()
    )
    ran = must(verify("master", tmp_path, cache, *from_corpus))
    assert "--package-version X.Y.Z names a public one" in ran.err
    options = [*from_corpus, "--package-version", "3.0.0-rc.1", "--artifacts", str(tmp_path / "dist")]
    ran = must(verify("master", tmp_path, cache, *options))
    assert "names a public one" not in ran.err
    assert (tmp_path / "dist/python/tensorflow_serving_client-3.0.0rc1.tar.gz").is_file()


def test_requirements_that_nobody_can_meet_end_with_7(
    cache: Path, from_corpus: list[str], tmp_path: Path
) -> None:
    recipe = yaml.safe_load(RECIPE.read_text())
    recipe["languages"]["python"]["grpcio"] = "99.0"
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(recipe))
    ran = verify("r2.11", tmp_path / "out", cache, *from_corpus, "--recipe", str(tmp_path / "own.yaml"))
    assert ran.code == 7, ran.err
    assert "No matching distribution found for grpcio>=99.0" in ran.err
    assert not (tmp_path / "out" / "gen").exists()
