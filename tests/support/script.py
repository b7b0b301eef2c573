"""Processes whose children are a function, for tests that may start none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from protogen.system.process import Finished, Processes


class Script(Processes):
    """Processes whose children are a function."""

    def __init__(self, answer: Callable[[Sequence[str], Path | None, Mapping[str, str]], Finished]) -> None:
        super().__init__()
        self.answer = answer
        self.started: list[tuple[str, ...]] = []

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
    ) -> Finished:
        self.started.append(tuple(argv))
        return self.answer(argv, cwd, env or {})


def says(stdout: str, code: int = 0, stderr: str = "") -> Script:
    return Script(lambda argv, cwd, env: Finished(tuple(argv), code, stdout.encode(), stderr.encode()))
