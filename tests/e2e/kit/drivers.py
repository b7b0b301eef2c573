"""The commands that run a kit's drivers, by language: see contract.md."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.e2e.rpc import environments

PROGRAMS = Path(__file__).with_name("programs")
# With what Python clients must work: the lowest that packages ask for, and all that there is.
PYTHON_OLDEST = ("grpcio==1.49.1", "protobuf==3.20.3")
PYTHON_NEWEST = ("grpcio", "protobuf", "numpy", "ml_dtypes", "types-grpcio", "types-protobuf")


@dataclass(frozen=True)
class Run:
    """A language's kit of a release, used in some way."""

    language: str
    release: str
    # In Python: what is installed. In others: what the kit is built with.
    libraries: str
    # The way of each program, as contract.md has it.
    form: str
    way: str

    def __str__(self) -> str:
        return f"{self.language}-{self.release}-{self.libraries}-{self.form}-{self.way}"


RUNS: Final = (
    Run("python", "r1.15", "oldest", "lists", "sync"),
    Run("python", "r2.5", "newest", "arrays", "asyncio"),
    Run("python", "r2.11", "newest", "arrays", "sync"),
    Run("python", "r2.19", "oldest", "lists", "asyncio"),
    Run("python", "master", "newest", "lists", "sync"),
    Run("python", "master", "newest", "arrays", "asyncio"),
)


def python_environment(shared: Path, libraries: str) -> Path:
    """The Python that has these libraries, and no client."""
    wanted = PYTHON_OLDEST if libraries == "oldest" else PYTHON_NEWEST
    return environments.environment(shared / f"kit-python-{libraries}", wanted)


def command(run: Run, program: str, packages: Path, shared: Path) -> tuple[list[str], dict[str, str]]:
    """The command of a program ("driver" or "live"), and what it needs in its environment."""
    assert run.language == "python"
    python = python_environment(shared, run.libraries)
    source = packages / run.release / "python" / "src"
    argv = [str(python), "-W", "error", str(PROGRAMS / f"{program}.py")]
    return argv, {"PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "", "GRPC_VERBOSITY": "NONE"}


def server_environment() -> dict[str, str]:
    """What kit_server.py needs to find the programs that it is made of."""
    return {**os.environ, "PYTHONPATH": str(PROGRAMS.parents[1] / "rpc" / "programs")}
