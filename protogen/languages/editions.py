"""What protos in an edition need: newer generators and libraries, for the releases that have them. Pure.

Every language has a table beside its defaults, in `section.py`: by edition, the lowest that its sections
may name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from protogen.errors import ProtosUnresolved

if TYPE_CHECKING:
    from protogen.protos.outline import File, Outline


T = TypeVar("T")


def edition(outline: Outline) -> str:
    """The highest edition of a set; empty where all files have a syntax."""
    return outline.newest.edition if outline.newest else ""


def lowest(file: File, table: Mapping[str, T], language: str) -> T:
    """The row of the table that a file in an edition needs.

    Raises ProtosUnresolved for an edition that the language can't be made of.
    """
    if file.edition not in table:
        raise ProtosUnresolved(
            f"{file.name} is in edition {file.edition}, and packages for {language} are made of editions "
            f"up to {max(table)}",
            where=file.name,
            remedy="generate the other languages, or choose an earlier release with --version",
        )
    return table[file.edition]


def newer(given: str, needed: str) -> str:
    """The higher of two versions; the first where they are alike or the second is empty."""
    return max(given, needed, key=_numbers) if needed else given


def newer_each(given: Mapping[str, str], needed: Mapping[str, str]) -> dict[str, str]:
    """The higher versions by name, of all that either names."""
    return {**needed, **{name: newer(version, needed.get(name, "")) for name, version in given.items()}}


def remark(outline: Outline, needs: str) -> tuple[str, ...]:
    """What the summary tells of a package whose protos are in an edition; needs: its floors, in words."""
    used = edition(outline)
    return (f"the protos are in edition {used}: the package asks for {needs}",) if used else ()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))
