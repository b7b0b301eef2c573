"""Reading a fetched repository's objects: the one module that knows GitPython.

Blobs are read as they were committed: no line-end conversion, no filters, no links followed.
GitPython runs `git cat-file` for this, on this machine and on the cache's own repository only.
"""

from __future__ import annotations

import hashlib
import os
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
# Far above what the largest repositories hold; trees that hold one another are a bomb in few bytes.
_MAX_ENTRIES = 1_000_000
_MAX_FOLDERS = 100_000
_MAX_PATH = 4096
_MAX_TREE_BYTES = 100_000_000
# What would have the local git read other settings, or write somewhere.
_UNWANTED = ("GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS", "GIT_TRACE")
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
        header = _COMMIT.match(_read(odb, bytes.fromhex(commit), _MAX_TREE_BYTES))
        if not header:
            raise ValueError("not a commit")
        committed = datetime.fromtimestamp(int(header["seconds"]), timezone.utc)
        for path, mode, binary_id in _walk(odb, bytes.fromhex(header["tree"].decode())):
            if stat.S_ISREG(mode):
                blobs[path] = binary_id.hex()
            elif stat.S_IFMT(mode) == _GITLINK:
                submodules[path] = binary_id.hex()
    return Snapshot(committed.strftime("%Y%m%d%H%M%S"), blobs, submodules)


def read_blobs(folder: Path, ids: Iterable[str], *, limit: int = 2**63) -> dict[str, bytes]:
    """The content of each blob, by id; limit: the most bytes that one may have.

    Raises SourceRefused for a blob that isn't there, is damaged or is larger.
    """
    contents: dict[str, bytes] = {}
    with _objects(folder, "blobs") as odb:
        for id_ in ids:
            content = _read(odb, bytes.fromhex(id_), limit)
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
        **{name: "" for name in os.environ if name.startswith(_UNWANTED)},
        GIT_DIR=str(folder),
        GIT_OBJECT_DIRECTORY=str(folder / "objects"),
        GIT_ALTERNATE_OBJECT_DIRECTORIES="",
        GIT_NO_LAZY_FETCH="1",
        GIT_NO_REPLACE_OBJECTS="1",
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


def _read(odb: git.GitCmdObjectDB, binary_id: bytes, limit: int) -> bytes:
    """An object's content; its size is asked for first, so that nothing absurd is read."""
    size = odb.info(binary_id).size
    if size > limit:
        raise ValueError(f"object {binary_id.hex()} has {size} bytes, more than {limit}")
    content: bytes = odb.stream(binary_id).read()
    return content


def _walk(odb: git.GitCmdObjectDB, tree: bytes) -> Iterator[tuple[str, int, bytes]]:
    """Every entry below the tree but the trees themselves: path, mode, id."""
    from git.objects.fun import tree_entries_from_data

    pending = [("", tree)]
    known: dict[bytes, list[tuple[bytes, int, str]]] = {}
    seen = 0
    while pending:
        prefix, binary_id = pending.pop()
        if binary_id not in known:
            known[binary_id] = tree_entries_from_data(_read(odb, binary_id, _MAX_TREE_BYTES))
        entries = known[binary_id]
        seen += len(entries)
        if seen > _MAX_ENTRIES or len(known) > _MAX_FOLDERS:
            raise ValueError(f"more than {_MAX_ENTRIES} files or {_MAX_FOLDERS} folders")
        if len(prefix) > _MAX_PATH:
            raise ValueError(f"a path of more than {_MAX_PATH} characters")
        for child, mode, name in entries:
            if stat.S_ISDIR(mode):
                pending.append((f"{prefix}{name}/", child))
            else:
                yield f"{prefix}{name}", mode, child
