"""A load test with the protoset that `--artifacts` leaves: ghz knows nothing of the service but that file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from tests.support.command import must, run

_GHZ = "github.com/bojand/ghz/cmd/ghz@v0.93.0"
_CALL = "tensorflow.serving.PredictionService.Predict"


@dataclass(frozen=True)
class Load:
    """How one client fared. rate: calls a second; median, slow: seconds of a call, at 50 and 99 percent."""

    rate: float
    median: float
    slow: float

    @classmethod
    def of(cls, seconds: float, each: list[float]) -> Load:
        """From the seconds of all calls together, and of each."""
        ordered = sorted(each)
        return cls(len(each) / seconds, ordered[len(each) // 2], ordered[(len(each) - 1) * 99 // 100])


def ghz(shared: Path) -> Path:
    """The ghz program, built once."""
    folder = shared / "ghz"
    with FileLock(shared / "ghz.lock"):
        if not (folder / "ghz").exists():
            folder.mkdir(exist_ok=True)
            must(run(["go", "install", _GHZ], cwd=folder, GOBIN=str(folder)))
    return folder / "ghz"


def by_ghz(program: Path, protoset: Path, place: str, calls: int, side_by_side: int) -> dict[str, Any]:
    """What ghz tells of that many calls of Predict."""
    values = {"dtype": "DT_FLOAT", "tensorShape": {"dim": [{"size": "1000"}]}, "floatVal": [0.5] * 1000}
    request = {"modelSpec": {"name": "echo"}, "inputs": {"x": values}}
    argv = [
        str(program),
        "--insecure",
        "--protoset",
        str(protoset),
        "--call",
        _CALL,
        "-d",
        json.dumps(request),
    ]
    argv += ["-n", str(calls), "-c", str(side_by_side), "-O", "json", place]
    told: dict[str, Any] = json.loads(must(run(argv, cwd=program.parent)).out)
    return told


def by_client(client: list[str], config: Path, calls: int, side_by_side: int) -> Load:
    """What one of our clients tells of the same."""
    argv = [*client, str(config), str(calls), str(side_by_side)]
    told = json.loads(must(run(argv, cwd=config.parent)).out)
    return Load.of(told["all"], told["each"])


def of_ghz(told: dict[str, Any]) -> Load:
    """The same from what ghz tells, which counts in nanoseconds."""
    return Load.of(told["total"] / 1e9, [each["latency"] / 1e9 for each in told["details"]])
