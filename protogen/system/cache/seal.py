"""The seals of the cache: what an entry or a record must hold, written when it is made, checked when read.

An entry is a folder with a manifest of its files; a record is one file behind a line with its hash.
Both name their own key, so that what stands at a wrong place is found too.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Collection
from pathlib import Path
from typing import Any

MANIFEST = ".entry.json"
RECORD = ".record"
_SCHEMA = 1
_CHUNK = 1 << 20
_TOLD = 3


def digest(content: bytes | str) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def is_sealed(entry: Path) -> bool:
    """Whether a manifest stands in the folder: without one it is no entry."""
    return os.path.lexists(entry / MANIFEST)


def seal(entry: Path, name: str) -> None:
    """Write the manifest of a folder that is finished. name: kind and key of the entry.

    Raises OSError, and ValueError where the folder holds something that is neither file nor folder.
    """
    (entry / MANIFEST).write_bytes(_encoded(name, _described(entry)))


def damage(entry: Path, name: str, only: Collection[str] = ()) -> str:
    """What is wrong with a sealed entry, in words; empty where every byte is as it was sealed.

    only: where the caller reads these files and no others, what is wrong with them.
    """
    try:
        sealed = (entry / MANIFEST).read_bytes()
        _mode(entry, MANIFEST)
        there = {path: _described_file(entry, path) for path in only} if only else _described(entry)
    except OSError as error:
        return f"it can't be read: {error.strerror}"
    except ValueError as error:
        return str(error)
    if only:
        return _difference(sealed, name, there, only)
    if sealed == _encoded(name, there):
        return ""
    return _difference(sealed, name, there) or "its manifest has changed"


def sealed_record(content: bytes, name: str) -> bytes:
    """A record's bytes: a line with the hash of name and content, then the content."""
    return f"{_record_hash(content, name)}\n".encode() + content


def opened_record(sealed: bytes, name: str) -> bytes:
    """The content of a record. Raises ValueError where it isn't what was written."""
    line, end, content = sealed.partition(b"\n")
    if not end or line != _record_hash(content, name).encode():
        raise ValueError("its hash doesn't match")
    return content


def _record_hash(content: bytes, name: str) -> str:
    return digest(f"{name}\0".encode() + content)


def _encoded(name: str, files: dict[str, dict[str, Any]]) -> bytes:
    document = {"schema": _SCHEMA, "name": name, "files": files}
    return (json.dumps(document, sort_keys=True, indent=1) + "\n").encode()


def _described(entry: Path) -> dict[str, dict[str, Any]]:
    """Hash, size in bytes and executable bit of each file, by path; the manifest is left out."""
    described = {}
    folders = [""]
    while folders:
        prefix = folders.pop()
        with os.scandir(entry / prefix) as children:
            for child in children:
                path = prefix + child.name
                if child.is_dir(follow_symlinks=False):
                    folders.append(f"{path}/")
                elif path != MANIFEST:
                    described[path] = _described_file(entry, path)
    return described


def _described_file(entry: Path, path: str) -> dict[str, Any]:
    executable = bool(_mode(entry, path) & 0o100)
    sha256, size = _hashed(entry / path)
    return {"sha256": sha256, "size": size, "executable": executable}


def _mode(entry: Path, path: str) -> int:
    """The file's mode. Raises ValueError for what is no file, such as a link to one."""
    mode = (entry / path).lstat().st_mode
    if not stat.S_ISREG(mode):
        raise ValueError(f"{path} is neither a file nor a folder")
    return mode


def _hashed(path: Path) -> tuple[str, int]:
    hasher, size = hashlib.sha256(), 0
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(_CHUNK):
            hasher.update(chunk)
            size += len(chunk)
    return hasher.hexdigest(), size


def _difference(
    sealed: bytes, name: str, there: dict[str, dict[str, Any]], only: Collection[str] = ()
) -> str:
    try:
        manifest = json.loads(sealed)
        expected = {path: each for path, each in manifest["files"].items() if not only or path in only}
        of = manifest["name"]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return "its manifest can't be read"
    if of != name:
        return f"it is the entry of {of}"
    words = [f"{path} is missing" for path in sorted(expected.keys() - there.keys())]
    words += [f"{path} was added" for path in sorted(there.keys() - expected.keys())]
    words += [
        f"{path} has changed"
        for path in sorted(there.keys() & expected.keys())
        if there[path] != expected[path]
    ]
    more = f" and {len(words) - _TOLD} more" if len(words) > _TOLD else ""
    return ", ".join(words[:_TOLD]) + more
