"""Reading a fetched repository's objects: the one module that knows GitPython.

Blobs are read as they were committed: no line-end conversion, no filters, no links followed.
GitPython runs `git cat-file` for this, on this machine and on the cache's own repository only.
"""

from __future__ import annotations

import hashlib
import re
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from protogen.errors import SourceRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import git

_GITLINK = 0o160000
_COMMIT = re.compile(
    rb"tree (?P<tree>[0-9a-f]{40})\n.*?^committer [^\n]*? (?P<seconds>\d+) [-+]\d{4}$", re.S | re.M
)


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
    blobs: dict[str, str] = {}
    submodules: dict[str, str] = {}
    with _objects(folder, commit) as odb:
        header = _COMMIT.match(odb.stream(bytes.fromhex(commit)).read())
        if not header:
            raise ValueError("not a commit")
        committed = datetime.fromtimestamp(int(header["seconds"]), timezone.utc)
        for path, mode, binary_id in _walk(odb, bytes.fromhex(header["tree"].decode())):
            if stat.S_ISREG(mode):
                blobs[path] = binary_id.hex()
            elif stat.S_IFMT(mode) == _GITLINK:
                submodules[path] = binary_id.hex()
    return Snapshot(committed.strftime("%Y%m%d%H%M%S"), blobs, submodules)


def read_blobs(folder: Path, ids: Iterable[str]) -> dict[str, bytes]:
    """The content of each blob, by id.

    Raises SourceRefused for a blob that isn't there or is damaged.
    """
    contents: dict[str, bytes] = {}
    with _objects(folder, "blobs") as odb:
        for id_ in ids:
            content = odb.stream(bytes.fromhex(id_)).read()
            found = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
            if found != id_:
                raise ValueError(f"blob {id_} is damaged")
            contents[id_] = content
    return contents


@contextmanager
def _objects(folder: Path, what: str) -> Iterator[git.GitCmdObjectDB]:
    """The repository's objects, whatever GIT_* variables say; nothing is fetched on the way."""
    import git
    from gitdb.exc import ODBError

    command = git.Git(folder)
    command.update_environment(
        GIT_DIR=str(folder),
        GIT_OBJECT_DIRECTORY=str(folder / "objects"),
        GIT_ALTERNATE_OBJECT_DIRECTORIES="",
        GIT_NO_LAZY_FETCH="1",
        LC_ALL="C",
    )
    try:
        yield git.GitCmdObjectDB(str(folder / "objects"), command)
    except (ODBError, ValueError, OSError, git.GitCommandError) as error:
        raise SourceRefused(
            f"what git fetched of {what} can't be read: {type(error).__name__}: {error}",
            where=what,
            remedy="run the same command again; if it fails again, run git fsck on the remote",
        ) from None
    finally:
        command.clear_cache()


def _walk(odb: git.GitCmdObjectDB, tree: bytes) -> Iterator[tuple[str, int, bytes]]:
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
