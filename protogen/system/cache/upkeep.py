"""Looking after a cache: what it holds, checking all of it, removing what is damaged, old or too much."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.system.cache.entries import MANIFEST, damage, is_sealed
from protogen.system.cache.staging import children
from protogen.system.cache.store import FORMAT

if TYPE_CHECKING:
    from protogen.system.cache.store import Cache


IN_USE_SECONDS = 600.0
"""What was used so lately may be read by a run at this moment; it notes its use once a minute."""
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


@dataclass(frozen=True)
class Item:
    """Something that stands where the cache has its entries."""

    name: str
    """Kind and key."""
    path: Path
    size: int
    """In bytes."""
    used: float
    """When it was used last, or made, in seconds since 1970."""
    is_entry: bool = True
    """Whether runs take it for one; not where it has no manifest."""

    @property
    def kind(self) -> str:
        """The first part of the name."""
        return self.name.partition("/")[0]

    def damage(self) -> str:
        """What is wrong with it, as a clause; empty where every byte is as it was sealed."""
        return damage(self.path, self.name)


@dataclass(frozen=True)
class Finding:
    """A damaged item, what is wrong with it, and whether it was removed."""

    item: Item
    damage: str
    removed: bool = False


@dataclass(frozen=True)
class Pruned:
    """What was removed, or would be: items, and leftovers of killed runs and earlier versions."""

    items: tuple[Item, ...]
    leftovers: tuple[Path, ...]


def inventory(root: Path) -> tuple[Item, ...]:
    """All that the cache holds, sorted by name; what vanishes meanwhile is left out."""
    kinds = children(root / FORMAT)
    places = [path for kind in kinds for path in (children(kind) if kind.is_dir() else [kind])]
    return tuple(item for path in places for item in _item(root, path))


def entries(root: Path) -> tuple[Item, ...]:
    """What runs take for entries, sorted by name."""
    return tuple(item for item in inventory(root) if item.is_entry)


def verify(cache: Cache, *, repair: bool = False) -> tuple[int, tuple[Finding, ...]]:
    """How many items the cache holds, and the damaged ones; repair removes those.

    What protogen doesn't know is removed only from a folder that protogen made.
    Raises OutputUnwritable where repair can't write.
    """
    items = inventory(cache.root)
    findings = []
    for item in items:
        found = item.damage()
        if found and item.path.exists():
            findings.append(Finding(item, found, repair and _remove(cache, item, only_damaged=True)))
    return len(items), tuple(findings)


def prune(
    cache: Cache, now: float, *, older_than: float | None, max_size: int | None, dry_run: bool = False
) -> Pruned:
    """Remove what is too old or too much, and always what killed runs and earlier versions left.

    older_than: seconds since the last use. max_size: bytes. Raises OutputUnwritable.
    """
    chosen = to_remove(inventory(cache.root), now, older_than=older_than, max_size=max_size)
    if not dry_run:
        chosen = tuple(item for item in chosen if _remove(cache, item))
    with cache.writing():
        leftovers = cache.area.sweep(dry_run=dry_run, everything=True)
    return Pruned(chosen, tuple(leftovers))


def to_remove(
    items: Iterable[Item], now: float, *, older_than: float | None, max_size: int | None
) -> tuple[Item, ...]:
    """The items to remove: those too old, then the least lately used until the rest fits. Pure.

    Nothing that a run may be reading is removed, nor what isn't protogen's.
    """
    ours = [item for item in items if item.is_entry]
    left = sum(item.size for item in ours)
    chosen = []
    for item in sorted(ours, key=lambda item: (item.used, item.name)):
        age = now - item.used
        too_old = older_than is not None and age > older_than
        too_much = max_size is not None and left > max_size
        if age >= IN_USE_SECONDS and (too_old or too_much):
            chosen.append(item)
            left -= item.size
    return tuple(chosen)


def parse_size(text: str) -> int:
    """Bytes, of `500M`, `2G`, `1.5 GiB` or a plain number. Raises ValueError."""
    match = re.fullmatch(r"(\d{1,15}(?:\.\d{1,6})?) ?([kmgt]?)(?:i?b)?", text.strip().lower())
    if not match:
        raise ValueError(f"{text!r} is not a size, such as 500M or 2G")
    return int(float(match[1]) * _UNITS[match[2]])


def _remove(cache: Cache, item: Item, *, only_damaged: bool = False) -> bool:
    """Remove an item, unless a run uses or mends it meanwhile."""
    if not item.is_entry and not cache.area.is_own():
        return False
    with cache.writing():
        try:
            with cache.area.locked(item.name, 0.0):
                if item.damage() == "" if only_damaged else _used_since(item):
                    return False
                cache.area.take_away(item.path, item.name)
        except TimeoutError:
            return False
    return True


def _used_since(item: Item) -> bool:
    return [item.used] != [now.used for now in _item(item.path.parents[2], item.path)]


def _item(root: Path, path: Path) -> Iterator[Item]:
    is_entry = is_sealed(path)
    try:
        size = sum(file.lstat().st_size for file in _files(path)) if path.is_dir() else path.lstat().st_size
        used = (path / MANIFEST if is_entry else path).lstat().st_mtime
    except OSError:
        return
    yield Item(path.relative_to(root / FORMAT).as_posix(), path, size, used, is_entry)


def _files(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder):
        for name in names:
            yield Path(parent, name)
