"""What was made of which inputs, remembered in the cache: a run that would make the same again needn't.

It stands in the cache and not in the package's manifest, since it depends on what is installed, and
packages are the same on every machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec

from protogen.errors import OutputUnwritable

if TYPE_CHECKING:
    from protogen.languages.package import Package
    from protogen.pipeline.fingerprint import Wanted
    from protogen.system.cache import Cache
    from protogen.system.context import Context


KIND = "made"
# What is at the version that the recipe names because its ecosystem's client put it there. A tool
# that was given, or found on PATH, may be another one next time under the same name.
_MOVABLE = frozenset({"given", "PATH"})


class Made(msgspec.Struct, frozen=True):
    """A package that was made. manifest: SHA-256 of the one that it got.

    remarks: what the summary tells of it. lacking: entry points that the source couldn't offer.
    files: the number of protos. notices: what the summary tells of how they were read.
    """

    manifest: str
    remarks: tuple[str, ...]
    lacking: tuple[str, ...]
    files: int
    notices: tuple[str, ...] = ()


def recall(wanted: Wanted, places: Mapping[str, str], context: Context) -> dict[str, Made]:
    """By language, what runs with the same keys made; empty unless all of them are known."""
    if any(context.given_tools.keys() & {*language.entry.programs} for language in wanted.languages):
        return {}
    known = {}
    for name, place in places.items():
        record = context.cache.read(KIND, place, mendable=True)
        if record is None:
            return {}
        known[name] = msgspec.json.decode(record, type=Made)
    return known


def remember(place: str, made: Made, cache: Cache) -> None:
    """Note what was made under a key. A cache that can't be written does without."""
    with suppress(OutputUnwritable):
        cache.write(msgspec.json.encode(made), KIND, place)


def is_lasting(package: Package[Any]) -> bool:
    """Whether the same inputs make the package again: not where a tool that may move made it."""
    return _MOVABLE.isdisjoint(tool.found for tool in package.installed.tools.values())
