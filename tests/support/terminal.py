"""A terminal that a test looks at: the screen's lines as somebody would see them."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

import pyte


class Terminal:
    """The side of a pseudo-terminal that shows. inner: the side that programs write to."""

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        self.outer, self.inner = pty.openpty()
        fcntl.ioctl(self.inner, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen = pyte.Screen(columns, rows)
        self.written = b""
        self._stream = pyte.ByteStream(self.screen)

    def lines(self) -> list[str]:
        """What is on the screen now, without empty lines at its end."""
        self._take(0)
        lines = [line.rstrip() for line in self.screen.display]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def wait_for(self, shown: Callable[[list[str]], bool], seconds: float = 10.0) -> list[str]:
        """The screen's lines as soon as they are as wanted."""
        deadline = time.monotonic() + seconds
        while not shown(self.lines()):
            assert time.monotonic() < deadline, self.lines()
            self._take(0.05)
        return self.lines()

    @contextmanager
    def opened(self) -> Iterator[TextIO]:
        """A text file that writes to it, as standard error does."""
        with os.fdopen(os.dup(self.inner), "w", encoding="utf-8", errors="backslashreplace") as file:
            yield file

    def close(self) -> None:
        """Close both sides."""
        os.close(self.inner)
        os.close(self.outer)

    def _take(self, wait: float) -> None:
        while select.select([self.outer], [], [], wait)[0]:
            read = os.read(self.outer, 65536)
            self.written += read
            self._stream.feed(read)
            wait = 0
