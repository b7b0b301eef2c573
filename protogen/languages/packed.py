"""Archives that are the same bytes on every machine: no time, owner or mode of the machine is in them."""

from __future__ import annotations

from collections.abc import Mapping

DATE = 315532800
"""The time of all files in archives: 1980-01-01, the first that a zip can express, in seconds since 1970."""


def tar_gz(prefix: str, files: Mapping[str, bytes]) -> bytes:
    """The files, by their paths, as a compressed tar below a folder of that name; readable by all."""
    import gzip
    import io
    import tarfile

    packed = io.BytesIO()
    # What zlib makes of the same bytes may differ from one of its releases to the next.
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path, content in sorted(files.items()):
            member = tarfile.TarInfo(f"{prefix}/{path}")
            member.size, member.mode, member.mtime = len(content), 0o644, DATE
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()
