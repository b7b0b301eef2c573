"""Whether folders still are what a publish made of them, for runs that would change nothing; only read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from protogen.publish.manifest import ManifestUnreadable, read_manifest
from protogen.publish.target import Published, Target, is_unsettled, real_outs
from protogen.publish.tree import FOLDER, kind, scan
from protogen.system.files import digest


@dataclass(frozen=True)
class Expected:
    """A package that was published before."""

    language: str
    out: Path
    manifest: str
    """SHA-256 of the manifest that it got."""


def up_to_date(expected: Sequence[Expected]) -> tuple[Published, ...]:
    """The packages, unchanged, where every file of each is byte for byte as it was published; else none.

    Nothing is written, and where something can't be read or has to be settled first, publishing says so.
    Raises UsageError for folders in one another.
    """
    outs = real_outs([Target(each.language, each.out, {}, {}) for each in expected])
    found = []
    try:
        if is_unsettled(outs):
            return ()
        for each, out in zip(expected, outs, strict=True):
            files = _files(out, each.manifest)
            if files is None:
                return ()
            found.append(Published(each.language, each.out, "unchanged", files, (), (), each.manifest))
    except (OSError, ManifestUnreadable):
        return ()
    return tuple(found)


def _files(out: Path, manifest: str) -> tuple[str, ...] | None:
    """The files of the package; None where the folder isn't what the manifest says, or has another."""
    if kind(out) != FOLDER:
        return None
    owned, content = read_manifest(out)
    if content is None or digest(content) != manifest:
        return None
    return tuple(sorted(owned)) if scan(out, owned).files == owned else None
