"""What is written down before the first change, so that a killed publish can be completed or undone.

Every folder in which a run changes targets (a base: their parent, or the target itself where it is a
mount point) gets one workplace. Its `run` file names all the bases of the run. The first base leads: the
one rename that makes its `journal` commits the run for all targets, the unlink of it ends the run.
A workplace whose leader has no journal of the same run holds nothing but litter.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from protogen.errors import OutputUnwritable
from protogen.publish.durable import sync_file, sync_folder
from protogen.publish.target import JOURNAL, RUN, UNFINISHED, has_workplace, workplace
from protogen.publish.tree import FOLDER, check_path, check_paths, kind

SCHEMA = 1


class Step(msgspec.Struct, frozen=True):
    """How one target becomes its new tree; all of it is checked again when the step is taken."""

    base: int
    """Index of the target's base."""
    name: str
    """The target within its base; "." is the base itself."""
    slot: str
    """The staged files, in the workplace."""
    root: str
    """The kind of what stood at the target."""
    before: dict[str, str]
    """Files that were there, path to SHA-256."""
    folders: list[str]
    after: dict[str, str]
    """Files that are to be there, path to SHA-256."""
    write: list[str]
    remove: list[str]
    prune: list[str]
    """Folders that go if they are empty then, deepest first."""


class Run(msgspec.Struct, frozen=True):
    """What every base's workplace knows of the run."""

    id: str
    bases: list[str]
    """All bases of the run, relative to this one."""
    made: int
    """How many folders, the base and its parents upwards, were made for the run."""


class Journal(msgspec.Struct, frozen=True):
    """The commit of a run: bases relative to the leader, which is the first of them."""

    schema: int
    id: str
    bases: list[str]
    steps: list[Step]


def relative(bases: Iterable[Path], base: Path) -> list[str]:
    """The bases as seen from base, so that a journal survives a move of all of them together."""
    return [os.path.relpath(other, base) for other in bases]


def resolve(base: Path, other: str) -> Path:
    """The inverse of relative. Bases are real paths: no symlink makes `..` mean something else."""
    return Path(os.path.normpath(base / other))


def open_workplace(base: Path, run: Run) -> None:
    """Make the workplace and its run file."""
    workplace(base).mkdir()
    workplace(base).chmod(0o700)
    _write(workplace(base) / RUN, _encode(run))


def commit(leader: Path, journal: Journal) -> None:
    """The commit point: from the rename on, the run is completed by whoever finds it.

    All that the journal tells of, in every base's workplace, must be durable before.
    """
    unfinished = workplace(leader) / UNFINISHED
    _write(unfinished, _encode(journal))
    sync_file(unfinished)
    unfinished.rename(workplace(leader) / JOURNAL)
    sync_folder(workplace(leader))


def end(leader: Path) -> None:
    """Make the run's remains litter: after all steps, or to undo it before the first."""
    (workplace(leader) / JOURNAL).unlink(missing_ok=True)
    sync_folder(workplace(leader))


def read_journal(base: Path) -> Journal | None:
    """The journal that this base leads, or None.

    Raises OutputUnwritable for one that this version can't read: it is neither followed nor removed.
    """
    path = workplace(base) / JOURNAL
    try:
        journal = msgspec.json.decode(path.read_bytes(), type=Journal)
        _check(journal)
    except FileNotFoundError:
        return None
    except (ValueError, msgspec.MsgspecError) as error:
        raise OutputUnwritable(
            f"the journal of an interrupted publish can't be read: {error}",
            where=str(path),
            remedy=f"remove {workplace(base)}, then run again with --force",
        ) from error
    return journal


def connected(bases: Iterable[Path]) -> dict[Path, Run | None]:
    """The bases that hold a workplace, and those that their runs name, with their runs.

    None stands for a run file that was never finished. Raises OutputInTheWay where something that
    isn't a workplace has its name.
    """
    found: dict[Path, Run | None] = {}
    ahead = list(bases)
    while ahead:
        base = ahead.pop()
        if base in found or not has_workplace(base):
            continue
        try:
            run = msgspec.json.decode((workplace(base) / RUN).read_bytes(), type=Run)
        except (FileNotFoundError, msgspec.MsgspecError):
            found[base] = None
        else:
            found[base] = run
            ahead += [resolve(base, other) for other in run.bases]
    return found


def clean(found: Mapping[Path, Run | None]) -> None:
    """Remove the workplaces, staged and replaced trees first, and the folders made for them if empty.

    Leaders come last: theirs is where a run is looked for from every target in the same parent.
    """
    for base in found:
        for entry in sorted(workplace(base).iterdir()):
            if entry.name.isdigit():
                _remove_tree(entry)
    for base, _ in sorted(found.items(), key=lambda entry: bool(entry[1] and entry[1].bases[:1] == ["."])):
        for entry in workplace(base).iterdir():
            if kind(entry) == FOLDER:
                _remove_tree(entry)
            else:
                entry.unlink()
        workplace(base).rmdir()
    for base, run in found.items():
        with suppress(OSError):
            for folder in [base, *base.parents][: run.made if run else 0]:
                folder.rmdir()


def _remove_tree(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder)


def _check(journal: Journal) -> None:
    """Raise ValueError for what no publish writes: a journal may lie in a folder that others filled."""
    if journal.schema != SCHEMA:
        raise ValueError(f"its schema isn't {SCHEMA}")
    for step in journal.steps:
        if not 0 <= step.base < len(journal.bases) or not step.slot.isdigit():
            raise ValueError("a step without a place")
        if step.name != ".":
            check_path(step.name)
        if "/" in step.name:
            raise ValueError("a target outside its base")
        check_paths(step.after)
        if not set(step.write) <= step.after.keys():
            raise ValueError("a file that isn't in its tree")
        for path in (*step.before, *step.folders, *step.remove, *step.prune):
            check_path(path)


def _encode(record: Run | Journal) -> bytes:
    return msgspec.json.encode(record)


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
