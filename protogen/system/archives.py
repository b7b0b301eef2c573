"""Archives that are the same bytes whenever they are made: sorted, with one date and one mode."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

# The first moment that a zip can express.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16
_UNIX = 3


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """A zip of the files by path."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, content in sorted(files.items()):
            member = zipfile.ZipInfo(path, _EPOCH)
            member.external_attr, member.create_system = _MODE, _UNIX
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, content, compresslevel=9)
    return buffer.getvalue()
