"""What a run left on disk: everything below folders, and where some bytes stand."""

from __future__ import annotations

import os
from pathlib import Path


def everything(*folders: Path) -> dict[str, bytes]:
    """All names below the folders with what they hold: contents, the targets of links, nothing of folders."""
    found: dict[str, bytes] = {}
    for folder in folders:
        for where, names, files in os.walk(folder):
            for name in (*names, *files):
                path = Path(where, name)
                if path.is_symlink():
                    found[str(path)] = os.fsencode(path.readlink())
                else:
                    found[str(path)] = path.read_bytes() if path.is_file() else b""
    return found


def contents(folder: Path) -> dict[str, bytes]:
    """What each file below the folder holds, by its path from there."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def files_with(folder: Path, *wanted: bytes) -> list[str]:
    """The files below the folder that hold one of the bytes in their name or content."""
    return [
        name
        for name, content in everything(folder).items()
        if any(each in content or each in os.fsencode(name) for each in wanted)
    ]
