"""An entry of the cache: a folder with a manifest of its files, written when it is made, checked when read.

The manifest names the entry's own kind and key, so that what stands at a wrong place is found too.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Collection
from pathlib import Path
from typing import Any

from protogen.system.files import digest

MANIFEST = ".entry.json"
_SCHEMA = 2
_CHUNK = 1 << 20
_SHOWN = 3
_LABEL = re.compile(r"[^A-Za-z0-9@.+_-]+")


def key(label: str, *inputs: object) -> str:
    """The name of the entry that is made of these inputs: a label to read, and a hash of all.

    inputs: what JSON can express; none may be a secret, though none can be read from the key.
    """
    canonical = json.dumps([label, *inputs], sort_keys=True, separators=(",", ":"))
    return f"{_LABEL.sub('-', label)[:60]}-{digest(canonical)[:32]}".strip("-.")


def seal(entry: Path, name: str) -> None:
    """Write the manifest of a folder that is finished. name: kind and key of the entry.

    Raises OSError, and ValueError where the folder holds something that is neither file nor folder.
    """
    (entry / MANIFEST).write_bytes(_encoded(name, _described(entry)))


def is_sealed(entry: Path) -> bool:
    """Whether a manifest stands in the folder: without one it is no entry."""
    return os.path.lexists(entry / MANIFEST)


def damage(entry: Path, name: str, only: Collection[str] = ()) -> str:
    """What is wrong with an entry, as a clause; empty where every byte is as it was sealed.

    only: where the caller reads these files and no others, what is wrong with them.
    """
    if not is_sealed(entry):
        return "it has no manifest"
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
    executable, hasher, size = bool(_mode(entry, path) & 0o100), hashlib.sha256(), 0
    with (entry / path).open("rb", buffering=0) as file:
        while chunk := file.read(_CHUNK):
            hasher.update(chunk)
            size += len(chunk)
    return {"sha256": hasher.hexdigest(), "size": size, "executable": executable}


def _mode(entry: Path, path: str) -> int:
    """The file's mode. Raises ValueError for what is no file, such as a link to one."""
    mode = (entry / path).lstat().st_mode
    if not stat.S_ISREG(mode):
        raise ValueError(f"{path} is neither a file nor a folder")
    return mode


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
    found = [f"{path} is missing" for path in sorted(expected.keys() - there.keys())]
    found += [f"{path} was added" for path in sorted(there.keys() - expected.keys())]
    found += [
        f"{path} has changed"
        for path in sorted(there.keys() & expected.keys())
        if there[path] != expected[path]
    ]
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more
