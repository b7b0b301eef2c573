"""Packages kept whole in the cache, by the hash of the manifest that they were published with.

Runs that differ in what packages don't depend on, such as what else is installed, share them.
"""

from __future__ import annotations

import zlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from protogen.errors import OutputUnwritable
from protogen.publish.target import Target

if TYPE_CHECKING:
    from protogen.system.cache import Cache


KIND = "packages"
# Generated code shrinks to a seventh. More effort saves a quarter of that, and takes three times as long.
_EFFORT = 1


def keep(target: Target, manifest: str, cache: Cache) -> None:
    """Keep what was published. manifest: SHA-256 of the one it got.

    A cache that can't be written does without.
    """
    if cache.read(KIND, manifest, mendable=True) is not None:
        return
    content = msgspec.msgpack.encode({"origin": target.origin, "tree": target.tree})
    with suppress(OutputUnwritable):
        cache.write(zlib.compress(content, _EFFORT), KIND, manifest)


def kept(language: str, out: Path, manifest: str, cache: Cache) -> Target | None:
    """The package that got the manifest, to be published into a folder; None where it isn't kept."""
    content = cache.read(KIND, manifest, mendable=True)
    if content is None:
        return None
    parts = msgspec.msgpack.decode(zlib.decompress(content))
    return Target(language, out, parts["tree"], parts["origin"])
