"""A file on a server, read in parts where the server allows it, in whole where it doesn't."""

from __future__ import annotations

import bisect
import hashlib
import io
import re
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.errors import SourceRefused
from protogen.sources.index.http_client import HttpClient, host_of, read_body
from protogen.sources.index.packages import WheelFile

if TYPE_CHECKING:
    from requests import Response


# The directory of a zip is at its end. This much holds all of a small wheel; a large one's directory
# (0.6 to 1.8 MB) is then read at its exact length, measured to be as fast as reading 2 MB blindly.
TAIL = 256 * 1024
READ_LIMIT = 50 * 1024 * 1024
WHOLE_LIMIT = 2 * 1024 * 1024 * 1024
_CHUNK = 1024 * 1024
_CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")
_IDENTITY = {"Accept-Encoding": "identity"}


@dataclass(frozen=True)
class Part:
    """Some bytes of a file."""

    start: int
    content: bytes
    size: int
    """How long the whole file is."""


class RangedFile(io.RawIOBase):
    """The parts that were fetched, as a file; what is read outside of them is fetched then."""

    def __init__(
        self, http: HttpClient, wheel: WheelFile, tail: Part, received: Callable[[int], None]
    ) -> None:
        super().__init__()
        self._http, self._wheel, self._received = http, wheel, received
        self._size = tail.size
        self._position = 0
        self._starts: list[int] = []
        self._parts: list[bytes] = []
        self._lock = threading.Lock()
        self.add(tail)

    def fetch(self, start: int, end: int) -> Part:
        """The bytes from start up to end; may be called from any thread.

        Raises SourceUnreachable, SourceRefused.
        """
        headers = {**_IDENTITY, "Range": f"bytes={start}-{end - 1}"}
        part = self._http.get(self._wheel.url, _read_part, headers)
        if not isinstance(part, Part) or (part.start, part.size) != (start, self._size):
            raise broken(self._wheel, "other bytes come than were asked for")
        if len(part.content) != end - start:
            raise broken(self._wheel, "it ends early")
        self._received(len(part.content))
        return part

    def add(self, part: Part) -> None:
        """Keep a part that was fetched; may be called from any thread, but not while one reads."""
        with self._lock:
            place = bisect.bisect(self._starts, part.start)
            self._starts.insert(place, part.start)
            self._parts.insert(place, part.content)

    def holds(self, start: int, end: int) -> bool:
        """Whether one part that was fetched has all the bytes from start up to end."""
        return self._find(start, end) is not None

    def readable(self) -> bool:
        """As every file."""
        return True

    def seekable(self) -> bool:
        """As every file on a disk."""
        return True

    def tell(self) -> int:
        """The position."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move to another position, and return it. Nothing is fetched."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise OSError("a position before the start")  # as a file on a disk does
        self._position = base + offset
        return self._position

    def read(self, size: int = -1, /) -> bytes:
        """The bytes from the position on, fetched where no part holds them. Raises as fetch does."""
        left = max(0, self._size - self._position)
        length = left if size < 0 else min(size, left)
        if length > READ_LIMIT:
            raise broken(self._wheel, f"{length} bytes would have to be read at once")
        start, end = self._position, self._position + length
        content = self._find(start, end)
        if content is None:
            content = self.fetch(start, end).content
        self._position = end
        return content

    def _find(self, start: int, end: int) -> bytes | None:
        if start == end:
            return b""
        place = bisect.bisect(self._starts, start) - 1
        if place < 0:
            return None
        offset, part = start - self._starts[place], self._parts[place]
        return part[offset : offset + end - start] if end <= self._starts[place] + len(part) else None


class WholeFile(io.BufferedRandom):
    """The whole wheel in an unnamed file. An archive can't make one read fill the memory."""

    def __init__(self, wheel: WheelFile, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(tempfile.TemporaryFile(dir=folder, buffering=0))  # noqa: SIM115 - closed with it
        self._wheel = wheel

    def read(self, size: int | None = -1, /) -> bytes:
        """The bytes from the position on. Raises SourceRefused for absurdly many."""
        if size and size > READ_LIMIT:
            raise broken(self._wheel, f"{size} bytes would have to be read at once")
        return super().read(size)


def open_wheel(
    http: HttpClient, wheel: WheelFile, folder: Path, received: Callable[[int], None]
) -> RangedFile | WholeFile:
    """The wheel, to be read in parts; in whole, in an unnamed file in folder, where that can't be.

    received: told how many bytes came, each time that some come.
    Raises SourceUnreachable, SourceRefused, OSError where the folder can't be written.
    """

    def read_tail(response: Response) -> Part | WholeFile | int:
        """The end, or the whole; its length, or 0, where ranges that count from the end aren't known."""
        length = response.headers.get("Content-Length", "")
        offers = response.headers.get("Accept-Ranges", "").lower() == "bytes"
        if response.status_code == 200 and offers and length.isdigit() and int(length) > TAIL:
            return int(length)
        return 0 if response.status_code == 416 else read(response)

    def read(response: Response) -> Part | WholeFile:
        if response.status_code == 200:
            return _download(response, wheel, folder, received)
        if part := _read_part(response):
            return part
        how = "other bytes come than were asked for" if response.status_code == 206 else "it isn't there"
        raise broken(wheel, f"{how} ({response.status_code})")

    found = http.get(wheel.url, read_tail, {**_IDENTITY, "Range": f"bytes=-{TAIL}"})
    if isinstance(found, int):
        wanted = {"Range": f"bytes={found - TAIL}-{found - 1}"} if found else {}
        found = http.get(wheel.url, read, {**_IDENTITY, **wanted})
    if isinstance(found, WholeFile):
        return found
    if found.start + len(found.content) != found.size:
        raise broken(wheel, "other bytes come than were asked for")
    received(len(found.content))
    return RangedFile(http, wheel, found, received)


def broken(wheel: WheelFile, how: str) -> SourceRefused:
    """The error for a wheel that isn't what the index says it is."""
    return SourceRefused(
        f"{wheel.name} can't be read: {how}",
        where=host_of(wheel.url),
        remedy="run the same command again; if it fails again, run with --source git",
    )


def _download(
    response: Response, wheel: WheelFile, folder: Path, received: Callable[[int], None]
) -> WholeFile:
    """The whole wheel, checked against the digest that the index gives."""
    file = WholeFile(wheel, folder)
    try:
        checksum, length = hashlib.sha256(), 0
        for chunk in response.iter_content(_CHUNK):
            length += len(chunk)
            if length > WHOLE_LIMIT:
                raise broken(wheel, f"it is longer than {WHOLE_LIMIT} bytes")
            checksum.update(chunk)
            file.write(chunk)
            received(len(chunk))
        if wheel.sha256 and checksum.hexdigest() != wheel.sha256:
            raise broken(wheel, "its digest isn't the one that the index gives")
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _read_part(response: Response) -> Part | None:
    """The part that the answer says it is; None for an answer that is no part."""
    match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if response.status_code != 206 or not match:
        return None
    start, last, size = (int(number) for number in match.groups())
    if not start <= last < size or last - start >= READ_LIMIT:
        return None
    content = read_body(response, READ_LIMIT)
    return Part(start, content, size) if len(content) == last + 1 - start else None
