"""The closure of a release as kept in the cache: one file, without addresses, written once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from protogen.protos.protoset import ProtoFile
from protogen.system import cache

if TYPE_CHECKING:
    from protogen.sources.index.package_versions import Chosen
    from protogen.sources.index.wheels import WheelFile


_FILE = "closure.msgpack"
# To be raised with every change of what is kept, or of how it is found in the packages.
_EDITION = 3


class Closure(msgspec.Struct, frozen=True):
    """What was read of the packages.

    files: every import name that was looked for, with the proto of each repository that has it.
    wheels: the wheel that was read, by repository. licenses: texts by repository and file.
    """

    entry_points: tuple[str, ...]
    files: dict[str, tuple[ProtoFile, ...]]
    wheels: dict[str, str]
    licenses: dict[str, dict[str, str]]
    lacking: tuple[str, ...]


def key(
    recipe: str,
    groups: Sequence[str],
    chosen: Mapping[str, Chosen],
    candidates: Mapping[str, Sequence[WheelFile]],
) -> str:
    """The key of an entry: all that what is read depends on. recipe: its digest."""
    wheels = {
        repository: [chosen[repository].requirement, *((wheel.name, wheel.sha256) for wheel in tried)]
        for repository, tried in candidates.items()
    }
    return cache.key("index-protos", _EDITION, recipe, sorted(groups), wheels)


def save(closure: Closure, folder: Path) -> None:
    """Write the closure into the folder of its entry."""
    (folder / _FILE).write_bytes(msgspec.msgpack.encode(closure))


def load(folder: Path) -> Closure:
    """The closure of an entry."""
    return msgspec.msgpack.decode((folder / _FILE).read_bytes(), type=Closure)
