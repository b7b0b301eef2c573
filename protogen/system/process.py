"""The one place that starts processes: argument lists, a time limit, captured output, no shell."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from protogen.errors import ToolFailed, ToolMissing, ToolTimedOut
from protogen.system.locations import urls_without_credentials

_GRACE_SECONDS = 2.0
_MAX_MESSAGE = 100_000
# Compiled where it is used, which takes as long as starting git.
_CONTROL = r"[^\n\t -~\u00a0-\u200d\u2010-\u2027\u2030-\u2065\u2070-\U0010ffff]"


@dataclass(frozen=True)
class Finished:
    """What a process left behind. Output is undecoded: git and protoc may print any bytes."""

    argv: tuple[str, ...]
    returncode: int
    stdout: bytes
    stderr: bytes

    @property
    def message(self) -> str:
        """What the child says: its error output, else its output, decoded and stripped.

        What could steer a terminal is replaced: a remote or a proto may have chosen the text.
        """
        text = (self.stderr or self.stdout)[:_MAX_MESSAGE].decode("utf-8", "replace")
        return re.sub(_CONTROL, "?", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


@dataclass(frozen=True)
class ProcessEnded:
    """A process that ended, for whoever shows what a run starts."""

    argv: tuple[str, ...]
    """Its arguments, the URLs in them without credentials."""
    cwd: Path
    seconds: float
    exit_code: int
    """Negative where a signal ended it, as subprocess has it."""


class Processes:
    """Starts processes and can end all that still run, from any thread.

    One instance lives as long as a command of protogen; nothing about it is global.
    """

    def __init__(self, on_end: Callable[[ProcessEnded], None] | None = None) -> None:
        """on_end: called with each process that ended, from the thread that started it."""
        self._on_end = on_end
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._cancelled = False
        self._ended = threading.Event()

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
    ) -> Finished:
        """Run argv to its end and return what it left; timeout is in seconds.

        The child gets a session of its own, so that ending it ends its children too.
        A non-zero return code is the caller's to judge.
        Raises ToolMissing where the program can't be started, ToolTimedOut where time runs out,
        ToolFailed where the command was cancelled.
        """
        began = time.monotonic()
        child = self._start(argv, cwd, env)
        try:
            stdout, stderr = child.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired as error:
            raise ToolTimedOut(
                f"{_program(argv)} did not finish within {timeout:g} seconds",
                where=" ".join(argv[:3]),
                remedy="check the network and the load of the machine, then run the same command again",
            ) from error
        finally:
            _end(child)
            with self._lock:
                self._running.discard(child)
                cancelled = self._cancelled
            if self._on_end:
                shown = tuple(urls_without_credentials(argument) for argument in argv)
                seconds = time.monotonic() - began
                self._on_end(ProcessEnded(shown, cwd or Path.cwd(), seconds, child.returncode))
        if cancelled:
            raise ToolFailed(f"{_program(argv)} was cancelled", where=_program(argv))
        return Finished(tuple(argv), child.returncode, stdout, stderr)

    def cancel(self) -> None:
        """End every running child and refuse new ones."""
        with self._lock:
            self._cancelled = True
            self._ended.set()
            running = list(self._running)
        # The pipes are left to the threads that read them.
        for child in running:
            _stop(child)

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than until cancel is called."""
        self._ended.wait(seconds)

    def _start(
        self, argv: Sequence[str], cwd: Path | None, env: Mapping[str, str] | None
    ) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._cancelled:
                raise ToolFailed(f"{_program(argv)} was cancelled", where=_program(argv))
            try:
                child = subprocess.Popen(
                    list(argv),
                    cwd=cwd,
                    env=dict(env) if env is not None else None,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                )
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or str(error)
                raise ToolMissing(
                    f"{_program(argv)} can't be started: {reason}",
                    where=argv[0],
                    remedy=f"install {_program(argv)} and put it on PATH",
                ) from error
            self._running.add(child)
            return child


def _program(argv: Sequence[str]) -> str:
    return os.path.basename(argv[0])  # noqa: PTH119 - a name, not a path on this file system


def _end(child: subprocess.Popen[bytes]) -> None:
    """Stop the child and close its pipes."""
    _stop(child)
    for pipe in (child.stdin, child.stdout, child.stderr):
        if pipe is not None and not pipe.closed:
            with suppress(BrokenPipeError):
                pipe.close()


def _stop(child: subprocess.Popen[bytes]) -> None:
    """Terminate the child's whole group, then kill what is left of it."""
    if child.poll() is None:
        _signal_group(child, signal.SIGTERM)
        try:
            child.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            _signal_group(child, signal.SIGKILL)
            child.wait()


def _signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(child.pid, number)
    except (ProcessLookupError, PermissionError):
        child.send_signal(number)
