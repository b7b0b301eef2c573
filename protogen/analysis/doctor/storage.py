"""Whether the cache can be used. Pure: what is known of its folder, judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from protogen.analysis.doctor.check import OK, PROBLEM, WARNING, Check

# A first run with all languages takes about 100 MB.
LITTLE, TOO_LITTLE = 500 << 20, 50 << 20


@dataclass(frozen=True)
class Storage:
    """The cache's folder. entries, size: how many and bytes together; free: bytes on its disk.

    exists: whether it has been made; where not, writable is whether it can be.
    """

    path: str
    exists: bool
    is_folder: bool
    writable: bool
    free: int
    entries: int = 0
    size: int = 0
    damaged: Sequence[str] = ()


def judge(storage: Storage, *, offline: bool) -> list[Check]:
    """The rows of the folder, of its disk and of its entries."""
    return [_folder(storage, offline=offline), _space(storage), _entries(storage, offline=offline)]


def size_words(size: int) -> str:
    """Bytes in a unit that reads well."""
    amount, unit = float(size), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"


def _folder(storage: Storage, *, offline: bool) -> Check:
    row = {"subject": "cache", "name": "folder", "wanted": "writable", "origin": storage.path}
    elsewhere = "run again with --cache-dir DIR, a folder that can be written"
    if not storage.is_folder:
        return Check(**row, found="a file stands there", verdict=PROBLEM, remedy=elsewhere)
    if storage.writable:
        return Check(**row, found="writable" if storage.exists else "will be made")
    verdict, note = (WARNING, "what it holds can be used") if offline else (PROBLEM, "")
    return Check(**row, found="not writable", verdict=verdict, note=note, remedy=elsewhere)


def _space(storage: Storage) -> Check:
    row = {"subject": "cache", "name": "free space", "origin": storage.path}
    row |= {"found": size_words(storage.free), "wanted": f"{size_words(LITTLE)} or more"}
    if storage.free >= LITTLE:
        return Check(**row)
    verdict = WARNING if storage.free >= TOO_LITTLE else PROBLEM
    return Check(**row, verdict=verdict, remedy="protogen cache prune --max-size 0, or --cache-dir DIR")


def _entries(storage: Storage, *, offline: bool) -> Check:
    found = f"{storage.entries} entries, {size_words(storage.size)}"
    if not storage.damaged:
        return Check("cache", "entries", found, "whole", storage.path, OK)
    note = f"{', '.join(storage.damaged[:5])}{' …' if len(storage.damaged) > 5 else ''}"
    return Check(
        "cache",
        "entries",
        f"{found}, {len(storage.damaged)} damaged",
        "whole",
        storage.path,
        PROBLEM if offline else WARNING,
        note if offline else f"{note}; made again when a run takes them",
        "protogen cache verify --repair",
    )
