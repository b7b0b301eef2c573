"""Looking after a cache: checking all of it, and removing what is damaged, old or too much."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.system.cache.inventory import ENTRY, UNSEALED, Item, inventory
from protogen.system.cache.seal import MANIFEST

if TYPE_CHECKING:
    from protogen.system.cache.store import Cache


IN_USE_SECONDS = 600.0
"""What was used so lately may be read by a run at this moment; it notes its use once a minute."""
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


@dataclass(frozen=True)
class Finding:
    """A damaged item, in words, and whether it was removed."""

    item: Item
    words: str
    removed: bool = False


@dataclass(frozen=True)
class Pruned:
    """What was removed, or would be: items, and leftovers of killed runs."""

    items: tuple[Item, ...]
    leftovers: tuple[Path, ...]


def verify(cache: Cache, *, repair: bool = False) -> tuple[int, tuple[Finding, ...]]:
    """How many items the cache holds, and the damaged ones; repair removes those.

    What protogen doesn't know is removed only from a folder that protogen made.
    Raises OutputUnwritable where repair can't write.
    """
    items = inventory(cache.root)
    findings = []
    for item in items:
        words = item.damage()
        if words and item.path.exists():
            findings.append(Finding(item, words, repair and _remove(cache, item, only_damaged=True)))
    return len(items), tuple(findings)


def prune(
    cache: Cache, now: float, *, older_than: float | None, max_size: int | None, dry_run: bool = False
) -> Pruned:
    """Remove what is too old or too much, and always what killed runs left.

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
    ours = [item for item in items if item.form != UNSEALED]
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
    if item.form == UNSEALED and not cache.area.is_own():
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
    path = item.path / MANIFEST if item.form == ENTRY else item.path
    try:
        return path.lstat().st_mtime != item.used
    except OSError:
        return True
