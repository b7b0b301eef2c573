"""Where entries are made: a lock for each, a place of its own in `tmp/`, and no litter of killed runs."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from protogen.system.files import digest
from protogen.system.flock import held

LOCKS, STAGING, TAG = "locks", "tmp", "CACHEDIR.TAG"
_TAG_TEXT = """\
Signature: 8a477f597d28d172789f06886806bc55
# This folder was made by protogen; what it holds can be made again.
"""
_LOCK_SECONDS = 900.0
# A lock that nobody opened for so long is no run's: runs wait for one for fifteen minutes.
_OLD_SECONDS = 24 * 3600.0
_OF_LOCK = re.compile(r"([0-9a-f]{32})-.*")
# The kinds of entries before there was a folder for each format.
_OF_EARLIER_VERSIONS = (
    *("documents", "git", "go-modules", "index", "index-pages", "made", "packages"),
    *("python-wheels", "sets", "tools"),
)


@dataclass(frozen=True)
class StagingArea:
    """The locks and the staging places of a cache folder. All functions raise OSError."""

    root: Path

    @contextmanager
    def locked(self, name: str, seconds: float = _LOCK_SECONDS) -> Iterator[None]:
        """Hold the lock of an entry. Raises TimeoutError where another run keeps it for longer."""
        self._make_root()
        (self.root / LOCKS).mkdir(parents=True, exist_ok=True)
        with held(self.root / LOCKS / f"{_lock_name(name)}.lock", seconds):
            yield

    @contextmanager
    def staged(self, name: str) -> Iterator[Path]:
        """A new folder that is gone afterwards unless it was moved; the entry's lock must be held."""
        # tempfile's folders are the user's alone, but others may read a cache as the umask says.
        folder = self.root / STAGING / f"{_lock_name(name)}-{os.urandom(8).hex()}"
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir()
        try:
            yield folder
        finally:
            _remove(folder)

    def take_away(self, path: Path, name: str) -> None:
        """Remove what stands at path: at once for everybody else; the entry's lock must be held."""
        with self.staged(name) as folder, suppress(FileNotFoundError):
            path.rename(folder / "gone")

    def sweep(self, *, dry_run: bool = False, everything: bool = False) -> list[Path]:
        """Remove what killed runs left in `tmp/`; everything: also old locks, unknown old files,
        and the entries of earlier versions.

        Returns what was removed, or would be. Nothing that a living run uses is touched.
        """
        found, unknown = [], everything and self.is_own()
        for path in children(self.root / STAGING):
            of_lock = _OF_LOCK.fullmatch(path.name)
            if self._is_free(of_lock[1]) if of_lock else unknown and _is_old(path):
                found.append(path)
        if everything:
            found += [path for path in children(self.root / LOCKS) if _is_old(path)]
        if unknown:
            found += [self.root / name for name in _OF_EARLIER_VERSIONS if (self.root / name).is_dir()]
        for path in [] if dry_run else found:
            _remove(path)
        return found

    def is_own(self) -> bool:
        """Whether protogen made this folder: only then may what it doesn't know be removed from it."""
        try:
            return (self.root / TAG).read_text(encoding="utf-8") == _TAG_TEXT
        except (OSError, ValueError):
            return False

    def _make_root(self) -> None:
        if not self.root.exists() or not any(self.root.iterdir()):
            self.root.mkdir(parents=True, exist_ok=True)
            (self.root / TAG).write_text(_TAG_TEXT, encoding="utf-8")

    def _is_free(self, lock: str) -> bool:
        """Whether no run holds the lock. What its holder staged is then nobody's any more."""
        try:
            (self.root / LOCKS).mkdir(parents=True, exist_ok=True)
            with held(self.root / LOCKS / f"{lock}.lock", 0.0) as works:
                return works
        except OSError:
            return False


def _remove(path: Path) -> None:
    """Remove a file or a folder, as far as that is possible."""
    if path.is_dir() and not path.is_symlink():
        import shutil

        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def _lock_name(name: str) -> str:
    return digest(name)[:32]


def children(folder: Path) -> list[Path]:
    """What stands in a folder, sorted; nothing where it can't be looked into."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.lstat().st_mtime > _OLD_SECONDS
    except OSError:
        return False
