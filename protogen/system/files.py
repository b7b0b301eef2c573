"""Files: written whole or not at all, and hashed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def digest(content: bytes | str) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 in hex of each file, by path."""
    return {path: digest(content) for path, content in files.items()}


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A new file that takes the place of path when the block ends well, and is gone when it doesn't.

    Raises OSError.
    """
    # tempfile's files are the user's alone; this one is to have the mode that the umask gives.
    staged = path.with_name(f".{path.name[:200]}.{os.urandom(8).hex()}")
    try:
        with staged.open("xb") as file:
            yield file
        staged.replace(path)
    finally:
        staged.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Put the content at path; raises as replacing does."""
    with replacing(path) as file:
        file.write(content)
