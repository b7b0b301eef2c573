"""What a cache folder holds, found by looking: entries, records, and what is neither."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from protogen.system.cache.seal import MANIFEST, RECORD, damage, is_sealed, opened_record
from protogen.system.cache.staging import LOCKS, STAGING

ENTRY, RECORD_FILE, UNSEALED = "entry", "record", "unsealed"


@dataclass(frozen=True)
class Item:
    """Something that the cache holds.

    name: kind and key. form: ENTRY, RECORD_FILE, or UNSEALED for a folder or file that no run
    takes for anything. size: in bytes. used: when it was used last or made, in seconds since 1970.
    """

    name: str
    form: str
    path: Path
    size: int
    used: float

    @property
    def kind(self) -> str:
        """The first part of the name."""
        return self.name.partition("/")[0]

    def damage(self) -> str:
        """What is wrong with it, in words; empty where every byte is as it was sealed."""
        if self.form == UNSEALED:
            return "it has no manifest"
        if self.form == ENTRY:
            return damage(self.path, self.name)
        try:
            opened_record(self.path.read_bytes(), self.name)
        except (OSError, ValueError) as error:
            return str(error)
        return ""


def inventory(root: Path) -> tuple[Item, ...]:
    """All that the cache holds, sorted by name; what vanishes meanwhile is left out."""
    kinds = [path for path in _children(root) if path.is_dir() and path.name not in {LOCKS, STAGING}]
    return tuple(sorted((item for kind in kinds for item in _items(root, kind)), key=lambda item: item.name))


def _items(root: Path, folder: Path) -> list[Item]:
    if is_sealed(folder):
        return list(_item(root, folder, ENTRY))
    below, strangers = [], []
    for path in _children(folder):
        if path.is_dir() and not path.is_symlink():
            below += _items(root, path)
        elif path.name.endswith(RECORD):
            below += _item(root, path, RECORD_FILE)
        else:
            strangers.append(path)
    if not strangers:
        return below
    if folder.parent != root and all(item.form == UNSEALED for item in below):
        return list(_item(root, folder, UNSEALED))
    return below + [item for path in strangers for item in _item(root, path, UNSEALED)]


def _item(root: Path, path: Path, form: str) -> Iterator[Item]:
    name = path.relative_to(root).as_posix()
    try:
        size = sum(file.lstat().st_size for file in _files(path)) if path.is_dir() else path.lstat().st_size
        used = (path / MANIFEST if form == ENTRY else path).lstat().st_mtime
    except OSError:
        return
    yield Item(name.removesuffix(RECORD) if form == RECORD_FILE else name, form, path, size, used)


def _files(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder):
        for name in names:
            yield Path(parent, name)


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
