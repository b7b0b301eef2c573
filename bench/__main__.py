"""`python -m bench`: a table of medians, each case beside its floor, taken in turn in one run."""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorSet

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.support import corpus  # noqa: E402

RELEASE = "r2.11"
MODULE = "example.com/tensorflow-serving/v2"


@dataclass(frozen=True)
class Sample:
    """One run: wall and processor time in seconds."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Bench:
    """Where the runs take place."""

    scratch: Path
    options: list[str]

    @property
    def cache(self) -> Path:
        """The cache that warm runs share."""
        return self.scratch / "cache"

    def protogen(self, *arguments: str, cache: Path | None = None) -> list[str]:
        """The command line of a run."""
        return [sys.executable, "-m", "protogen", *arguments, "-q", "--cache-dir", str(cache or self.cache)]

    def run(self, argv: list[str]) -> Sample:
        """Run once and account for the process and its children."""
        before, start = os.times(), time.perf_counter()
        done = subprocess.run(argv, cwd=self.scratch, capture_output=True, text=True, check=False)
        wall, after = time.perf_counter() - start, os.times()
        if done.returncode:
            raise SystemExit(f"{' '.join(argv)}\n{done.stdout}{done.stderr}")
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        return Sample(wall, cpu)


def main() -> None:
    """Run the cases that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("cases", nargs="*", choices=[*CASES, []], help="default: all")
    parser.add_argument("-n", "--pairs", type=int, default=7, help="runs of each side (default 7)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        scratch = Path(folder)
        bench = Bench(scratch, _from_corpus(scratch))
        machine = f"{os.cpu_count()} processors, Python {sys.version.split()[0]}"
        print(f"{machine}, {options.pairs} pairs, release {RELEASE}")
        for name in options.cases or CASES:
            CASES[name](bench, options.pairs)


def warm(bench: Bench, pairs: int) -> None:
    """A warm run into an empty folder, beside protoc with both plugins on the same set."""
    go = ["--version", RELEASE, "--lang", "go", *bench.options]
    bench.run(bench.protogen(*go, "--out", "first"))
    floor = _raw_protoc(bench)
    number = iter(range(10_000))

    def product() -> Sample:
        return bench.run(bench.protogen(*go, "--out", f"warm-{next(number)}"))

    def raw() -> Sample:
        shutil.rmtree(bench.scratch / "floor", ignore_errors=True)
        (bench.scratch / "floor").mkdir()
        return bench.run(floor)

    _table("warm run, file:// remotes", product, "raw protoc, both plugins", raw, pairs)


def unchanged(bench: Bench, pairs: int) -> None:
    """A rerun that changes nothing, beside the same with --offline."""
    go = ["--version", RELEASE, "--lang", "go", *bench.options]
    bench.run(bench.protogen(*go))
    _table(
        "unchanged rerun, file:// remotes",
        lambda: bench.run(bench.protogen(*go)),
        "the same, --offline",
        lambda: bench.run(bench.protogen(*go, "--offline")),
        pairs,
    )


def index(bench: Bench, pairs: int) -> None:
    """The index source with an empty cache but for the tools, beside a warm one."""
    go = ["--version", RELEASE, "--lang", "go", "--source", "index"]
    bench.run(bench.protogen(*go, "--out", "index"))
    number = iter(range(10_000))

    def cold() -> Sample:
        cache = bench.scratch / f"cold-{next(number)}"
        shutil.copytree(bench.cache / "tools", cache / "tools", copy_function=os.link)
        return bench.run(bench.protogen(*go, "--out", "index", cache=cache))

    _table(
        "index, cold", cold, "index, warm", lambda: bench.run(bench.protogen(*go, "--out", "index")), pairs
    )


def memory(bench: Bench, pairs: int) -> None:
    """protogen's own peak memory, children excluded, of a run with an empty cache and of a warm one."""
    go = ["--version", RELEASE, "--lang", "go"]
    code = (
        "import resource, sys; from protogen.cli.main import run; code = run(sys.argv[1:]);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss); sys.exit(code)"
    )
    for case, options in {"git": bench.options, "index": ["--source", "index"]}.items():
        for state in ("cold", "warm"):
            arguments = [
                *go,
                *options,
                "-q",
                "--out",
                f"memory-{case}",
                "--cache-dir",
                f"memory-{case}-cache",
            ]
            argv = [sys.executable, "-c", code, *arguments]
            done = subprocess.run(argv, cwd=bench.scratch, capture_output=True, text=True, check=True)
            print(f"{f'own peak memory, {case}, {state}':<36}{int(done.stdout) / 1024:8.1f} MiB")


CASES: dict[str, Callable[[Bench, int], None]] = {
    "warm": warm,
    "unchanged": unchanged,
    "index": index,
    "memory": memory,
}


def _from_corpus(scratch: Path) -> list[str]:
    bundles = corpus.folder()
    if bundles is None:
        raise SystemExit(
            "NO CORPUS: set PROTOGEN_CORPUS to the folder of serving.bundle and tensorflow.bundle"
        )
    repositories = {
        name: corpus.mirror(bundles / f"{name}.bundle", scratch / f"{name}.git") for name in corpus.NAMES
    }
    return ["--source", "git", *(f"--repo={name}=file://{path}" for name, path in repositories.items())]


def _raw_protoc(bench: Bench) -> list[str]:
    """What a hand-written script does at best: one protoc, both plugins, on the compiled set."""
    (entry,) = (bench.cache / "sets").iterdir()
    files = [file.name for file in FileDescriptorSet.FromString((entry / "set.binpb").read_bytes()).file]
    own = [name for name in files if not name.startswith("google/protobuf/")]
    argv = [sys.executable, "-m", "grpc_tools.protoc", f"--descriptor_set_in={entry / 'set.binpb'}"]
    mapping = [f"M{name}={MODULE}/{_folder(name)};{_folder(name).rpartition('/')[2]}" for name in own]
    for generator in ("go", "go-grpc"):
        (plugin,) = (bench.cache / "tools" / "go").glob(f"protoc-gen-{generator}@*/protoc-gen-{generator}")
        argv += [f"--plugin=protoc-gen-{generator}={plugin}", f"--{generator}_out=floor"]
        argv += [f"--{generator}_opt={','.join(['paths=source_relative', *mapping])}"]
    return [*argv, *own]


def _folder(name: str) -> str:
    return name.rpartition("/")[0].replace("/internal", "/internalpb")


def _table(
    case: str, product: Callable[[], Sample], beside: str, floor: Callable[[], Sample], pairs: int
) -> None:
    product(), floor()
    samples = [(product(), floor()) for _ in range(pairs)]
    ratios = [ours.wall / theirs.wall for ours, theirs in samples]
    for label, column in ((case, [ours for ours, _ in samples]), (beside, [theirs for _, theirs in samples])):
        wall = [sample.wall for sample in column]
        cpu = statistics.median(sample.cpu for sample in column)
        print(
            f"{label:<36}{statistics.median(wall):8.3f} s wall ({min(wall):.3f} to {max(wall):.3f})"
            f"{cpu:8.3f} s processors"
        )
    spread = f"({min(ratios):.2f} to {max(ratios):.2f})"
    print(f"{'  ratio, pair by pair':<36}{statistics.median(ratios):8.2f}   {spread}")


if __name__ == "__main__":
    main()
