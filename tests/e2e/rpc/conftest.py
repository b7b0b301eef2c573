from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from tests.e2e.rpc import environments, servers
from tests.e2e.rpc.clients import OPTIONS
from tests.support.command import must, protogen


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


@pytest.fixture(scope="session")
def places(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Places]:
    """The servers, for one worker."""
    official, pythie = environments.official(shared), environments.pythie(shared)
    with servers.all_servers(official, pythie, tmp_path_factory.mktemp("servers")) as running:
        yield running
