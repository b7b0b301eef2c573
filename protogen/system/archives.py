"""Archives that are the same bytes on every machine: no time, owner or mode of the machine is in them."""

from __future__ import annotations

from collections.abc import Mapping

DATE = 315532800
"""The time of all files in archives: 1980-01-01, the first that a zip can express, in seconds since 1970."""
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_MODE = 0o644
_UNIX = 3


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
            member.size, member.mode, member.mtime = len(content), _MODE, DATE
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """A zip of the files by path."""
    import io
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, content in sorted(files.items()):
            member = zipfile.ZipInfo(path, _ZIP_DATE)
            member.external_attr, member.create_system = (0o100000 | _MODE) << 16, _UNIX
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, content, compresslevel=9)
    return buffer.getvalue()
