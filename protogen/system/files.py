"""Files: written whole or not at all, hashed, and zipped to the same bytes whenever that is done."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

# The first moment that a zip can express.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16
_UNIX = 3


def digest(content: bytes | str) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


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


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """A zip of the files by path."""
    import io
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, content in sorted(files.items()):
            member = zipfile.ZipInfo(path, _EPOCH)
            member.external_attr, member.create_system = _MODE, _UNIX
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, content, compresslevel=9)
    return buffer.getvalue()
