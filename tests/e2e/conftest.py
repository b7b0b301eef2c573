"""End-to-end tests: real toolchains, real releases. Their prerequisites must be there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from tests.e2e.crates import environment
from tests.e2e.rpc.clients import OPTIONS
from tests.support import corpus
from tests.support.command import must, protogen
from tests.sweep import rotation


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests with real toolchains the time that the first of them needs, which makes what all share."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent) and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(1800))


def pytest_report_header() -> str:
    """Which releases are swept changes each week: say it where a failure is read."""
    chosen = rotation.wished(os.environ.get("PROTOGEN_SWEEP", "2"), rotation.this_week())
    return f"SWEEP OF WEEK {rotation.this_week()}: {', '.join(chosen)}; PROTOGEN_SWEEP=... chooses others"


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all workers of a run share; $PROTOGEN_E2E_DIR keeps it between runs."""
    kept = os.environ.get("PROTOGEN_E2E_DIR")
    if kept:
        Path(kept).mkdir(parents=True, exist_ok=True)
        return Path(kept)
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session", autouse=True)
def objects(shared: Path) -> Iterator[None]:
    """What a C++ compiler made of the same source before is not made again, where ccache is there."""
    with pytest.MonkeyPatch.context() as patch:
        if shutil.which("ccache"):
            patch.setenv("CMAKE_CXX_COMPILER_LAUNCHER", "ccache")
            patch.setenv("CCACHE_DIR", str(shared / "ccache"))
            # Folders of builds differ, what is in them doesn't.
            patch.setenv("CCACHE_BASEDIR", tempfile.gettempdir())
        yield


@pytest.fixture(scope="session")
def cache(shared: Path) -> Path:
    """protogen's cache, shared: tools are installed once."""
    return shared / "protogen-cache"


@pytest.fixture(scope="session")
def corpus_urls(shared: Path) -> dict[str, str]:
    """file:// URLs of the corpus by repository."""
    with FileLock(shared / "corpus.lock"):
        target = shared / "corpus"
        if not (target / "ready").exists():
            corpus.repositories(target)
            (target / "ready").touch()
    return {name: f"file://{target}/{name}.git" for name in corpus.NAMES}


@pytest.fixture(scope="session")
def from_corpus(corpus_urls: dict[str, str]) -> list[str]:
    """The options that make protogen read the corpus by git."""
    return ["--source", "git", *(f"--repo={name}={url}" for name, url in corpus_urls.items())]


@pytest.fixture(scope="session")
def tools(shared: Path, cache: Path, from_corpus: list[str]) -> Path:
    """The tool cache of the shared cache, with the Go plugins installed."""
    with FileLock(shared / "tools.lock"):
        if not (cache / "v2" / "tools").is_dir():
            out = shared / "warm-up"
            arguments = ["--version", "r2.11", "--lang", "go", "--out", str(out)]
            must(protogen(*arguments, *from_corpus, cwd=shared, cache=cache))
    return cache / "v2" / "tools"


@pytest.fixture(scope="session")
def dist(shared: Path, cache: Path, from_corpus: list[str], tools: Path) -> Path:
    """The artifacts of r2.11 in all languages, as the command line leaves them."""
    folder = shared / "rpc"
    with FileLock(shared / "rpc.lock"):
        if not (folder / "dist" / "SHA256SUMS").exists():
            folder.mkdir(exist_ok=True)
            arguments = [*OPTIONS, "--artifacts", str(folder / "dist"), "--out", str(folder / "gen")]
            must(protogen(*arguments, *from_corpus, cwd=folder, cache=cache))
    return folder / "dist"


@pytest.fixture
def own_cache(tools: Path, tmp_path: Path) -> Path:
    """A cache of the test's own that holds the tools and nothing else."""
    own = tmp_path / "cache"
    shutil.copytree(tools, own / "v2" / "tools", copy_function=os.link)
    return own


@pytest.fixture(scope="session")
def twice(shared: Path, cache: Path, from_corpus: list[str], tools: Path) -> tuple[Path, Path]:
    """gen and dist of r2.11 in all languages, proven; and once more, in another place by another user."""
    folder = shared / "twice"
    with FileLock(shared / "twice.lock"), FileLock(shared / "m2.lock"):
        for name, umask, proof in (("one", 0o022, ["--verify"]), ("another-place", 0o077, [])):
            place = folder / name
            if not (place / "done").exists():
                place.mkdir(parents=True, exist_ok=True)
                arguments = ["--version", "r2.11", "--lang", "every", "--artifacts", "dist", "--regenerate"]
                kept, zone = (
                    os.umask(umask),
                    {**environment(shared), "TZ": f"UTC{len(name)}", "LC_ALL": "C", "COLUMNS": "40"},
                )
                try:
                    must(protogen(*arguments, *proof, *from_corpus, cwd=place, cache=cache, **zone))
                finally:
                    os.umask(kept)
                (place / "done").touch()
    return folder / "one", folder / "another-place"
