"""The effects of a step: staging its files, and turning the old tree into the new one.

Taking a step is idempotent and never overwrites what changed after the step was written down, so the
run that commits it and the run that completes it after a kill, be it days later, share this code.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.publish.journal import Step, sync_folder
from protogen.publish.tree import ABSENT, FOLDER, SYMLINK, Disk, Tree, folders_of, kind, scan
from protogen.publish.workplace import new_folder, workplace

if TYPE_CHECKING:
    from collections.abc import Iterable

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_SYNC_THREADS = 8
_NOT_AS_A_WHOLE = frozenset(
    {errno.EXDEV, errno.EBUSY, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTEMPTY, errno.EEXIST}
)
_NOT_EMPTY = frozenset({errno.ENOTEMPTY, errno.EEXIST})


def can_exchange() -> bool:
    """Whether this system may have renameat2; a file system may still refuse it."""
    return sys.platform == "linux"


def exchange(one: Path, other: Path) -> None:
    """Swap two paths atomically. Raises OSError, ENOSYS where the C library doesn't have it."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    try:
        renameat2 = library.renameat2
    except AttributeError:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), str(one)) from None
    paths = (_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other))
    if renameat2(*paths, ctypes.c_uint(_RENAME_EXCHANGE)):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(one), None, str(other))


def stage(out: Path, staged: Path, *, fresh: Tree, kept: Iterable[str]) -> None:
    """Fill the folder staged with fresh files, and with out's own files for the kept paths; durably."""
    kept = tuple(kept)
    staged.mkdir()
    staged.chmod(0o755)
    for folder in sorted(folders_of([*fresh, *kept])):
        (staged / folder).mkdir()
        (staged / folder).chmod(0o755)
    for path, content in fresh.items():
        _write(staged / path, content)
    for path in kept:
        _take_over(out / path, staged / path)
    _sync([staged / path for path in (*fresh, *kept)])
    for folder in ("", *folders_of([*fresh, *kept])):
        sync_folder(staged / folder)


def take(step: Step, base: Path) -> None:
    """Turn the target into the step's tree, as far as nothing was changed there since.

    Raises OSError; the step can then be taken again.
    """
    out = Path(os.path.normpath(base / step.name))
    staged = workplace(base) / step.slot
    if not (step.whole and _taken_as_a_whole(step, out, staged)) and kind(out) in {ABSENT, FOLDER}:
        _take_by_file(step, out, staged, new_folder(base))
    sync_folder(base)


def _taken_as_a_whole(step: Step, out: Path, staged: Path) -> bool:
    """Rename or exchange the staged folder. False where that can't be, or was done before."""
    if kind(staged) != FOLDER or scan(staged, step.after).files != step.after:
        return False
    try:
        if step.root == SYMLINK == kind(out):
            out.unlink()
        if kind(out) == ABSENT:
            staged.rename(out)
            return True
        if kind(out) == FOLDER and _is_untouched(step, out):
            exchange(staged, out)
            return True
    except OSError as error:
        if error.errno not in _NOT_AS_A_WHOLE:
            raise
    return False


def _is_untouched(step: Step, out: Path) -> bool:
    disk = scan(out, {**step.before, **step.after}, step.folders)
    return (disk.files, disk.folders, disk.foreign) == (step.before, frozenset(step.folders), frozenset())


def _take_by_file(step: Step, out: Path, staged: Path, new: Path) -> None:
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
    ready = scan(staged, step.after).files if kind(staged) == FOLDER else {}
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


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        os.fchmod(file.fileno(), 0o644)
        file.write(content)


def _take_over(old: Path, new: Path) -> None:
    """Link the file, so that its inode and times stay; copy it where links don't work."""
    try:
        os.link(old, new, follow_symlinks=False)
    except OSError:
        import shutil

        shutil.copy2(old, new, follow_symlinks=False)


def _sync(paths: Iterable[Path]) -> None:
    """Make the files' content durable; by threads, as a file system syncs many files in one go."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_SYNC_THREADS) as pool:
        for _ in pool.map(_sync_file, paths):
            pass


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
