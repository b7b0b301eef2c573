"""The compiled protos inside one wheel: found by its directory, read in few requests, checked."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import IO, cast

from protogen.protos.license_files import is_license
from protogen.sources.index.packages import WheelFile
from protogen.sources.index.pb2_modules import MODULE_LIMIT, SUFFIX
from protogen.sources.index.ranged_file import READ_LIMIT, RangedFile, broken
from protogen.system.paths import check_relative

Range = tuple[int, int]

_GAP = 16 * 1024
_LONGEST_RUN = 1024 * 1024
_PROTO = ".proto"
_ALL_CONTENT = 200 * 1024 * 1024
_LICENSE_LIMIT = 1024 * 1024
_SPREAD = re.compile(r"\A[^/]+\.data/(?:purelib|platlib)/")
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError)
_LICENSE = re.compile(r"[^/]+\.dist-info/(?:licenses/|license_files/)?([^/]+)")


class WheelArchive:
    """One open wheel. modules, protos: its `*_pb2.py` and `.proto`, by their paths once installed."""

    def __init__(self, wheel: WheelFile, file: RangedFile) -> None:
        self.wheel = wheel
        self._file = file
        self._left = _ALL_CONTENT
        try:
            self._zip = zipfile.ZipFile(cast("IO[bytes]", file))
        except _DAMAGE as error:
            raise broken(wheel, f"not a zip archive ({type(error).__name__})") from None
        self._members = {
            path: member for member in self._zip.filelist if _is_wanted(path := _installed(member.filename))
        }
        self.modules = frozenset(path for path in self._members if path.endswith(SUFFIX))
        self.protos = frozenset(path for path in self._members if path.endswith(_PROTO))
        self._licenses = _licenses(self._members)
        self._spans = self._measure()
        self._runs = tuple(_join(sorted(self._spans[path] for path in self.modules)))

    def close(self) -> None:
        """Close the archive and what it was read from."""
        self._zip.close()
        self._file.close()

    def unread(self, paths: Iterable[str]) -> tuple[Range, ...]:
        """The ranges of the file to fetch and add before the modules are read, so that no read waits.

        Neighbours come along: a wheel's modules lie together, and most of what the next levels
        want is in the same run, so that one to four requests are enough for a closure.
        """
        file = self._file
        wanted = [span for path in paths if not file.holds(*(span := self._spans[path]))]
        if not wanted:
            return ()
        runs = [run for run in self._runs if any(run[0] <= start and end <= run[1] for start, end in wanted)]
        runs += [self._spans[path] for path in self._licenses.values()]
        return tuple(run for run in runs if not file.holds(*run))

    def fetch(self, wanted: Range) -> None:
        """Fetch a range; may be called from any thread, once for each range."""
        self._file.fetch(*wanted)

    def read(self, path: str) -> bytes:
        """The source of one module. Raises SourceRefused."""
        return self._read(path, MODULE_LIMIT)

    def licenses(self) -> dict[str, str]:
        """The texts of the license files that come with the wheel, by name."""
        return {
            name: self._read(path, _LICENSE_LIMIT).decode("utf-8", "replace")
            for name, path in self._licenses.items()
        }

    def _read(self, path: str, limit: int) -> bytes:
        member = self._members[path]
        self._left -= member.file_size
        if member.file_size > limit or self._left < 0:
            raise broken(self.wheel, f"{path} would be {member.file_size} bytes long")
        if member.compress_type not in _METHODS:
            raise broken(self.wheel, f"{path} is compressed in a way that wheels aren't")
        try:
            with self._zip.open(member) as file:
                content = file.read(member.file_size + 1)
        except _DAMAGE as error:
            raise broken(self.wheel, f"{path} is damaged ({type(error).__name__})") from None
        if len(content) != member.file_size:
            raise broken(self.wheel, f"{path} is damaged")
        return content

    def _measure(self) -> dict[str, Range]:
        """Where each wanted member lies: from its own header to the next one's, or the directory."""
        starts = sorted({member.header_offset for member in self._zip.filelist})
        ends = dict(pairwise([*starts, self._zip.start_dir]))
        spans = {}
        for path, member in self._members.items():
            start, end = member.header_offset, ends[member.header_offset]
            if not 0 <= start < end or member.compress_size > end - start:
                raise broken(self.wheel, f"{path} lies outside the archive")
            if end - start > READ_LIMIT:
                raise broken(self.wheel, f"{path} takes {end - start} bytes")
            spans[path] = (start, end)
        return spans


def _installed(name: str) -> str:
    """A member's path once installed; wheels may keep what goes to site-packages in `X.data/purelib`."""
    return _SPREAD.sub("", name, count=1) if ".data/" in name else name


def _is_wanted(path: str) -> bool:
    if not (path.endswith((SUFFIX, _PROTO)) or _license_name(path)):
        return False
    try:
        check_relative(path)
    except ValueError:
        return False
    return True


def _licenses(paths: Iterable[str]) -> dict[str, str]:
    """The paths of license files by name: the first of those with one name."""
    found: dict[str, str] = {}
    for path in sorted(paths):
        if name := _license_name(path):
            found.setdefault(name, path)
    return found


def _license_name(path: str) -> str:
    """The name of a license file among a wheel's metadata; empty for other files."""
    match = _LICENSE.fullmatch(path)
    return match[1] if match and is_license(match[1]) else ""


def _join(spans: Iterable[Range]) -> Iterator[Range]:
    """Neighbouring spans as runs, over small gaps."""
    current: Range | None = None
    for start, end in spans:
        if current and start - current[1] <= _GAP and end - current[0] <= _LONGEST_RUN:
            current = (current[0], max(end, current[1]))
        else:
            if current:
                yield current
            current = (start, end)
    if current:
        yield current
