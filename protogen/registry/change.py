"""Changes to the registry's folder that happen wholly or not at all, whenever the writer is killed.

A change is staged below `.protogen/`: each new file, and a list of where they go. Once the list is there
the change is decided; then each file is renamed to its place, those that indexes name before the indexes.
Whoever opens the folder to write carries out a list that a killed run left.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from protogen.errors import OutputInTheWay
from protogen.publish.durable import sync_trees
from protogen.publish.exclusive import FolderVanished, held
from protogen.registry.folder import OWN, Folder
from protogen.system.files import write_whole

STAGED = f"{OWN}/staged"
_CHANGE = "change.json"


def is_pending(root: Path) -> bool:
    """Whether a killed run left a change that the next one completes."""
    return (root / STAGED / _CHANGE).is_file()


@contextmanager
def writing(path: Path) -> Iterator[Folder]:
    """The folder, made where there is none, with nobody else writing; a killed run's change is completed.

    Raises OutputUnwritable where another run keeps writing, and OSError.
    """
    while True:
        path.mkdir(parents=True, exist_ok=True)
        try:
            with held([path]):
                _complete(path)
                yield Folder(path)
                return
        except FolderVanished:
            continue


def change(folder: Folder, steps: Sequence[Mapping[str, bytes]]) -> None:
    """Put files in their places, all or none, each step after the one before; this run must be `writing`.

    A kill leaves all as it was, or a change that the next run completes. Raises OutputInTheWay for a folder
    where a file must go, or the other way round, and OSError; then nothing is changed.
    """
    root, staged = folder.path, folder.path / STAGED
    files = [each for step in steps for each in step.items()]
    _check_places(root, (path for path, _ in files))
    try:
        staged.mkdir(parents=True)
        for number, (path, content) in enumerate(files):
            (staged / str(number)).write_bytes(content)
            _date_later(staged / str(number), root / path)
        parents = {(root / path).parent for path, _ in files}
        for parent in sorted(parents):
            parent.mkdir(parents=True, exist_ok=True)
        sync_trees([staged], _up_to(root, parents | {staged}))
        write_whole(staged / _CHANGE, json.dumps([list(step) for step in steps]).encode())
    except BaseException:
        if not is_pending(root):
            shutil.rmtree(staged, ignore_errors=True)
        raise
    _complete(root)


def _date_later(new: Path, old: Path) -> None:
    """Date a file at least a second after the one that it replaces.

    Servers date files by the second: who read the old one in the same second would never be told.
    """
    with suppress(FileNotFoundError, NotADirectoryError):
        before = int(old.stat().st_mtime)
        if int(new.stat().st_mtime) <= before:
            os.utime(new, (before + 1, before + 1))


def _complete(root: Path) -> None:
    """Carry out the change that is staged, and remove what a run staged that was killed before it decided."""
    staged = root / STAGED
    try:
        steps: list[list[str]] = json.loads((staged / _CHANGE).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        shutil.rmtree(staged, ignore_errors=True)
        return
    number = 0
    for step in steps:
        for path in step:
            # What is no longer staged is in its place already.
            with suppress(FileNotFoundError):
                (staged / str(number)).replace(root / path)
            number += 1
        # A loss of power must not take away what the next step's files name.
        sync_trees([], {(root / path).parent for path in step})
    (staged / _CHANGE).unlink()
    shutil.rmtree(staged, ignore_errors=True)


def _up_to(root: Path, folders: Iterable[Path]) -> set[Path]:
    """The folders and those above, up to the root's: whichever are new, their entries must last."""
    return {
        each
        for folder in folders
        for each in (folder, *folder.parents)
        if each == root.parent or each.is_relative_to(root)
    }


def _check_places(root: Path, paths: Iterable[str]) -> None:
    for path in paths:
        target = root / path
        if target.is_dir():
            raise OutputInTheWay(
                f"a folder stands where the registry's {path} must go",
                where=str(target),
                remedy="move it away",
            )
        for parent in target.parents:
            if parent == root:
                break
            if (parent.is_symlink() or parent.exists()) and not parent.is_dir():
                raise OutputInTheWay(
                    f"a file stands where the registry's folder {parent.relative_to(root)} must go",
                    where=str(parent),
                    remedy="move it away",
                )
