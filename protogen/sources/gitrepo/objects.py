"""Reading a fetched repository's objects, by `git cat-file`.

Blobs are read as they were committed: no line-end conversion, no filters, no links followed.
Both formats of git's ids are read: 40 hexadecimal digits of SHA-1, and 64 of SHA-256.
"""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone

from protogen.errors import SourceRefused

_GITLINK = 0o160000
# Far above what the largest repositories hold; trees that hold one another are a bomb in few bytes.
_MAX_ENTRIES = 1_000_000
_MAX_FOLDERS = 100_000
_MAX_PATH = 4096
_MAX_TREE_BYTES = 100_000_000
_SHA1_LENGTH = 40
_COMMIT = re.compile(
    rb"tree (?P<tree>(?:[0-9a-f]{40}|[0-9a-f]{64}))\n.*?^committer [^\n]*? (?P<seconds>\d+) [-+]\d{4}$",
    re.S | re.M,
)

Run = Callable[[tuple[str, ...], bytes], bytes]
"""Runs git on the repository: arguments and input -> output."""


@dataclass(frozen=True)
class Snapshot:
    """What one commit holds, by path."""

    committed: str
    """When, UTC, as YYYYMMDDhhmmss."""
    blobs: Mapping[str, str]
    """The id of each regular file."""
    links: Mapping[str, str]
    """The id of the blob that holds where each symbolic link leads."""
    submodules: Mapping[str, str]
    """The commit of each."""


def snapshot(run: Run, commit: str) -> Snapshot:
    """What the commit holds.

    Raises SourceRefused where the repository isn't what git says it fetched.
    """
    found: dict[int, dict[str, str]] = {stat.S_IFREG: {}, stat.S_IFLNK: {}, _GITLINK: {}}
    with _named(commit):
        header = _COMMIT.match(_read(run, [commit], _MAX_TREE_BYTES)[commit])
        if not header:
            raise ValueError("not a commit")
        committed = datetime.fromtimestamp(int(header["seconds"]), timezone.utc)
        for path, mode, id_ in _walk(run, header["tree"].decode()):
            found.get(stat.S_IFMT(mode), {})[path] = id_
    blobs, links, submodules = found.values()
    return Snapshot(committed.strftime("%Y%m%d%H%M%S"), blobs, links, submodules)


def read_blobs(run: Run, ids: Iterable[str], *, limit: int = 2**63) -> dict[str, bytes]:
    """The content of each blob, by id; limit: the most bytes that one may have.

    Raises SourceRefused for a blob that isn't there, is damaged or is larger.
    """
    with _named("blobs"):
        contents = _read(run, list(ids), limit)
        for id_, content in contents.items():
            algorithm = hashlib.sha1 if len(id_) == _SHA1_LENGTH else hashlib.sha256
            if algorithm(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest() != id_:
                raise ValueError(f"blob {id_} is damaged")
    return contents


@contextmanager
def _named(what: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise SourceRefused(
            f"what git fetched of {what} can't be read: {error}",
            where=what,
            remedy="run the same command again; if it fails again, run git fsck on the remote",
        ) from None


def _read(run: Run, ids: list[str], limit: int) -> dict[str, bytes]:
    """The objects' contents, of whatever type; sizes are asked for first, so that nothing absurd is read."""
    if not ids:
        return {}
    asked = "".join(f"{id_}\n" for id_ in ids).encode()
    for line in run(("cat-file", "--batch-check"), asked).decode("utf-8", "replace").splitlines():
        _size(line, limit)
    answer = run(("cat-file", "--batch", "--buffer"), asked)
    contents, position = {}, 0
    for id_ in ids:
        end = answer.index(b"\n", position)
        size = _size(answer[position:end].decode("utf-8", "replace"), limit)
        contents[id_] = answer[end + 1 : end + 1 + size]
        position = end + 1 + size + 1
    return contents


def _size(line: str, limit: int) -> int:
    """The size in a line of cat-file: `<id> <type> <size>`, or `<id> missing`."""
    id_, kind, size = (*line.split(" ", 2), "", "")[:3]
    if not size.isdecimal():
        raise ValueError(f"object {id_} is {kind or 'missing'}")
    if int(size) > limit:
        raise ValueError(f"object {id_} has {size} bytes, more than {limit}")
    return int(size)


def _walk(run: Run, tree: str) -> Iterator[tuple[str, int, str]]:
    """Every entry below the tree but the trees themselves: path, mode, id. Read level by level."""
    level = [("", tree)]
    known: dict[str, list[tuple[str, int, str]]] = {}
    seen = 0
    while level:
        missing = [id_ for id_ in dict.fromkeys(id_ for _, id_ in level) if id_ not in known]
        contents = _read(run, missing, _MAX_TREE_BYTES)
        known |= {id_: list(_entries(data, len(id_) // 2)) for id_, data in contents.items()}
        following = []
        for prefix, id_ in level:
            seen += len(known[id_])
            if seen > _MAX_ENTRIES or len(known) > _MAX_FOLDERS:
                raise ValueError(f"more than {_MAX_ENTRIES} files or {_MAX_FOLDERS} folders")
            if len(prefix) > _MAX_PATH:
                raise ValueError(f"a path of more than {_MAX_PATH} characters")
            for name, mode, child in known[id_]:
                if stat.S_ISDIR(mode):
                    following.append((f"{prefix}{name}/", child))
                else:
                    yield f"{prefix}{name}", mode, child
        level = following


def _entries(data: bytes, length: int) -> Iterator[tuple[str, int, str]]:
    """The entries of a tree object: name, mode, id; length: bytes of an id. Source: git's tree-walk.c."""
    position = 0
    while position < len(data):
        end = data.index(b"\0", position)
        mode, space, name = data[position:end].partition(b" ")
        id_ = data[end + 1 : end + 1 + length]
        if not space or len(id_) != length:
            raise ValueError("a tree that ends early")
        yield name.decode("utf-8", "surrogateescape"), int(mode, 8), id_.hex()
        position = end + 1 + length
