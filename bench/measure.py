"""Runs side by side: time, processor time and peak memory of each, in turn, and a table of medians."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

_MIB = 1024**2


@dataclass(frozen=True)
class Sample:
    """One run and its children: seconds, processors' seconds, MiB of the largest process, MiB moved."""

    wall: float
    cpu: float
    memory: float
    moved: float = 0.0


Run = Callable[[], Sample]


def run(argv: list[str], cwd: Path, environ: Mapping[str, str] | None = None) -> Sample:
    """Run a command to its end. Raises SystemExit with its words where it fails."""
    with tempfile.TemporaryFile() as words:
        start = time.perf_counter()
        child = subprocess.Popen(argv, cwd=cwd, env=environ, stdout=words, stderr=words)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            words.seek(0)
            raise SystemExit(f"{' '.join(argv)[:2000]}\n{words.read().decode(errors='replace')[-4000:]}")
    return Sample(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / _MIB)


def side_by_side(title: str, sides: Mapping[str, Run], pairs: int) -> None:
    """Run all sides in turn, once unmeasured and then `pairs` times, and print a row for each.

    What the runs before left to be written to disk is written first. The ratios are the first side's wall
    time to each other one's, pair by pair.
    """
    for each in sides.values():
        each()
    samples: dict[str, list[Sample]] = {name: [] for name in sides}
    for _ in range(pairs):
        for name, each in sides.items():
            os.sync()
            samples[name].append(each())
    first = next(iter(sides))
    print(f"\n{title}", flush=True)
    for name, found in samples.items():
        wall = [sample.wall for sample in found]
        row = f"  {name:<34}{statistics.median(wall):9.3f} s ({min(wall):.3f} to {max(wall):.3f})"
        row += f"{_median(found, 'cpu'):8.3f} s cpu{_median(found, 'memory'):7.0f} MiB"
        if moved := _median(found, "moved"):
            row += f"{moved:9.3f} MiB moved"
        if name != first:
            ratios = [ours.wall / theirs.wall for ours, theirs in zip(samples[first], found, strict=True)]
            cpu = statistics.median(
                ours.cpu / max(theirs.cpu, 0.001) for ours, theirs in zip(samples[first], found, strict=True)
            )
            row += f"  ratio {statistics.median(ratios):.2f} wall, {cpu:.2f} cpu"
        print(row, flush=True)


def _median(samples: list[Sample], what: str) -> float:
    return statistics.median(float(getattr(sample, what)) for sample in samples)
