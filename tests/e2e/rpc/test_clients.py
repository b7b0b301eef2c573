"""Clients from packaged artifacts, calling servers that nobody here wrote; contract.md says what."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.rpc import environments, load
from tests.e2e.rpc.clients import BUILDERS
from tests.e2e.rpc.expected import ANSWERS
from tests.e2e.rpc.servers import PROGRAMS, Places
from tests.support.command import must, run

# A request of 4,000,000 zero bytes; what HTTP/2 and the other calls of a channel need is far below.
_COMPRESSED = 100_000


def told_by(client: list[str], places: Places, folder: Path) -> dict[str, Any]:
    """What a client tells. It must have compressed what it sends through the proxy."""
    before = places.proxy.sent
    told: dict[str, Any] = json.loads(must(run([*client, str(places.config)], cwd=folder)).out)
    assert 0 < places.proxy.sent - before < _COMPRESSED
    return told


@pytest.mark.parametrize("language", BUILDERS)
def test_a_client_gets_every_answer(language: str, dist: Path, places: Places, tmp_path: Path) -> None:
    told = told_by(BUILDERS[language](dist, tmp_path), places, tmp_path)
    assert told.keys() == ANSWERS.keys()
    for scenario, answer in ANSWERS.items():
        assert told[scenario] == answer, scenario


def test_a_foreign_client_gets_the_same_answers(places: Places, shared: Path, tmp_path: Path) -> None:
    argv = [str(environments.foreign(shared)), "-W", "ignore", str(PROGRAMS / "foreign_client.py")]
    told = json.loads(must(run([*argv, str(places.config)], cwd=tmp_path)).out)
    assert len(told) == 4
    assert told == {name: ANSWERS["types"][name] for name in told}


def test_a_load_test_needs_nothing_but_the_protoset(
    dist: Path, places: Places, shared: Path, tmp_path: Path
) -> None:
    alone = shutil.copy(next(dist.glob("*.protoset")), tmp_path)
    place = f"localhost:{places.ports['plain']}"
    told = load.by_ghz(load.ghz(shared), Path(alone), place, calls=100, side_by_side=4)
    assert told["statusCodeDistribution"] == {"OK": 100}
