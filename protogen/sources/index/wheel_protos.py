"""The protos that wheels hold, as the cache keeps them: one file, without addresses, written once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from protogen.protos.protoset import ProtoFile
from protogen.system import cache

if TYPE_CHECKING:
    from protogen.sources.index.choices import Chosen
    from protogen.sources.index.wheels import WheelFile


_FILE = "closure.msgpack"
# To be raised with every change of what is kept, or of how it is found in the packages.
_EDITION = 3


class WheelProtos(msgspec.Struct, frozen=True):
    """What was read of a release's packages."""

    entry_points: tuple[str, ...]
    files: dict[str, tuple[ProtoFile, ...]]
    """Every import name that was looked for, with the proto of each repository that has it."""
    wheels: dict[str, str]
    """The wheel that was read, by repository."""
    licenses: dict[str, dict[str, str]]
    """Texts by repository and file."""
    missing_entry_points: tuple[str, ...]
    """Entry points that the packages leave out."""


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


def save(closure: WheelProtos, folder: Path) -> None:
    """Write the closure into the folder of its entry."""
    (folder / _FILE).write_bytes(msgspec.msgpack.encode(closure))


def load(folder: Path) -> WheelProtos:
    """The closure of an entry."""
    return msgspec.msgpack.decode((folder / _FILE).read_bytes(), type=WheelProtos)
