"""Completing or undoing what a killed publish left behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from protogen.errors import OutputUnwritable
from protogen.publish.durable import sync_folder
from protogen.publish.failures import explained
from protogen.publish.journal import Journal, Run, clean, connected, end, read_journal, resolve
from protogen.publish.lock import FolderVanished, held
from protogen.publish.swap import take
from protogen.publish.tree import FOLDER, kind
from protogen.publish.workplace import bases_of, workplace

_COMPLETED_LATER = "; the next run into the same folder completes what is begun"


def pending(outs: Sequence[Path]) -> tuple[Path, ...]:
    """The workplaces of interrupted (or just running) publishes that concern these folders; only read."""
    with explained(Path(*outs[:1])):
        return tuple(sorted(workplace(base) for base in left_behind(outs)))


def recover(outs: Sequence[Path]) -> tuple[Path, ...]:
    """Complete the interrupted publishes that concern these folders, or undo those never committed.

    Gives the workplaces that were settled. Waits for a run that is under way. Can be killed and
    started again at any moment. Raises OutputUnwritable and OutputInTheWay.
    """
    with explained(Path(*outs[:1])):
        while found := left_behind(outs):
            try:
                with held(found):
                    if left_behind(outs) == found:
                        settle(found)
                        return tuple(sorted(workplace(base) for base in found))
            except FolderVanished:  # another run has just ended, and removed a folder that it made
                continue
    return ()


def left_behind(outs: Sequence[Path]) -> dict[Path, Run | None]:
    """Every base with a workplace that has to do with one of the folders."""
    return connected(bases_of(outs))


def settle(found: Mapping[Path, Run | None]) -> None:
    """Complete the committed runs among the workplaces, then remove them all. Their locks are held."""
    journals = {base: read_journal(base) for base in found}
    for base, run in found.items():
        if run and kind(resolve(base, run.bases[0])) != FOLDER:
            raise OutputUnwritable(
                f"the journal of an interrupted publish is out of reach: {resolve(base, run.bases[0])}",
                where=str(workplace(base)),
                remedy=f"bring that folder back, or remove {workplace(base)} and run again with --force",
            )
    for leader, journal in journals.items():
        if journal:
            members = {base for base, run in found.items() if run and run.id == journal.id}
            complete(leader, journal, members | {leader})
    clean(found)


def complete(leader: Path, journal: Journal, members: Iterable[Path], *, just_staged: bool = False) -> None:
    """Take all steps, then end the run.

    A base that isn't (or no longer) a member is left alone: no journal reaches into a folder that
    doesn't confess to its run. just_staged: whether the caller staged the files itself, under the locks
    that it holds. Raises OutputUnwritable; the journal then stays.
    """
    allowed = frozenset(members)
    changed: set[Path] = set()
    for step in journal.steps:
        base = resolve(leader, journal.bases[step.base])
        if base in allowed:
            changed.add(base)
            with explained(base / step.name, consequence=_COMPLETED_LATER):
                take(step, base, just_staged=just_staged)
    with explained(leader, consequence=_COMPLETED_LATER):
        for base in sorted(changed):
            sync_folder(base)
        end(leader)
