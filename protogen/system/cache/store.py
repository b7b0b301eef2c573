"""The cache: entries that are made once, staged beside the others, sealed, renamed, and checked when read."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from protogen.errors import CacheDamaged, OutputUnwritable, ProtogenError, SourceUnreachable, ToolMissing
from protogen.system.cache.entries import MANIFEST, damage, is_sealed, seal
from protogen.system.cache.staging import StagingArea

Kind = Literal["fetched", "tools", "sets", "packages"]
"""What remotes and indexes gave; what ecosystems' clients installed; compiled sets; what runs made."""
FORMAT = "v2"
"""The folder of all kinds; what stands beside it was made by earlier versions."""
CONTENT = "content"
"""The only file of an entry that `put` made."""
# Kinds that only the network can make again, and the error of a run that may not ask it.
_FROM_NETWORK: dict[str, type[ProtogenError]] = {"fetched": SourceUnreachable, "tools": ToolMissing}
_TOUCH_SECONDS = 60.0
_REPLACED_SECONDS = 0.05


@dataclass(frozen=True)
class Cache:
    """Entries by kind and key. They hold no credentials and no absolute paths: a cache can be moved.

    Reading writes nothing but times of last use, where it may.
    """

    root: Path
    """The cache folder; made when the first entry is."""
    offline: bool = False
    """Whether the network may not be asked for what isn't here."""

    @property
    def area(self) -> StagingArea:
        """The locks, and the place where entries are made."""
        return StagingArea(self.root)

    def path(self, kind: Kind, key: str = "") -> Path:
        """Where the entry is, or would be; without a key, the folder of the kind."""
        return self.root / FORMAT / kind / key

    def get(
        self,
        kind: Kind,
        key: str,
        make: Callable[[Path], object],
        *,
        what: str = "",
        otherwise: str = "",
        only: Collection[str] = (),
    ) -> Path:
        """The entry's folder; where it isn't there or is damaged, make(staging) fills it first.

        what: the entry as messages call it; otherwise: what the user can do instead of going online.
        only: the files to check, where the caller reads no others.
        Concurrent runs make an entry once: the others wait for the lock and find it done.
        Raises OutputUnwritable where the cache folder can't be written, CacheDamaged or absent's error
        where it would have to be fetched offline, and whatever make raises.
        """
        if found := self.find(kind, key, only=only):
            return found
        if self.offline and kind in _FROM_NETWORK:
            raise self.absent(kind, what, otherwise)
        with self.writing():
            with self.area.locked(f"{kind}/{key}"):
                if self._damage(kind, key, only):
                    self._replace(kind, key, make)
            self.area.sweep()
        return self.path(kind, key)

    def find(self, kind: Kind, key: str, *, only: Collection[str] = ()) -> Path | None:
        """The entry's folder, checked, or None where it isn't there or is damaged and can be made again.

        only: as for get. Raises CacheDamaged for what only the network could make again, offline.
        """
        entry, fixed = self.path(kind, key), self.offline and kind in _FROM_NETWORK
        found = self._damage(kind, key, only)
        if found and fixed:
            time.sleep(_REPLACED_SECONDS)  # another run may have been replacing it
            found = self._damage(kind, key, only)
        if not found:
            _touch(entry / MANIFEST)
            return entry
        if fixed and is_sealed(entry):
            raise CacheDamaged(f"the cache entry {kind}/{key} is damaged: {found}", where=str(self.root))
        return None

    def absent(self, kind: Kind, what: str, otherwise: str = "") -> ProtogenError:
        """The error of an offline run that needs what the cache doesn't hold; arguments as for get."""
        return _FROM_NETWORK[kind](
            f"the cache doesn't hold {what}, and --offline forbids to fetch",
            where=str(self.root),
            remedy=f"run the same command once without --offline{', or ' if otherwise else ''}{otherwise}",
        )

    def put(self, kind: Kind, key: str, content: bytes) -> None:
        """Keep bytes that may change, such as a listing of refs; written only where they have changed.

        Raises OutputUnwritable.
        """
        if self.read(kind, key) == content:
            return
        with self.writing():
            with self.area.locked(f"{kind}/{key}"):
                self._replace(kind, key, lambda staging: (staging / CONTENT).write_bytes(content))
            self.area.sweep()

    def read(self, kind: Kind, key: str) -> bytes | None:
        """What put left there, or None; raises as find does."""
        entry = self.find(kind, key)
        with suppress(FileNotFoundError):  # replaced at this moment
            return (entry / CONTENT).read_bytes() if entry else None
        return None

    def _damage(self, kind: Kind, key: str, only: Collection[str] = ()) -> str:
        return damage(self.path(kind, key), f"{kind}/{key}", only)

    def _replace(self, kind: Kind, key: str, make: Callable[[Path], object]) -> None:
        entry, name = self.path(kind, key), f"{kind}/{key}"
        with self.area.staged(name) as staging:
            make(staging)
            seal(staging, name)
            self.area.take_away(entry, name)
            entry.parent.mkdir(parents=True, exist_ok=True)
            staging.rename(entry)

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
