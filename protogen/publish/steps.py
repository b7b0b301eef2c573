"""Steps: staging a target's files, taking them into the target, and completing or undoing what was killed.

Taking a step is idempotent and never overwrites what changed after the step was written down, so the
run that commits it and the run that completes it after a kill, be it days later, share this code.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from protogen.errors import OutputUnwritable
from protogen.publish.durable import sync_folder
from protogen.publish.exclusive import FolderVanished, held
from protogen.publish.failures import explained
from protogen.publish.journal import Journal, Run, Step, clean, connected, end, read_journal, resolve
from protogen.publish.target import bases_of, new_folder, workplace
from protogen.publish.tree import ABSENT, FOLDER, SYMLINK, Disk, Tree, folders_of, kind, scan

_NOT_EMPTY = frozenset({errno.ENOTEMPTY, errno.EEXIST})
_COMPLETED_LATER = "; the next run into the same folder completes what is begun"


def stage(staged: Path, tree: Tree) -> None:
    """Write the tree's files into the folder staged, which isn't there yet."""
    for folder in ("", *sorted(folders_of(tree))):
        (staged / folder).mkdir()
        (staged / folder).chmod(0o755)
    for path, content in tree.items():
        _write(f"{staged}/{path}", content)


def take(step: Step, base: Path, *, just_staged: bool) -> None:
    """Turn the target into the step's tree, as far as nothing was changed there since.

    just_staged: whether the caller wrote the staged files itself, and has held the base's lock since: then
    what it wrote isn't read again. The base's own entries are left to the caller to sync.
    Raises OSError; the step can then be taken again.
    """
    out = Path(os.path.normpath(base / step.name))
    staged = workplace(base) / step.slot
    known = {path: step.after[path] for path in step.write} if just_staged else None
    ready = scan(staged, step.after, known=known).files if kind(staged) == FOLDER else {}
    if step.root == SYMLINK == kind(out) and ready == step.after:
        out.unlink()
    if kind(out) == ABSENT and ready == step.after:
        # What refuses a folder may take its files.
        with suppress(OSError):
            staged.rename(out)
            return
    if kind(out) in {ABSENT, FOLDER}:
        _take_by_file(step, out, staged, new_folder(base), ready)


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


def _take_by_file(step: Step, out: Path, staged: Path, new: Path, ready: Mapping[str, str]) -> None:
    """Unlink, prune and replace one by one. What changed since is left alone."""
    disk = scan(out, {**step.before, **step.after}, step.folders) if kind(out) == FOLDER else Disk()
    files, folders = dict(disk.files), set(disk.folders)
    touched: set[Path] = set()
    for path in step.remove:
        if path in files and files[path] == step.before.get(path):
            (out / path).unlink()
            del files[path]
            touched.add((out / path).parent)
    for folder in step.prune:
        if folder in folders and _pruned(out / folder):
            folders.remove(folder)
            touched.add((out / folder).parent)
    for path in step.write:
        above = folders_of([path])
        free = path not in folders and above.isdisjoint(files) and files.get(path) == step.before.get(path)
        if free and ready.get(path) == step.after[path]:
            for needed in (out, *(out / folder for folder in sorted(above))):
                if kind(needed) == ABSENT:
                    _make_folder(needed, new)
                    touched.add(needed.parent)
            (staged / path).replace(out / path)
            touched.add((out / path).parent)
    for folder_path in touched:
        if kind(folder_path) == FOLDER:
            sync_folder(folder_path)


def _pruned(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError as error:
        if error.errno not in _NOT_EMPTY:
            raise
        return False
    return True


def _make_folder(folder: Path, new: Path) -> None:
    """Make it beside its place first: it must never be seen, nor survive a kill, in another mode."""
    new.mkdir(exist_ok=True)
    new.chmod(0o755)
    new.rename(folder)


def _write(path: str, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    try:
        os.fchmod(descriptor, 0o644)  # whatever the umask is
        while content:
            content = content[os.write(descriptor, content) :]
    finally:
        os.close(descriptor)
