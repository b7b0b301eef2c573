"""Clients from packaged artifacts, calling servers that nobody here wrote; contract.md says what."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import npm
from tests.e2e.rpc import environments, load
from tests.e2e.rpc.clients import BUILDERS
from tests.e2e.rpc.expected import ANSWERS, OTHERWISE
from tests.e2e.rpc.servers import PROGRAMS, Places
from tests.support.command import must, run

# A request of 4,000,000 zero bytes; what HTTP/2 and the other calls of a channel need is far below.
_COMPRESSED = 100_000
# What README.md shows of TLS for TypeScript is a part of a program.
IMPORTS = """\
import { readFileSync } from "node:fs";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { PredictionService } from "tensorflow-serving-client";
"""
CALL = """\
const { predict } = createClient(PredictionService, transport);
console.log((await predict({ modelSpec: { name: "echo" } })).modelSpec?.versionChoice);
"""


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
    for scenario, answer in (ANSWERS | OTHERWISE.get(language, {})).items():
        assert told[scenario] == answer, scenario


def test_the_programs_of_a_typescript_readme_make_their_calls(
    dist: Path, places: Places, shared: Path
) -> None:
    readme = (dist.parent / "gen" / "typescript" / "README.md").read_text()
    example, tls, adapter = re.findall(r"```ts\n(.*?)```", readme, re.DOTALL)[-3:]
    (folder,) = {Path(BUILDERS[each](dist, shared)[1]).parent for each in BUILDERS if "typescript" in each}
    programs = {
        "example": (example, "plain", "undefined"),
        "tls": (f"{IMPORTS}{tls}{CALL}", "tls", "value: 7n"),
        "adapter": (adapter, "plain", "version: 6n"),
    }
    for name, (text, place, _) in programs.items():
        there = re.sub(r'"(\w+\.(?:pem|key))"', rf'"{places.config.parent}/certificates/\1"', text)
        there = there.replace("localhost:8500", f"localhost:{places.ports[place]}")
        (folder / f"{name}.mts").write_text(there)
    npm.compile_strictly(folder, [f"{name}.mts" for name in programs])
    for name, (_, _, told) in programs.items():
        assert told in must(run(["node", f"{name}.mjs"], cwd=folder)).out, name


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
