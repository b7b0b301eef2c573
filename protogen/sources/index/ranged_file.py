"""A wheel on a server, read in parts where the server allows it, in whole where it doesn't."""

from __future__ import annotations

import hashlib
import io
import os
import re
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
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
_OTHER_BYTES = "other bytes come than were asked for"


class RangedFile(io.FileIO):
    """A wheel in an unnamed file with holes; what is read of them is fetched then."""

    def __init__(
        self, http: HttpClient, wheel: WheelFile, folder: Path, received: Callable[[int], None]
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            super().__init__(os.dup(file.fileno()), "r+")
        self._http, self._wheel, self._received = http, wheel, received
        self._size = 0
        self._held: list[tuple[int, int]] = []

    def fetch(self, start: int, end: int) -> None:
        """Fetch the bytes from start up to end; may be called from any thread.

        Raises SourceUnreachable, SourceRefused.
        """
        headers = {**_IDENTITY, "Range": f"bytes={start}-{end - 1}"}
        first, content, size = self._http.get(self._wheel.url, _read_part, headers) or (-1, b"", 0)
        if (first, size) != (start, self._size):
            raise broken(self._wheel, _OTHER_BYTES)
        if len(content) != end - start:
            raise broken(self._wheel, "it ends early")
        self._hold(start, content)

    def holds(self, start: int, end: int) -> bool:
        """Whether one part that was fetched has all the bytes from start up to end."""
        return start == end or any(first <= start and end <= last for first, last in self._held)

    def read(self, size: int | None = -1, /) -> bytes:
        """The bytes from the position on, fetched where no part holds them. Raises as fetch does.

        An archive can't make one read fill the memory.
        """
        start = self.tell()
        left = max(0, self._size - start)
        length = left if size is None or size < 0 else min(size, left)
        if length > READ_LIMIT:
            raise broken(self._wheel, f"{length} bytes would have to be read at once")
        if not self.holds(start, start + length):
            self.fetch(start, start + length)
        return super().read(length) or b""

    def begin(self, response: Response) -> None:
        """Take the first answer: the wheel's end, or the whole."""
        if response.status_code == 200:
            self._download(response)
            return
        part = _read_part(response)
        if not part or part[0] + len(part[1]) != part[2]:
            how = _OTHER_BYTES if response.status_code == 206 else "it isn't there"
            raise broken(self._wheel, f"{how} ({response.status_code})")
        start, content, self._size = part
        self.truncate(self._size)
        self._hold(start, content)

    def _hold(self, start: int, content: bytes) -> None:
        rest, position = memoryview(content), start
        while rest:
            written = os.pwrite(self.fileno(), rest, position)
            rest, position = rest[written:], position + written
        self._held.append((start, start + len(content)))
        self._received(len(content))

    def _download(self, response: Response) -> None:
        """The whole wheel, checked against the digest that the index gives."""
        checksum, length = hashlib.sha256(), 0
        for chunk in response.iter_content(_CHUNK):
            if length + len(chunk) > WHOLE_LIMIT:
                raise broken(self._wheel, f"it is longer than {WHOLE_LIMIT} bytes")
            checksum.update(chunk)
            self._hold(length, chunk)
            length += len(chunk)
        if self._wheel.sha256 and checksum.hexdigest() != self._wheel.sha256:
            raise broken(self._wheel, "its digest isn't the one that the index gives")
        self.truncate(length)
        self._size, self._held = length, [(0, length)]


def open_wheel(
    http: HttpClient, wheel: WheelFile, folder: Path, received: Callable[[int], None]
) -> RangedFile:
    """The wheel, to be read in parts; all of it at once where that can't be. folder: for its unnamed file.

    received: called with how many bytes came, each time that some come.
    Raises SourceUnreachable, SourceRefused, OSError where the folder can't be written.
    """
    with ExitStack() as stack:
        file = stack.enter_context(RangedFile(http, wheel, folder, received))

        def read(response: Response) -> int | None:
            """The length, or 0, where ranges that count from the end aren't known, and others may be."""
            length = response.headers.get("Content-Length", "")
            offers = response.headers.get("Accept-Ranges", "").lower() == "bytes"
            if response.status_code == 200 and offers and length.isdigit() and int(length) > TAIL:
                return int(length)
            if response.status_code == 416:
                return 0
            file.begin(response)
            return None

        length = http.get(wheel.url, read, {**_IDENTITY, "Range": f"bytes=-{TAIL}"})
        if length is not None:
            wanted = {"Range": f"bytes={length - TAIL}-{length - 1}"} if length else {}
            http.get(wheel.url, file.begin, {**_IDENTITY, **wanted})
        stack.pop_all()
        return file


def broken(wheel: WheelFile, how: str) -> SourceRefused:
    """The error for a wheel that isn't what the index says it is."""
    return SourceRefused(
        f"{wheel.name} can't be read: {how}",
        where=host_of(wheel.url),
        remedy="run the same command again; if it fails again, run with --source git",
    )


def _read_part(response: Response) -> tuple[int, bytes, int] | None:
    """Where the part starts that the answer says it is, its content, and the whole file's length."""
    match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if response.status_code != 206 or not match:
        return None
    start, last, size = (int(number) for number in match.groups())
    if not start <= last < size or last - start >= READ_LIMIT:
        return None
    content = read_body(response, READ_LIMIT)
    return (start, content, size) if len(content) == last + 1 - start else None
