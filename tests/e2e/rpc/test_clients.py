"""Clients from packaged artifacts, calling servers that nobody here wrote; contract.md says what."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.rpc import environments
from tests.e2e.rpc.expected import ANSWERS
from tests.e2e.rpc.servers import PROGRAMS, Places
from tests.support.command import must, run

# A request of 4,000,000 zero bytes; what HTTP/2 and the other calls of a channel need is far below.
_COMPRESSED = 100_000


@pytest.fixture(scope="session")
def python_client(dist: Path, shared: Path) -> list[str]:
    """The command of the Python client."""
    (wheel,) = (dist / "python").glob("*.whl")
    python = environments.environment(shared / "python-client", (str(wheel),))
    return [str(python), "-W", "error", str(PROGRAMS / "client.py")]


def told_by(client: list[str], places: Places, folder: Path) -> dict[str, Any]:
    """What a client tells. It must have compressed what it sends through the proxy."""
    before = places.proxy.sent
    told: dict[str, Any] = json.loads(must(run([*client, str(places.config)], cwd=folder)).out)
    assert 0 < places.proxy.sent - before < _COMPRESSED
    return told


@pytest.mark.parametrize("client", ["python_client"])
def test_a_client_gets_every_answer(
    client: str, places: Places, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    told = told_by(request.getfixturevalue(client), places, tmp_path)
    assert told.keys() == ANSWERS.keys()
    for scenario, answer in ANSWERS.items():
        assert told[scenario] == answer, scenario
