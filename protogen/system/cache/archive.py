"""A cache as one file: written the same for the same entries, and checked as a stranger's when taken in."""

from __future__ import annotations

import io
import json
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, get_args

from protogen.errors import ArchiveRefused, CacheDamaged, OutputUnwritable
from protogen.system import files
from protogen.system.cache.entries import MANIFEST, damage
from protogen.system.cache.store import CONTENT, Cache, Kind
from protogen.system.paths import check_relative

if TYPE_CHECKING:
    import tarfile

    from protogen.system.cache.upkeep import Item


CONTENTS = "protogen-cache.json"
"""The archive's first file: the names of the entries that follow."""
_SCHEMA = 2
_MOST_FILES = 100_000
_MOST_BYTES = 16 << 30
_PIECE = 1 << 20
_MOST_CONTENTS = 64 << 20


def export(items: Sequence[Item], file: Path) -> None:
    """Write the items into an archive, compressed where the file's name ends in `gz`.

    Raises CacheDamaged where one of them is, and OutputUnwritable.
    """
    for item in items:
        if found := item.damage():
            raise CacheDamaged(
                f"the cache entry {item.name} is damaged: {found}",
                where=str(item.path),
                remedy="protogen cache verify --repair",
            )
    try:
        with files.replacing(file) as raw:
            _write(items, raw, compressed=file.name.endswith("gz"))
    except OSError as error:
        raise OutputUnwritable(
            f"the archive can't be written: {error.strerror or error}",
            where=str(file),
            remedy="run again with another FILE",
        ) from error


def import_archive(file: Path, cache: Cache) -> int:
    """Take the archive's entries into the cache, and return how many there are.

    Sound ones that the cache holds stay, but those that may change. Nothing is taken unless all of the
    archive is sound. Raises ArchiveRefused, OutputUnwritable.
    """
    with cache.writing(), cache.area.locked("import"), cache.area.staged("import") as staging:
        try:
            names = _unpacked(file, staging)
            for name in names:
                if found := damage(staging / name, name):
                    raise ArchiveRefused(f"the archive's entry {name} is damaged: {found}")
        except ArchiveRefused as error:
            raise ArchiveRefused(error.message, where=str(file)) from None
        for name in names:
            _take(cache, name, staging / name)
    return len(names)


def _take(cache: Cache, name: str, unpacked: Path) -> None:
    kind, key = name.split("/")
    files = [path for path in unpacked.iterdir() if path.name != MANIFEST]
    if [path.name for path in files] == [CONTENT]:
        cache.put(kind, key, files[0].read_bytes())  # type: ignore[arg-type]
        return

    def move(folder: Path) -> None:
        for path in files:
            path.rename(folder / path.name)

    cache.get(kind, key, move)  # type: ignore[arg-type]


def _write(items: Sequence[Item], raw: IO[bytes], *, compressed: bool) -> None:
    import gzip
    import tarfile

    document = {"schema": _SCHEMA, "entries": sorted(item.name for item in items)}
    content = (json.dumps(document, indent=1) + "\n").encode()
    with ExitStack() as stack:
        target: Any = raw
        if compressed:
            target = stack.enter_context(gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0))
        archive = stack.enter_context(tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT))
        _add(archive, CONTENTS, io.BytesIO(content), len(content), executable=False)
        for item in sorted(items, key=lambda item: item.name):
            for path in sorted(path for path in item.path.rglob("*") if path.is_file()):
                with path.open("rb") as file:
                    status, name = os.fstat(file.fileno()), path.relative_to(item.path).as_posix()
                    executable = bool(status.st_mode & 0o100)
                    _add(archive, f"{item.name}/{name}", file, status.st_size, executable=executable)


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes], size: int, *, executable: bool) -> None:
    import tarfile

    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o755 if executable else 0o644
    archive.addfile(member, content)


class _Source:
    """The archive's bytes. No piece that a header claims is held in memory, no error is anything else."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def read(self, size: int) -> bytes:
        if size > _PIECE:
            raise ArchiveRefused("the archive holds a header of absurd size")
        content: bytes = self._checked(self._file.read, size)
        return content

    def seek(self, position: int) -> int:
        return int(self._checked(self._file.seek, position))

    def tell(self) -> int:
        return int(self._file.tell())

    def _checked(self, function: Callable[[int], Any], argument: int) -> Any:
        try:
            return function(argument)
        except (OSError, EOFError, zlib.error) as error:
            raise ArchiveRefused(f"the archive can't be read: {error}") from None


def _unpacked(file: Path, staging: Path) -> list[str]:
    """Write the archive's files below staging; the names of its entries."""
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


def _written(archive: tarfile.TarFile, staging: Path) -> list[str]:
    members = _members(archive)
    first = next(members, None)
    if first is None or first.name != CONTENTS or first.size > _MOST_CONTENTS:
        raise ValueError(f"it doesn't begin with {CONTENTS}")
    listed, names = _listed(b"".join(_pieces(archive, first))), set()
    for member in members:
        names.add(_entry_of(member.name))
        path = staging / member.name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.writelines(_pieces(archive, member))
        except (FileExistsError, NotADirectoryError):
            raise ValueError(f"{member.name!r} is there twice") from None
        if member.mode & 0o100:
            path.chmod(0o755)
    if sorted(names) != listed or not names:
        raise ValueError("its entries aren't those that it names")
    return listed


def _entry_of(path: str) -> str:
    """The entry that a file of an archive belongs to. Raises ValueError for one that may not be written."""
    check_relative(path)
    kind, _, below = path.partition("/")
    key, _, file = below.partition("/")
    if kind not in get_args(Kind) or not file:
        raise ValueError(f"{path!r} belongs to no entry")
    return f"{kind}/{key}"


# tarfile's data filter, which Python has since 3.10.12 and 3.11.4, lets links and folders pass, and knows
# no bounds; an archive of a cache has plain files only, and what is refused here is all that it would.
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


def _listed(text: bytes) -> list[str]:
    """The names of the entries. Raises ValueError where the list isn't what export writes."""
    try:
        document = json.loads(text)
        schema, names = document["schema"], document.get("entries")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ValueError(f"its {CONTENTS} can't be read") from None
    if schema != _SCHEMA:
        raise ValueError(f"its schema is {str(schema)[:20]}, and this protogen knows {_SCHEMA}")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"its {CONTENTS} names no entries")
    return sorted(names)
