"""Published packages that have protos of the set too: a program with both must work. Pure.

The package keeps copies of its own of these protos: a message holds messages of its own descriptor pool only,
so protos that import one of another pool can't be. Nothing collides, since that pool is private.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import msgspec

from protogen.system.paths import pattern


class Neighbour(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A package of the Python index: a line of `neighbours.json`."""

    protos: tuple[str, ...]
    """Patterns of import names."""
    modules: tuple[str, ...] = ()
    """What is imported of it; by default the modules of the protos, where protoc puts them."""


@lru_cache(maxsize=1)
def known() -> dict[str, Neighbour]:
    """The packages that protogen knows, by name."""
    path = Path(__file__).with_name("neighbours.json")
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Neighbour])


def of(protos: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The packages that have some of these protos, each with those."""
    names = sorted(protos)
    found = {
        package: tuple(name for name in names if any(pattern(each).fullmatch(name) for each in known_.protos))
        for package, known_ in known().items()
    }
    return {package: each for package, each in found.items() if each}


def modules(package: str, protos: Iterable[str]) -> tuple[str, ...]:
    """What a program imports of a package for these protos."""
    own = tuple(f"{name.removesuffix('.proto').replace('/', '.').replace('-', '_')}_pb2" for name in protos)
    return known()[package].modules or own
