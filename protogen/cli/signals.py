"""What interrupts a run: the signals of a terminal and of a supervisor, as exceptions."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Terminated(BaseException):
    """SIGTERM, as an exception, so that children end and scratch folders go."""


class Signals:
    """SIGINT and SIGTERM as exceptions while protogen runs, and the first that came."""

    def __init__(self) -> None:
        self.first: BaseException | None = None

    def interrupt(self, _number: int, _frame: FrameType | None) -> None:
        """Raise what tells the rest of protogen to end."""
        self._raise(KeyboardInterrupt())

    def terminate(self, _number: int, _frame: FrameType | None) -> None:
        """Raise what tells the rest of protogen to end."""
        self._raise(Terminated())

    def _raise(self, error: BaseException) -> None:
        self.first = self.first or error
        raise error

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Hear them, but for one that who started protogen told it to ignore."""
        meanings = {signal.SIGINT: self.interrupt, signal.SIGTERM: self.terminate}
        before = {number: signal.getsignal(number) for number in meanings}
        for number, meaning in meanings.items():
            if before[number] is not signal.SIG_IGN:
                signal.signal(number, meaning)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
