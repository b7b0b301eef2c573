"""Taking an archive of cache entries in: from a stranger's hand, so everything is checked first."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from protogen.errors import ArchiveRefused
from protogen.system.cache.inventory import UNSEALED, inventory
from protogen.system.cache.pack import CONTENTS, SCHEMA
from protogen.system.cache.seal import MANIFEST, RECORD, damage, is_sealed, opened_record
from protogen.system.cache.staging import LOCKS, STAGING
from protogen.system.paths import check_relative

if TYPE_CHECKING:
    import tarfile

    from protogen.system.cache.store import Cache


_MOST_FILES = 100_000
_MOST_BYTES = 16 << 30
_PIECE = 1 << 20
_MOST_CONTENTS = 64 << 20


@dataclass(frozen=True)
class Contents:
    """The names of the entries and of the records that an archive holds."""

    entries: tuple[str, ...]
    records: tuple[str, ...]


def import_archive(file: Path, cache: Cache) -> Contents:
    """Take the archive's entries into the cache; sound ones that it holds already stay.

    Nothing is taken unless all of the archive is sound. Raises ArchiveRefused, OutputUnwritable.
    """
    with cache.writing(), cache.area.locked("import"), cache.area.staged("import") as staging:
        try:
            contents = _unpacked(file, staging)
            _check_names(contents, cache)
            _check_hashes(contents, staging)
        except ArchiveRefused as error:
            raise ArchiveRefused(error.message, where=str(file)) from None
        for name in contents.entries:
            kind, *key = name.split("/")
            cache.build(kind, *key, make=partial(_move, staging / name))
        for name in contents.records:
            kind, *key = name.split("/")
            sealed = (staging / f"{name}{RECORD}").read_bytes()
            cache.write(opened_record(sealed, name), kind, *key)
    return contents


class _Source:
    """The archive's bytes. No piece that a header claims is held in memory, no error is anything else."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def read(self, size: int) -> bytes:
        if size > _PIECE:
            raise ArchiveRefused("the archive holds a header of absurd size")
        return self._asked(self._file.read, size)  # type: ignore[no-any-return]

    def seek(self, position: int) -> int:
        return self._asked(self._file.seek, position)  # type: ignore[no-any-return]

    def tell(self) -> int:
        return int(self._file.tell())

    def _asked(self, function: Any, argument: int) -> Any:
        try:
            return function(argument)
        except (OSError, EOFError, zlib.error) as error:
            raise ArchiveRefused(f"the archive can't be read: {error}") from None


@dataclass
class _Paths:
    """The paths that were unpacked: no two may need each other's place."""

    files: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)

    def add(self, path: str) -> None:
        """Take note of a file. Raises ValueError."""
        check_relative(path)
        path.encode()
        parts = path.split("/")
        above = {"/".join(parts[:count]) for count in range(1, len(parts))}
        if path in self.files or path in self.folders or above & self.files:
            raise ValueError(f"{path!r} is there twice")
        self.files.add(path)
        self.folders |= above


def _unpacked(file: Path, staging: Path) -> Contents:
    """Write the archive's files below staging; what they should be."""
    import gzip
    import tarfile

    try:
        raw = file.open("rb")
    except OSError as error:
        raise ArchiveRefused(f"the archive can't be read: {error.strerror}") from None
    with raw:
        zipped = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        source: Any = _Source(gzip.GzipFile(fileobj=raw) if zipped else raw)
        try:
            with tarfile.open(fileobj=source, mode="r:") as archive:
                return _written(archive, staging)
        except (tarfile.TarError, ValueError, OverflowError) as error:
            raise ArchiveRefused(f"that is no archive of a cache: {error}") from None


def _written(archive: tarfile.TarFile, staging: Path) -> Contents:
    members = _members(archive)
    first = next(members, None)
    if first is None or first.name != CONTENTS or first.size > _MOST_CONTENTS:
        raise ValueError(f"it doesn't begin with {CONTENTS}")
    contents = _contents(b"".join(_pieces(archive, first)))
    paths = _Paths()
    for member in members:
        paths.add(member.name)
        path = staging / member.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            for piece in _pieces(archive, member):
                file.write(piece)
        if member.mode & 0o100:
            path.chmod(0o755)
    prefixes = tuple(f"{name}/" for name in contents.entries)
    records = {f"{name}{RECORD}" for name in contents.records}
    for strange in sorted(path for path in paths.files - records if not path.startswith(prefixes)):
        raise ValueError(f"{strange!r} belongs to none of its entries")
    return contents


def _members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """The members, each a plain file, within bounds in number and size."""
    files, size = 0, 0
    while (member := archive.next()) is not None:
        if not member.isreg() or member.issparse():
            raise ValueError(f"{member.name!r} is not a plain file")
        files, size = files + 1, size + member.size
        if files > _MOST_FILES or member.size < 0 or size > _MOST_BYTES:
            raise ValueError("it is too large")
        yield member


def _pieces(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    content = archive.extractfile(member)
    while content and (piece := content.read(_PIECE)):
        yield piece


def _contents(text: bytes) -> Contents:
    """Raises ValueError where the list isn't what export writes."""
    try:
        document = json.loads(text)
        schema, entries, records = document["schema"], document["entries"], document["records"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ValueError(f"its {CONTENTS} can't be read") from None
    if schema != SCHEMA:
        raise ValueError(f"its schema is {str(schema)[:20]}, and this protogen knows {SCHEMA}")
    names: list[str] = [*entries, *records] if isinstance(entries, list) and isinstance(records, list) else []
    if not names or not all(isinstance(name, str) for name in names):
        raise ValueError(f"its {CONTENTS} names no entries")
    paths = _Paths()
    for name in names:
        paths.add(name)
        if "/" not in name or name.split("/")[0] in {LOCKS, STAGING}:
            raise ValueError(f"{name!r} is no name of an entry")
    return Contents(tuple(sorted(entries)), tuple(sorted(records)))


def _check_names(contents: Contents, cache: Cache) -> None:
    """No entry may come to stand within, or around, one that the cache holds."""
    held = {item.name for item in inventory(cache.root) if item.form != UNSEALED}
    paths = _Paths()
    for name in sorted(held | {*contents.entries, *contents.records}):
        try:
            paths.add(name)
        except ValueError as error:
            raise ArchiveRefused(f"the archive's entries don't fit this cache: {error}") from None


def _check_hashes(contents: Contents, staging: Path) -> None:
    for name in contents.entries:
        entry = staging / name
        words = damage(entry, name) if is_sealed(entry) else "it has no manifest"
        if words:
            raise ArchiveRefused(f"the archive's entry {name} is damaged: {words}")
    for name in contents.records:
        try:
            opened_record((staging / f"{name}{RECORD}").read_bytes(), name)
        except (OSError, ValueError) as error:
            raise ArchiveRefused(f"the archive's entry {name} is damaged: {error}") from None


def _move(source: Path, folder: Path) -> None:
    """Move an unpacked entry's files into the folder where it is sealed anew."""
    for path in source.iterdir():
        if path.name != MANIFEST:
            path.rename(folder / path.name)
