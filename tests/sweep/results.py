"""What a sweep finds of one release, and the file of JSON lines that keeps it between runs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """One language. failure: why it isn't made or proven, empty where it is.

    files: the protos that it registers. differing: messages, enums and services, by full name, that it
    registers otherwise than the official package, or than the other languages where that lacks them.
    """

    failure: str = ""
    files: int = 0
    differing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """One release. refs: what its protos were taken from, by repository. official: what they were compared
    with. unofficial: files that the official packages lack. lacking: entry points that the source lacks.
    unusable: why the source can't give the release at all; no language is tried then. details: each
    difference in full. commit: of the protogen that made it.
    """

    release: str
    source: str
    package_version: str = ""
    refs: dict[str, str] = field(default_factory=dict)
    official: tuple[str, ...] = ()
    languages: dict[str, Outcome] = field(default_factory=dict)
    files: int = 0
    messages: int = 0
    services: int = 0
    unofficial: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    unusable: str = ""
    details: tuple[str, ...] = ()
    seconds: float = 0.0
    commit: str = ""

    @property
    def failures(self) -> dict[str, str]:
        """Why languages failed."""
        return {name: each.failure for name, each in self.languages.items() if each.failure}

    @property
    def differing(self) -> tuple[str, ...]:
        """What differs in any language."""
        return tuple(sorted({name for each in self.languages.values() for name in each.differing}))


def to_line(result: Result) -> str:
    """One line of JSON."""
    return json.dumps(asdict(result), sort_keys=True)


def of_line(line: str) -> Result:
    """What to_line wrote."""
    told = json.loads(line)
    languages = {
        name: Outcome(each["failure"], each["files"], tuple(each["differing"]))
        for name, each in told.pop("languages").items()
    }
    lists = {key: tuple(value) for key, value in told.items() if isinstance(value, list)}
    return Result(**{**told, **lists, "languages": languages})


def read(path: Path) -> dict[tuple[str, str], Result]:
    """The newest result of each source and release."""
    lines = path.read_text().splitlines() if path.exists() else []
    return {(result.source, result.release): result for result in map(of_line, lines)}


def append(path: Path, result: Result) -> None:
    """Keep one more."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(to_line(result) + "\n")
