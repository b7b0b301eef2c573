"""Sizes and times as they are told."""

from __future__ import annotations

_MINUTE = 60


def size(count: float) -> str:
    """Bytes in the unit that suits: `512 B`, `1.5 KiB`, `2.0 GiB`."""
    amount = float(count)
    for unit in ("B", "KiB", "MiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"


def duration(seconds: float) -> str:
    """Seconds, and minutes where there are some: `0.7 s`, `2 min 05 s`."""
    whole = int(seconds)
    if whole < _MINUTE:
        return f"{seconds:.1f} s"
    return f"{whole // _MINUTE} min {whole % _MINUTE:02} s"
