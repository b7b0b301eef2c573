"""The folders that publishes keep their own files in while they run, and where one is looked for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from protogen.errors import OutputInTheWay
from protogen.publish.target import real_out
from protogen.publish.tree import ABSENT, FOLDER, WORKPLACE, kind

RUN, JOURNAL, UNFINISHED, NEW_FOLDER = "run", "journal", "journal.tmp", "folder"
"""What a workplace may hold, beside staged trees, whose names are numbers."""


def workplace(base: Path) -> Path:
    """The folder of a run's own files in this base."""
    return base / WORKPLACE


def new_folder(base: Path) -> Path:
    """Where a folder gets its mode before it is renamed into a target."""
    return workplace(base) / NEW_FOLDER


def bases_of(outs: Iterable[Path]) -> list[Path]:
    """Every folder whose workplace may have to do with one of the output folders."""
    bases: list[Path] = []
    for out in map(real_out, outs):
        bases += [out.parent, out] if kind(out) == FOLDER else [out.parent]
    return bases


def is_unsettled(outs: Iterable[Path]) -> bool:
    """Whether a publish that has to do with one of the folders was interrupted, or is under way.

    Raises OutputInTheWay where something that isn't a workplace has its name.
    """
    return any(has_workplace(base) for base in bases_of(outs))


def has_workplace(base: Path) -> bool:
    """Whether the base holds one. Raises OutputInTheWay where something else has its name."""
    path = workplace(base)
    what = kind(path)
    if what == ABSENT:
        return False
    if what == FOLDER:
        known = {RUN, JOURNAL, UNFINISHED, NEW_FOLDER}
        try:
            if all(entry.name in known or entry.name.isdigit() for entry in path.iterdir()):
                return True
        except FileNotFoundError:  # another run ended just now
            return False
    raise OutputInTheWay(
        f"{path} isn't protogen's, and its name is needed", where=str(path), remedy="move it away"
    )
