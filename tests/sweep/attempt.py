"""One release: made and proven in the languages by protogen itself, then compared with what is official."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from tests.support import official
from tests.support.command import Ran, protogen
from tests.sweep import comparing
from tests.sweep.registered import READERS
from tests.sweep.results import Outcome, Result

# The exit codes of a release that the source doesn't have, or whose protos don't resolve.
_UNUSABLE = {3, 5}
_LACKING = re.compile(r"not in this source: (.+)")


@dataclass(frozen=True)
class Sweep:
    """How releases are tried. options: of protogen, the source among them. work: where results are kept.

    complete: whether all is built that registries take. commit: protogen's own.
    """

    source: str
    options: tuple[str, ...]
    languages: tuple[str, ...]
    cache: Path
    work: Path
    complete: bool = False
    commit: str = ""

    def run(self, *arguments: str, cwd: Path) -> Ran:
        """Run protogen."""
        return protogen(*arguments, cwd=cwd, cache=self.cache)

    def offered(self) -> list[str]:
        """The releases of the source, newest first: each line once, as its newest patch."""
        self.work.mkdir(parents=True, exist_ok=True)
        ran = self.run("versions", *self.options, "--format", "json", cwd=self.work)
        if ran.code:
            raise SystemExit(ran.err)
        return [each["version"] for each in json.loads(ran.out)]


def attempt(sweep: Sweep, release: str) -> Result:
    """Try one release in all languages; where one fails, each of them alone, to tell which."""
    began = time.monotonic()
    folder = sweep.work / "tries" / f"{sweep.source}-{release}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    told = _generate(sweep, release, sweep.languages, folder)
    failures = {}
    if told.code in _UNUSABLE:
        shutil.rmtree(folder)
        return Result(
            release, sweep.source, unusable=told.failure, seconds=_since(began), commit=sweep.commit
        )
    if told.failure:
        alone = {name: _generate(sweep, release, (name,), folder) for name in sweep.languages}
        failures = {name: each.failure for name, each in alone.items() if each.failure}
        told = next((each for each in alone.values() if not each.failure), told)
    made = {name: READERS[name](folder / "gen" / name) for name in sweep.languages if name not in failures}
    result = Result(
        release,
        sweep.source,
        told.release["package_version"] or "",
        {name: each["ref"] for name, each in told.release["repositories"].items()},
        languages={name: Outcome(failure) for name, failure in failures.items()},
        lacking=told.lacking,
        commit=sweep.commit,
    )
    if made:
        result = _compare(result, made, *_official(sweep, result, made))
    shutil.rmtree(folder)
    return replace(result, seconds=_since(began))


def _since(began: float) -> float:
    return round(time.monotonic() - began, 1)


@dataclass(frozen=True)
class _Told:
    release: Mapping[str, Any]
    failure: str
    code: int
    lacking: tuple[str, ...]


def _generate(sweep: Sweep, release: str, languages: Sequence[str], folder: Path) -> _Told:
    options = ["--version", release, "--lang", ",".join(languages), *sweep.options, "--verify"]
    if sweep.complete:
        options += ["--artifacts", str(folder / "artifacts")]
    ran = sweep.run(*options, "--out", str(folder / "gen"), "--format", "json", cwd=folder)
    try:
        (told,) = json.loads(ran.out)["releases"]
    except (ValueError, KeyError):
        raise SystemExit(f"protogen ended with {ran.code} without a result\n{ran.out}{ran.err}") from None
    error = told["error"]
    lacking = tuple(name for line in _LACKING.findall(ran.err) for name in line.split(", "))
    return _Told(told, error["message"] if error else "", ran.code, lacking)


def _official(
    sweep: Sweep, result: Result, made: Mapping[str, FileDescriptorSet]
) -> tuple[tuple[str, ...], FileDescriptorSet]:
    """The official packages of the release, and their descriptors of the files that were made."""
    refs = result.refs if sweep.source == "index" else _published(sweep, result.release)
    names = {file.name for files in made.values() for file in files.file}
    found = FileDescriptorSet()
    for ref in refs.values():
        project, _, version = ref.partition("==")
        left = names - {file.name for file in found.file}
        # Which files are asked for depends on the source.
        kept = sweep.work / "official" / f"{project}-{version}-{sweep.source}-{result.release}.binpb"
        if not kept.exists():
            kept.parent.mkdir(exist_ok=True)
            read = official.in_large_package(project, version, left, sweep.work / "official" / "cache")
            kept.write_bytes(read.SerializeToString())
        found.MergeFromString(kept.read_bytes())
    return tuple(refs.values()), found


def _published(sweep: Sweep, release: str) -> dict[str, str]:
    """The packages that the index has of a branch's release line; none of what isn't a release."""
    with_index = ["--source", "index", "--lang", "python", "--dry-run", "--format", "json"]
    ran = sweep.run("--version", release, *with_index, cwd=sweep.work)
    try:
        (told,) = json.loads(ran.out)["releases"]
    except (ValueError, KeyError):
        return {}
    return {name: each["ref"] for name, each in told["repositories"].items() if each["ref"]}


def _compare(
    result: Result,
    made: Mapping[str, FileDescriptorSet],
    packages: tuple[str, ...],
    published: FileDescriptorSet,
) -> Result:
    wanted = comparing.expected(published, made.values())
    differing = comparing.all_differing(wanted, made)
    names = {file.name for file in published.file}
    outcomes = {
        name: Outcome("", len(files.file), tuple(sorted(differing[name]))) for name, files in made.items()
    }
    return replace(
        result,
        official=packages,
        languages={**result.languages, **outcomes},
        files=len(wanted.file),
        messages=comparing.messages(FileDescriptorSet(file=[f for f in wanted.file if f.name in names])),
        services=comparing.services(wanted),
        unofficial=tuple(file.name for file in wanted.file if file.name not in names),
        details=tuple(sorted({line for each in differing.values() for line in each.values()})),
    )
