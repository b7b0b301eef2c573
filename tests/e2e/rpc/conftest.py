from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.rpc import environments, servers


@pytest.fixture(scope="session")
def places(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Places]:
    """The servers, for one worker."""
    official, pythie = environments.official(shared), environments.pythie(shared)
    with servers.all_servers(official, pythie, tmp_path_factory.mktemp("servers")) as running:
        yield running
