"""`python -m tests.e2e.rpc [CALLS]`: the clients and ghz on one server, in turn, and how each fared."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.e2e.rpc import environments, load, servers
from tests.e2e.rpc.clients import BUILDERS, OPTIONS
from tests.support import corpus
from tests.support.command import must, protogen

_SIDE_BY_SIDE = 8
_ROUNDS = 3


def main(calls: int) -> None:
    """Build what is needed in a new folder, then let each client call as often."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus.repositories(folder / "corpus")
        repositories = [f"--repo={each}=file://{folder}/corpus/{each}.git" for each in corpus.NAMES]
        arguments = [*OPTIONS, *repositories, "--artifacts", "rpc/dist", "--out", "gen"]
        must(protogen(*arguments, cwd=folder, cache=folder / "cache"))
        dist = folder / "rpc" / "dist"
        clients = {language: build(dist, folder) for language, build in BUILDERS.items()}
        program, (protoset,) = load.ghz(folder), dist.glob("*.protoset")
        with servers.all_servers(
            environments.official(folder), environments.pythie(folder), folder
        ) as places:
            place = f"localhost:{places.ports['plain']}"
            print("| client | calls/s | median ms | 99 % ms |\n|---|---|---|---|")
            for _ in range(_ROUNDS):
                for language, client in clients.items():
                    tell(language, load.by_client(client, places.config, calls, _SIDE_BY_SIDE))
                tell("ghz", load.of_ghz(load.by_ghz(program, protoset, place, calls, _SIDE_BY_SIDE)))


def tell(name: str, fared: load.Load) -> None:
    """One row."""
    print(f"| {name} | {fared.rate:.0f} | {fared.median * 1000:.1f} | {fared.slow * 1000:.1f} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
