"""The live board: a picture at the foot of a terminal, which changes in place and goes with the work."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from protogen.cli import report
from protogen.cli.progress import words
from protogen.cli.progress.picture import Picture

if TYPE_CHECKING:
    from rich.console import Console, Group
    from rich.live import Live

    from protogen.system.progress import Event

# Work that is done sooner shows nothing.
DELAY_SECONDS = 0.5
_FRAMES_PER_SECOND = 8
_STYLES = {"title": "bold", "running": "", "done": "green", "failed": "red"}


class Board:
    """Shows itself after a delay; lines that are said meanwhile stand above it."""

    def __init__(self, *, ascii_only: bool, delay: float = DELAY_SECONDS) -> None:
        self._picture = Picture(ascii_only=ascii_only)
        self._lock = threading.Lock()
        # Held while something is written to the terminal, which the picture's lock never is.
        self._writing = threading.RLock()
        self._live: Live | None = None
        self._closed = False
        self._timer = threading.Timer(delay, self._show)
        self._timer.daemon = True
        self._timer.start()

    def hear(self, event: Event) -> None:
        """Take an event in; it is seen with the next frame."""
        with self._lock:
            self._picture.hear(event, time.monotonic())

    def say(self, line: str) -> None:
        """One line for the user, above the board."""
        with self._writing:
            if self._live is None:
                report.say(line)
                return
            from rich.text import Text

            self._live.console.print(Text(words.clean(line)), soft_wrap=True)

    def close(self) -> None:
        """Take the board away; the terminal is as it was."""
        self._timer.cancel()
        with self._writing:
            self._closed = True
            live, self._live = self._live, None
        if live:
            live.stop()

    def _show(self) -> None:
        from rich.console import Console
        from rich.live import Live

        console = Console(stderr=True, highlight=False, emoji=False, markup=False)
        with self._writing:
            if self._closed:
                return
            self._live = Live(
                get_renderable=lambda: self._frame(console),
                console=console,
                refresh_per_second=_FRAMES_PER_SECOND,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
                vertical_overflow="crop",
            )
            self._live.start()

    def _frame(self, console: Console) -> Group:
        from rich.console import Group
        from rich.text import Text

        with self._lock:
            lines = self._picture.lines(time.monotonic(), console.height - 2)
        looks = [Text(each.text, _STYLES[each.look], no_wrap=True, overflow="crop") for each in lines]
        return Group(*looks)
