"""The cache: finished entries that are built once, staged beside the others, sealed and renamed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from protogen.errors import CacheDamaged, OutputUnwritable
from protogen.system.cache.seal import MANIFEST, RECORD, damage, is_sealed, opened_record, seal, sealed_record
from protogen.system.cache.staging import StagingArea, replace

_TOUCH_SECONDS = 60.0


@dataclass(frozen=True)
class Cache:
    """Entries are folders, and records files, named by kind and key; each is checked when it is read.

    root: the cache folder; made when the first entry is. Entries hold no credentials and no
    absolute paths, so that a cache can be moved. Reading writes nothing but times of last use,
    where it may.
    """

    root: Path

    @property
    def area(self) -> StagingArea:
        """The locks, and the place where entries are made."""
        return StagingArea(self.root)

    def path(self, kind: str, *key: str) -> Path:
        """Where the entry is, or would be."""
        return self.root.joinpath(kind, *key)

    def find(self, kind: str, *key: str, mendable: bool = False, only: Collection[str] = ()) -> Path | None:
        """The entry's folder, every byte of it checked, or None where it hasn't been built.

        only: the files to check, where the caller reads no others.
        Raises CacheDamaged where it isn't what was built; for a mendable entry, one that the
        caller would build now, None.
        """
        entry, name = self.path(kind, *key), "/".join((kind, *key))
        if not is_sealed(entry):
            return None
        words = damage(entry, name, only)
        if not words:
            _touch(entry / MANIFEST)
            return entry
        if mendable:
            return None
        raise self._damaged(name, words)

    def build(self, kind: str, *key: str, make: Callable[[Path], None], only: Collection[str] = ()) -> Path:
        """The entry's folder; where it isn't there or is damaged, make(staging) fills it first.

        only: the files to check, where the caller reads no others.
        Concurrent runs build an entry once: the others wait for the lock and find it done.
        Raises OutputUnwritable where the cache folder can't be written, and whatever make raises.
        """
        entry, name = self.path(kind, *key), "/".join((kind, *key))
        if self.find(kind, *key, mendable=True, only=only):
            return entry
        with self.writing():
            with self.area.locked(name):
                if self.find(kind, *key, mendable=True, only=only):
                    return entry
                with self.area.staged(name) as staging:
                    make(staging)
                    seal(staging, name)
                    self.area.take_away(entry, name)
                    replace(staging, entry)
            self.area.sweep()
        return entry

    def read(self, kind: str, *key: str, mendable: bool = False) -> bytes | None:
        """What write left there, or None.

        Raises CacheDamaged where it isn't what was written; for a mendable record, one that the
        caller would write now, None.
        """
        path, name = self._record(kind, *key), "/".join((kind, *key))
        try:
            content = opened_record(path.read_bytes(), name)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            if mendable:
                return None
            raise self._damaged(name, str(error)) from None
        _touch(path)
        return content

    def write(self, content: bytes, kind: str, *key: str) -> None:
        """Replace one file that may change, such as a listing of refs, atomically, where it has changed."""
        if self.read(kind, *key, mendable=True) == content:
            return
        path, name = self._record(kind, *key), "/".join((kind, *key))
        with self.writing():
            with self.area.locked(name), self.area.staged(name) as staging:
                (staging / path.name).write_bytes(sealed_record(content, name))
                replace(staging / path.name, path)
            self.area.sweep()

    def _record(self, kind: str, *key: str) -> Path:
        path = self.path(kind, *key)
        return path.with_name(path.name + RECORD)

    def _damaged(self, name: str, words: str) -> CacheDamaged:
        return CacheDamaged(f"the cache entry {name} is damaged: {words}", where=str(self.root))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Turn an OSError into OutputUnwritable, which names the cache and the way out."""
        try:
            yield
        except OSError as error:
            raise OutputUnwritable(
                f"the cache can't be written: {error.strerror or error}",
                where=str(self.root),
                remedy="run again with --cache-dir DIR, a folder that can be written",
            ) from error


def _touch(path: Path) -> None:
    """Note that the entry is used; a cache that can't be written does without."""
    with suppress(OSError):
        if time.time() - path.stat().st_mtime > _TOUCH_SECONDS:
            os.utime(path)
