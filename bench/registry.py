"""Adding a release to a registry that holds none, and to one that holds many: seconds, and bytes written."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

from bench.rig import Rig
from protogen.publish.durable import sync_trees
from protogen.registry import layout
from protogen.registry.adding import add
from protogen.registry.checking import findings
from protogen.registry.folder import Folder
from protogen.registry.model import Addition
from tests.support.registry_packages import artifacts

_URL = "https://example.com/registry"


def registry(rig: Rig) -> None:
    """The first, the hundredth, the thousandth release of made-up packages, beside its own files alone."""
    print("\nregistry, a release of small packages for six languages added")
    rounds = max(1, rig.pairs // 2)
    folder, numbers = rig.fresh("registry"), count(1)
    number = 0
    for last in rig.sizes.registered:
        while number < last - 1:
            number = next(numbers)
            add(folder, *_made(number), _URL)
        taken = [_measured(rig, folder, number := next(numbers)) for _ in range(rounds)]
        wall, floor, written, own = (statistics.median(column) for column in zip(*taken, strict=True))
        print(
            f"  number {last:>5}  {wall:8.3f} s  floor {floor:6.3f} s"
            f"  {written / 1000:8.0f} KB written, of these {own / 1000:.0f} KB its own files",
            flush=True,
        )
    start = time.perf_counter()
    wrong = findings(Folder(folder))
    print(f"  verify        {time.perf_counter() - start:8.3f} s  {number} releases, {len(wrong)} findings")


def _measured(rig: Rig, folder: Path, number: int) -> tuple[float, float, float, float]:
    """Seconds of adding and of writing its own files alone; bytes of all that was written, and of its own."""
    before = _state(folder)
    additions, evidence = _made(number)
    wall = _timed(lambda: add(folder, additions, evidence, _URL))
    after = _state(folder)
    written = sum(size for path, (size, moment) in after.items() if before.get(path) != (size, moment))
    own = {path: content for each in additions for path, content in each.files.items()} | evidence
    floor = _timed(lambda: _write(rig.fresh("floor"), own))
    return wall, floor, written, sum(map(len, own.values()))


def _made(number: int) -> tuple[list[Addition], dict[str, bytes]]:
    version = f"1.{number}.0"
    return layout.additions(artifacts(version), "api", version, lambda: _URL)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    sync_trees([folder])


def _timed(act: Callable[[], object]) -> float:
    os.sync()
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _state(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and moment of each file."""
    files = ((path, path.stat()) for path in folder.rglob("*") if path.is_file())
    return {str(path): (status.st_size, status.st_mtime_ns) for path, status in files}
