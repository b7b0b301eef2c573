"""Where the runs take place: a scratch folder, the corpus, a cache that warm runs share, and sizes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from bench.measure import Sample, run
from tests.support import corpus

ROOT = Path(__file__).parents[1]
RELEASE = "r2.11"
MODULE = "example.com/tensorflow-serving/v2"


@dataclass(frozen=True)
class Sizes:
    """How large what is made is: for measuring, or only to see that it runs."""

    files: int = 30_000
    folders: int = 1_500
    protos: int = 400
    bytes_a_file: int = 3_700
    releases: tuple[int, ...] = (1, 2, 5, 10)
    synthetic: tuple[int, ...] = (625, 1_250, 2_500, 5_000)
    repositories: int = 20
    tensor: int = 64
    envoy: int = 650
    googleapis: int = 7_000
    registered: tuple[int, ...] = (1, 10, 100, 1_000)
    compiled_kits: bool = True
    """Whether kits are measured too whose packages take minutes to compile."""


SMALL = Sizes(60, 10, 8, 100, (1, 2), (20, 40), 4, 2, 40, 30, (1, 3), compiled_kits=False)


@dataclass(frozen=True)
class Rig:
    """One for all cases. pairs: how often each side is measured."""

    scratch: Path
    pairs: int
    sizes: Sizes = Sizes()
    numbers: Iterator[int] = field(default_factory=count)

    @property
    def cache(self) -> Path:
        """The cache that warm runs share."""
        return self.scratch / "cache"

    def corpus(self) -> list[str]:
        """The options that take the real protos from bare repositories by file://.

        Raises SystemExit without a corpus.
        """
        bundles = corpus.folder()
        if bundles is None:
            raise SystemExit("NO CORPUS: set PROTOGEN_CORPUS to the folder of the bundles")
        made = {name: self.scratch / f"{name}.git" for name in corpus.NAMES}
        for name, path in made.items():
            if not path.exists():
                corpus.mirror(bundles / f"{name}.bundle", path)
        return ["--source", "git", *(f"--repo={name}=file://{path}" for name, path in made.items())]

    def protogen(self, *arguments: str, cache: Path | None = None) -> list[str]:
        """The command line of a run."""
        return [sys.executable, "-m", "protogen", *arguments, "-q", "--cache-dir", str(cache or self.cache)]

    def run(self, argv: list[str], **environ: str) -> Sample:
        """Run a command in the scratch folder; this tree's modules are compiled, as in an installation."""
        inherited = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        return run(argv, self.scratch, {**inherited, "PYTHONPATH": str(ROOT), **environ})

    def fresh(self, name: str) -> Path:
        """A new folder of the scratch, which isn't there yet.

        Those before it stay until the end: where files were just deleted, ext4 takes fifty times as long
        to make others.
        """
        return self.scratch / f"{name}-{next(self.numbers)}"

    def git(self, *arguments: str, stdin: Iterable[bytes] = ()) -> None:
        """Run git to prepare something. Raises SystemExit where it fails."""
        with subprocess.Popen(["git", *arguments], cwd=self.scratch, stdin=subprocess.PIPE) as child:
            assert child.stdin
            for part in stdin:
                child.stdin.write(part)
        if child.returncode:
            raise SystemExit(f"git {arguments[0]} failed")
