"""The effects of a step: staging its files, and turning the old tree into the new one.

Taking a step is idempotent and never overwrites what changed after the step was written down, so the
run that commits it and the run that completes it after a kill, be it days later, share this code.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.publish.durable import sync_folder
from protogen.publish.tree import ABSENT, FOLDER, SYMLINK, Disk, Tree, folders_of, kind, scan
from protogen.publish.workplace import new_folder, workplace

if TYPE_CHECKING:
    from protogen.publish.journal import Step


_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
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
    """Fill the folder staged with fresh files, and with out's own files for the kept paths."""
    kept = tuple(kept)
    for folder in ("", *sorted(folders_of([*fresh, *kept]))):
        (staged / folder).mkdir()
        (staged / folder).chmod(0o755)
    for path, content in fresh.items():
        _write(f"{staged}/{path}", content)
    for path in kept:
        _take_over(out / path, staged / path)


def take(step: Step, base: Path, *, just_staged: bool) -> None:
    """Turn the target into the step's tree, as far as nothing was changed there since.

    just_staged: whether the caller wrote the staged files itself, and has held the base's lock since: then
    what it wrote isn't read again. The base's own entries are left to the caller to sync.
    Raises OSError; the step can then be taken again.
    """
    out = Path(os.path.normpath(base / step.name))
    staged = workplace(base) / step.slot
    # Kept files are read in any case, as they are links to the owner's own.
    known = {path: step.after[path] for path in step.write} if just_staged else None
    ready = scan(staged, step.after, known=known).files if kind(staged) == FOLDER else {}
    if not (step.whole and _taken_as_a_whole(step, out, staged, ready)) and kind(out) in {ABSENT, FOLDER}:
        _take_by_file(step, out, staged, new_folder(base), ready)


def _taken_as_a_whole(step: Step, out: Path, staged: Path, ready: Mapping[str, str]) -> bool:
    """Rename or exchange the staged folder. False where that can't be, or was done before."""
    if ready != step.after:
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


def _take_over(old: Path, new: Path) -> None:
    """Link the file, so that its inode and times stay; copy it where links don't work."""
    try:
        os.link(old, new, follow_symlinks=False)
    except OSError:
        import shutil

        shutil.copy2(old, new, follow_symlinks=False)
