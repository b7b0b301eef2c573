"""Reading a fetched repository's objects: the one module that knows GitPython.

Blobs are read as they were committed: no line-end conversion, no filters, no links followed, and
no process is started.
"""

from __future__ import annotations

import hashlib
import stat
from dataclasses import dataclass
from datetime import timezone
from typing import TYPE_CHECKING

from protogen.errors import SourceRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import git

_GITLINK = 0o160000


@dataclass(frozen=True)
class Snapshot:
    """One commit: when it was committed (UTC, YYYYMMDDhhmmss), its files and its submodules by path."""

    committed: str
    blobs: Mapping[str, str]
    submodules: Mapping[str, str]


def snapshot(folder: Path, commit: str) -> Snapshot:
    """The commit's regular files (path ▶ blob id) and submodules (path ▶ commit).

    Raises SourceRefused where the repository isn't what git says it fetched.
    """
    import git
    from gitdb.exc import ODBError

    blobs: dict[str, str] = {}
    submodules: dict[str, str] = {}
    try:
        with git.Repo(folder, odbt=git.GitDB) as repository:
            found = repository.commit(commit)
            committed = found.committed_datetime.astimezone(timezone.utc)
            for path, mode, binary_id in _walk(repository.odb, found.tree.binsha):
                if stat.S_ISREG(mode):
                    blobs[path] = binary_id.hex()
                elif stat.S_IFMT(mode) == _GITLINK:
                    submodules[path] = binary_id.hex()
    except (ODBError, ValueError, OSError) as error:
        raise _broken(commit, error) from None
    return Snapshot(committed.strftime("%Y%m%d%H%M%S"), blobs, submodules)


def missing_blobs(folder: Path, ids: Iterable[str]) -> list[str]:
    """Those of the ids that the repository doesn't hold yet; a server without filters sends all."""
    import git

    with git.Repo(folder, odbt=git.GitDB) as repository:
        return [id_ for id_ in ids if not repository.odb.has_object(bytes.fromhex(id_))]


def read_blobs(folder: Path, ids: Iterable[str]) -> dict[str, bytes]:
    """The content of each blob, by id.

    Raises SourceRefused for a blob that isn't there or is damaged.
    """
    import git
    from gitdb.exc import ODBError

    contents: dict[str, bytes] = {}
    try:
        with git.Repo(folder, odbt=git.GitDB) as repository:
            for id_ in ids:
                content = repository.odb.stream(bytes.fromhex(id_)).read()
                if (
                    hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
                    != id_
                ):
                    raise ValueError(f"blob {id_} is damaged")
                contents[id_] = content
    except (ODBError, ValueError, OSError) as error:
        raise _broken(str(folder.name), error) from None
    return contents


def _walk(odb: git.GitDB, tree: bytes) -> Iterator[tuple[str, int, bytes]]:
    """Every entry below the tree but the trees themselves: path, mode, id."""
    from git.objects.fun import tree_entries_from_data

    pending = [("", tree)]
    while pending:
        prefix, binary_id = pending.pop()
        for child, mode, name in tree_entries_from_data(odb.stream(binary_id).read()):
            if stat.S_ISDIR(mode):
                pending.append((f"{prefix}{name}/", child))
            else:
                yield f"{prefix}{name}", mode, child


def _broken(what: str, error: Exception) -> SourceRefused:
    return SourceRefused(
        f"what git fetched of {what} can't be read: {type(error).__name__}: {error}",
        where=what,
        remedy="run the same command again; if it fails again, run git fsck on the remote",
    )
