"""Versions that are published because others were withdrawn, for ecosystems that are told so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from msgspec.structs import replace

from protogen.errors import OutputUnwritable
from protogen.registry import layout
from protogen.registry.folder import Folder
from protogen.registry.in_the_way import check_free
from protogen.registry.model import Contents, Held, Published, Version


def with_retractions(
    folder: Folder, packages: Iterable[Held], files: Mapping[str, bytes], new: Mapping[Version, Contents]
) -> tuple[list[Held], dict[str, bytes], dict[Version, Contents]]:
    """The packages, with such versions where they must be published; those versions' files and contents.

    files, new: what is about to be put into the folder, and what new versions consist of; a retraction
    repeats the files of another version. Raises OutputInTheWay for a foreign file in the way,
    OutputUnwritable where a file to be repeated is damaged, and OSError.
    """

    found: list[Held] = []
    placed: dict[str, bytes] = {}
    contents: dict[Version, Contents] = {}
    for held in packages:
        each = layout.retraction(held, partial(_read, folder, held, files, new))
        base = _contents(folder, held, each.base, new) if each else None
        if not each or not base:
            found.append(held)
            continue
        check_free(folder, each.files)
        published = Published(each.version, dict(each.facts), each.yanked)
        found.append(replace(held, versions=(*held.versions, published)))
        placed |= each.files
        contents[each.key] = replace(base, files=each.sums)
    return found, placed, contents


def _read(
    folder: Folder,
    held: Held,
    files: Mapping[str, bytes],
    new: Mapping[Version, Contents],
    version: str,
    path: str,
) -> bytes:
    """A file of a version of the package, as it was written."""
    if path in files:
        return files[path]
    known = _contents(folder, held, version, new)
    if not known or folder.digest_of(path) != known.files.get(path):
        raise OutputUnwritable(
            f"{path} isn't what was written, and a retraction repeats it",
            where=str(folder.path / path),
            remedy=f"protogen registry verify {folder.path}",
        )
    return (folder.path / path).read_bytes()


def _contents(folder: Folder, held: Held, version: str, new: Mapping[Version, Contents]) -> Contents | None:
    key = held.ecosystem, held.name, version
    return new.get(key) or folder.contents(*key)
