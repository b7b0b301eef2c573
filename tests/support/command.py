"""Running protogen as a user does, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_SECONDS = 1800


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


def heeding_interrupts(argv: list[str]) -> list[str]:
    """A command line that starts argv with SIGINT heeded: who runs tests in the background ignores it."""
    script = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL)"
    return [sys.executable, "-c", f"{script}; os.execv(sys.argv[1], sys.argv[1:])", *argv]


def run(argv: list[str], *, cwd: Path, **environ: str) -> Ran:
    """Run a command with some variables added to the environment."""
    done = subprocess.run(
        argv,
        cwd=cwd,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def protogen(*arguments: str, cwd: Path, cache: Path, **environ: str) -> Ran:
    """Run protogen with a cache folder."""
    argv = [sys.executable, "-m", "protogen", *arguments]
    return run(
        argv, cwd=cwd, PROTOGEN_CACHE_DIR=str(cache), PYTHONPATH=str(Path(__file__).parents[2]), **environ
    )


def must(ran: Ran) -> Ran:
    """The same, if it ended well."""
    assert ran.code == 0, f"exit code {ran.code}\n{ran.out}\n{ran.err}"
    return ran
