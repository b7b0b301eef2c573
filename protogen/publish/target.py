"""What is to be published where, and what came of it; the folder that a run keeps its own files in."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from protogen.errors import OutputInTheWay, UsageError
from protogen.publish.failures import in_place_of_folder
from protogen.publish.tree import ABSENT, FILE, FOLDER, MANIFEST, OTHER, WORKPLACE, Tree, check_paths, kind

RUN, JOURNAL, UNFINISHED, NEW_FOLDER = "run", "journal", "journal.tmp", "folder"
"""What a workplace may hold, beside staged trees, whose names are numbers."""


@dataclass(frozen=True)
class Target:
    """One language's package, to be published."""

    language: str
    out: Path
    tree: Tree
    origin: Mapping[str, object]
    """Facts about what it was made from, for the manifest; plain values of JSON."""


@dataclass(frozen=True)
class Published:
    """What became of a target."""

    language: str
    out: Path
    status: str
    """`written`, `unchanged` or, in a dry run, `would-write`."""
    files: tuple[str, ...]
    """All files of the package but the manifest."""
    written: tuple[str, ...]
    """Those that were, or would be, written; without the manifest too."""
    removed: tuple[str, ...]
    manifest: str
    """SHA-256 of it."""


def real_out(out: Path) -> Path:
    """The folder without symlinks above it; whether it is one itself stays open.

    Raises UsageError for the root folder and for the name that workplaces have.
    """
    parent, name = os.path.split(Path.cwd() / out)
    if name in {"", ".", ".."}:
        parent, name = os.path.split(os.path.realpath(out))
    if name in {"", WORKPLACE}:
        raise UsageError(f"{out} can't be an output folder", remedy="choose another folder with --out")
    return Path(os.path.realpath(parent), name)


def real_outs(targets: Sequence[Target]) -> list[Path]:
    """Each target's real folder. Raises UsageError where two are the same or lie in one another, and
    ValueError for a tree that no language may make."""
    outs = [real_out(target.out) for target in targets]
    for target, out in zip(targets, outs, strict=True):
        if MANIFEST in target.tree:
            raise ValueError(f"{target.language}: the manifest isn't a language's to write")
        check_paths([*target.tree, MANIFEST])
        for other_target, other in zip(targets, outs, strict=True):
            if other_target is not target and (out == other or out in other.parents):
                raise UsageError(
                    f"{target.language} and {other_target.language} would be written into one another: "
                    f"{target.out} and {other_target.out}",
                    where=str(target.out),
                    remedy="give each language and version a folder of its own with --out",
                )
    return outs


def base_of(out: Path) -> Path:
    """The folder for the target's workplace: on the target's own file system, and writable.

    That is the parent, but for mount points and under parents that may not be written the target itself.
    """
    if kind(out) != FOLDER:
        return out.parent
    return out if _is_mount_point(out) or not os.access(out.parent, os.W_OK | os.X_OK) else out.parent


def missing_parents(out: Path) -> list[Path]:
    """The parents to make, from the top. Raises OutputUnwritable for a file where one must be."""
    missing: list[Path] = []
    for parent in out.parents:
        what = kind(parent)
        if what in {FILE, OTHER}:
            raise in_place_of_folder(parent)
        if what != ABSENT:
            break
        missing.insert(0, parent)
    return missing


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


def _is_mount_point(out: Path) -> bool:
    """Whether a rename between the folder and its parent is refused: bind mounts share the device number."""
    if out.lstat().st_dev != out.parent.lstat().st_dev:
        return True
    refusal = None
    try:
        # The kernel compares the mounts before it looks for the file, which neither folder has.
        (out.parent / f"{WORKPLACE}.none").rename(out / f"{WORKPLACE}.none")
    except OSError as error:
        refusal = error.errno
    return refusal == errno.EXDEV
