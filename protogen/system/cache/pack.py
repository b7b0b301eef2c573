"""A cache as one file: the same entries always give the same bytes."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from protogen.errors import CacheDamaged, OutputUnwritable
from protogen.system import atomic
from protogen.system.cache.inventory import ENTRY, RECORD_FILE, Item
from protogen.system.cache.seal import RECORD

if TYPE_CHECKING:
    import tarfile


CONTENTS = "protogen-cache.json"
"""The archive's first file: the names of the entries and of the records that follow."""
SCHEMA = 1


def export(items: Sequence[Item], file: Path) -> None:
    """Write the items into an archive, compressed where the file's name ends in `gz`.

    Raises CacheDamaged where one of them is, and OutputUnwritable.
    """
    for item in items:
        if words := item.damage():
            raise CacheDamaged(
                f"the cache entry {item.name} is damaged: {words}",
                where=str(item.path),
                remedy="protogen cache verify --repair",
            )
    try:
        with atomic.replacing(file) as raw:
            _write(items, raw, compressed=file.name.endswith("gz"))
    except OSError as error:
        raise OutputUnwritable(
            f"the archive can't be written: {error.strerror or error}",
            where=str(file),
            remedy="run again with another FILE",
        ) from error


def _write(items: Sequence[Item], raw: IO[bytes], *, compressed: bool) -> None:
    import gzip
    import tarfile

    document = {
        "schema": SCHEMA,
        "entries": sorted(item.name for item in items if item.form == ENTRY),
        "records": sorted(item.name for item in items if item.form == RECORD_FILE),
    }
    content = (json.dumps(document, indent=1) + "\n").encode()
    with ExitStack() as stack:
        target: Any = raw
        if compressed:
            target = stack.enter_context(gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0))
        archive = stack.enter_context(tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT))
        _add(archive, CONTENTS, io.BytesIO(content), len(content), executable=False)
        for path, name in _files(items):
            with path.open("rb") as file:
                status = os.fstat(file.fileno())
                _add(archive, name, file, status.st_size, executable=bool(status.st_mode & 0o100))


def _files(items: Sequence[Item]) -> Iterator[tuple[Path, str]]:
    """The files of the items with their names in the archive, sorted."""
    for item in sorted(items, key=lambda item: item.name):
        if item.form == RECORD_FILE:
            yield item.path, f"{item.name}{RECORD}"
        else:
            paths = [path for path in item.path.rglob("*") if path.is_file()]
            named = {path.relative_to(item.path).as_posix(): path for path in paths}
            for relative, path in sorted(named.items()):
                yield path, f"{item.name}/{relative}"


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes], size: int, *, executable: bool) -> None:
    import tarfile

    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o755 if executable else 0o644
    archive.addfile(member, content)
