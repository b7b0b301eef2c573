"""The order of versions, by SemVer: what an index lists last, and what it calls the latest."""

from __future__ import annotations

from collections.abc import Sequence

from protogen.registry.model import Published


def key(version: str) -> tuple[tuple[int, ...], bool, tuple[tuple[bool, int, str], ...]]:
    """What versions sort by: the numbers, finals after pre-releases, identifiers by number or text."""
    plain, dash, pre = version.removeprefix("v").partition("+")[0].partition("-")
    numbers = tuple(int(part) if part.isdigit() else 0 for part in plain.split("."))
    identifiers = tuple(
        (not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in pre.split(".")
    )
    return numbers, not dash, identifiers


def ascending(versions: Sequence[Published]) -> list[Published]:
    """The versions, oldest first."""
    return sorted(versions, key=lambda each: key(each.version))


def latest(versions: Sequence[Published]) -> Published | None:
    """The newest final version, or the newest of all where no final is among them; None of none."""
    finals = [each for each in versions if "-" not in each.version]
    return max(finals or versions, key=lambda each: key(each.version), default=None)
