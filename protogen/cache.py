"""The cache folder: finished entries that are built once, staged beside the others and renamed."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.errors import OutputUnwritable

if TYPE_CHECKING:
    from collections.abc import Callable

_LOCK_SECONDS = 900.0


@dataclass(frozen=True)
class Cache:
    """Entries are folders named by kind and key; one that exists is complete.

    root: the cache folder; made when the first entry is. Entries hold no credentials and no
    absolute paths, so that a cache can be moved.
    """

    root: Path

    def path(self, kind: str, *key: str) -> Path:
        """Where the entry is, or would be."""
        return self.root.joinpath(kind, *key)

    def find(self, kind: str, *key: str) -> Path | None:
        """The entry's folder, or None where it hasn't been built."""
        entry = self.path(kind, *key)
        return entry if entry.is_dir() else None

    def build(self, kind: str, *key: str, make: Callable[[Path], None]) -> Path:
        """The entry's folder; where it isn't there, make(staging) fills it first.

        Concurrent runs build an entry once: the others wait for the lock and find it done.
        Raises OutputUnwritable where the cache folder can't be written, and whatever make raises.
        """
        entry = self.path(kind, *key)
        if entry.is_dir():
            return entry
        from filelock import FileLock

        try:
            locks, staging_area = self.root / "locks", self.root / "tmp"
            for folder in (locks, staging_area, entry.parent):
                folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(locks / f"{digest('/'.join((kind, *key)))[:32]}.lock", timeout=_LOCK_SECONDS)
            with lock:
                if entry.is_dir():
                    return entry
                staging = Path(tempfile.mkdtemp(prefix=f"{kind}-", dir=staging_area))
                try:
                    make(staging)
                    os.replace(staging, entry)  # noqa: PTH105 - a folder, atomically
                finally:
                    shutil.rmtree(staging, ignore_errors=True)
        except OSError as error:
            raise OutputUnwritable(
                f"the cache can't be written: {error.strerror or error}",
                where=str(self.root),
                remedy="run again with --cache-dir DIR, a folder that can be written",
            ) from error
        return entry

    def read(self, kind: str, *key: str) -> bytes | None:
        """What write left there, or None."""
        try:
            return self.path(kind, *key).read_bytes()
        except OSError:
            return None

    def write(self, content: bytes, kind: str, *key: str) -> None:
        """Replace one file that may change, such as a listing of refs, atomically."""
        path = self.path(kind, *key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, staged = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            os.replace(staged, path)  # noqa: PTH105 - atomically
        except OSError as error:
            raise OutputUnwritable(
                f"the cache can't be written: {error.strerror or error}",
                where=str(self.root),
                remedy="run again with --cache-dir DIR, a folder that can be written",
            ) from error


def digest(content: bytes | str) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()
