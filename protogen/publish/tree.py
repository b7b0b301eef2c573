"""A tree of files: which paths it may have, and what of it a folder on disk holds."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from protogen.system.files import digest

Tree = Mapping[str, bytes]
"""Relative POSIX path to content."""

MANIFEST = ".protogen.json"
WORKPLACE = ".protogen-publish"
"""The folder that holds staged trees and the journal while a publish runs; gone afterwards."""

ABSENT, FOLDER, FILE, SYMLINK, OTHER = "absent", "folder", "file", "symlink", "other"

_CHUNK = 1 << 20
_NO_NAMES = frozenset({"", ".", ".."})


def check_path(path: str) -> None:
    """Raise ValueError where path can't name a file below a package: a bug of the caller's."""
    parts = path.split("/")
    if "\0" in path or "\\" in path or not _NO_NAMES.isdisjoint(parts):
        raise ValueError(f"not a relative POSIX path: {path!r}")
    if parts[0] == WORKPLACE:
        raise ValueError(f"reserved for publishing: {path!r}")
    path.encode()


def check_paths(paths: Iterable[str]) -> None:
    """Raise ValueError where one of the paths is no file's path, or is a folder of another's."""
    known = frozenset(paths)
    for path in known:
        check_path(path)
    for path in sorted(known & folders_of(known)):
        raise ValueError(f"both a file and a folder: {path!r}")


def folders_of(paths: Iterable[str]) -> frozenset[str]:
    """Every folder that the paths lie in, the root left out."""
    folders: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return frozenset(folders)


@dataclass(frozen=True)
class Disk:
    """What a folder holds, as far as a set of wanted paths is concerned."""

    files: Mapping[str, str] = field(default_factory=dict)
    """What stands at a wanted path, or where one needs a folder: a file's SHA-256, else SYMLINK or OTHER."""
    folders: frozenset[str] = frozenset()
    """The real folders at such paths."""
    foreign: frozenset[str] = frozenset()
    """Everything else, not looked into."""


def kind(path: Path) -> str:
    """What stands at path itself, no symlink followed: one of the five kinds."""
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return ABSENT
    return _kind_of_mode(mode)


def scan(
    root: Path, paths: Iterable[str], folders: Iterable[str] = (), *, known: Mapping[str, str] | None = None
) -> Disk:
    """What the folder root holds at the paths (of files) and folders; never follows a symlink.

    known: SHA-256 of files that, where they are regular ones, needn't be read.
    Folders that lead to none of them aren't entered, and no foreign file is read. Raises OSError.
    """
    wanted = frozenset(paths)
    leading = folders_of(wanted) | frozenset(folders)
    files: dict[str, str] = {}
    seen: set[str] = set()
    foreign: set[str] = set()
    ahead = [""]
    while ahead:
        prefix = ahead.pop()
        with os.scandir(os.path.join(root, prefix)) as entries:  # noqa: PTH118 - Path takes as long as reading
            for entry in entries:
                path = prefix + entry.name
                if path == WORKPLACE:
                    continue
                if path not in wanted and path not in leading:
                    foreign.add(path)
                elif entry.is_dir(follow_symlinks=False):
                    seen.add(path)
                    if path in leading:
                        ahead.append(f"{path}/")
                else:
                    files[path] = _state(entry, known.get(path) if known else None)
    return Disk(files, frozenset(seen), frozenset(foreign))


def read_regular(path: str | Path) -> bytes:
    """The content of a regular file; anything else is refused with OSError, a symlink with ELOOP."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        content = os.read(descriptor, status.st_size + 1)
        if len(content) != status.st_size:  # it is being written just now, or too large for one read
            content = b"".join((content, *iter(lambda: os.read(descriptor, _CHUNK), b"")))
    finally:
        os.close(descriptor)
    return content


def _state(entry: os.DirEntry[str], known: str | None) -> str:
    # Asked before it is opened: to open a named pipe is to wait for its writer.
    if not entry.is_file(follow_symlinks=False):
        return SYMLINK if entry.is_symlink() else OTHER
    return known or digest(read_regular(entry.path))


def _kind_of_mode(mode: int) -> str:
    for test, what in ((stat.S_ISDIR, FOLDER), (stat.S_ISREG, FILE), (stat.S_ISLNK, SYMLINK)):
        if test(mode):
            return what
    return OTHER
