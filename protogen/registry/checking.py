"""Whether a registry is what was written: every file against its sum, every index against what is there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from protogen.registry import indexes, layout, releases
from protogen.registry.change import STAGED, is_pending
from protogen.registry.folder import SETTINGS, Folder, package_path, release_path, version_path
from protogen.registry.model import Held
from protogen.system.files import digest

# A run that adds meanwhile makes files differ from records that were read before.
_ATTEMPTS = 5
FOREIGN = "the registry didn't put it there"


@dataclass(frozen=True)
class Finding:
    """A file of the registry that isn't as it must be."""

    path: str
    problem: str


def findings(folder: Folder) -> list[Finding]:
    """All that is wrong; raises OutputUnwritable for a damaged record, and OSError."""
    found: list[Finding] = []
    for _ in range(_ATTEMPTS):
        before = folder.state
        found = list(_findings(folder))
        if not found or folder.state == before:
            break
    return found


def _findings(folder: Folder) -> Iterator[Finding]:
    if is_pending(folder.path):
        yield Finding(STAGED, "a killed run's change is to be completed: any run that adds does it")
        return
    expected: dict[str, str | None] = {SETTINGS: None}
    evidence: dict[str, str] = {}
    for ecosystem in folder.ecosystems():
        packages = []
        for name in folder.names(ecosystem):
            held = folder.package(ecosystem, name)
            if held is None:
                continue
            expected[package_path(ecosystem, name)] = None
            if (held.ecosystem, held.name) != (ecosystem, name):
                yield Finding(package_path(ecosystem, name), f"it is the record of {held.name}")
                continue
            packages.append(held)
            yield from _versions(folder, held, expected, evidence)
        pages = indexes.pages(folder, packages, folder.service)
        expected |= {path: digest(content) for path, content in pages.items()}
    yield from _releases(folder, expected)
    for place, sha in sorted(evidence.items()):
        expected |= _sums(folder, place, sha)
    yield from _differing(folder, expected)
    yield from _foreign(folder, expected)


def _versions(
    folder: Folder, held: Held, expected: dict[str, str | None], evidence: dict[str, str]
) -> Iterator[Finding]:
    """Add what a package's versions consist of to what is expected."""
    for each in held.versions:
        path = version_path(held.ecosystem, held.name, each.version)
        contents = folder.contents(held.ecosystem, held.name, each.version)
        if contents is None:
            yield Finding(path, "missing")
            continue
        expected[path] = None
        expected |= contents.files
        evidence[contents.evidence] = contents.evidence_sha256


def _releases(folder: Folder, expected: dict[str, str | None]) -> Iterator[Finding]:
    """Add the releases' records, pages and list to what is expected."""
    for path, each in folder.releases():
        expected[path] = None
        if path != release_path(*each.key):
            yield Finding(path, f"it is the record of {each.recipe} {each.version}")
    pages = releases.expected(folder, folder.service.url)
    expected |= {path: digest(content) for path, content in pages}


def _sums(folder: Folder, place: str, sha: str) -> dict[str, str | None]:
    """What a folder of evidence consists of: its sums, and what they name in it.

    Where they are damaged nobody knows what is right, and any file may be there.
    """
    path = layout.sums_path(place)
    if folder.digest_of(path) != sha:
        return {**dict.fromkeys(_files(folder, place)), path: sha}
    return {path: sha, **layout.evidence_sums(place, (folder.path / path).read_bytes())}


def _differing(folder: Folder, expected: Mapping[str, str | None]) -> Iterator[Finding]:
    """Files that aren't there, or have another sum than is expected of them."""
    for path, sha in expected.items():
        found = folder.digest_of(path) if sha else sha
        if found != sha:
            yield Finding(path, "missing" if found is None else "not what was written")


def _foreign(folder: Folder, expected: Mapping[str, str | None]) -> Iterator[Finding]:
    """Files that nobody expects, in folders that have only what the registry puts there."""
    for top in sorted({path.partition("/")[0] for path in expected if "/" in path}):
        for path in _files(folder, top):
            if path not in expected and not path.startswith(f"{STAGED}/"):
                yield Finding(path, FOREIGN)


def _files(folder: Folder, below: str) -> Iterator[str]:
    for parent, folders, files in os.walk(folder.path / below):
        folders.sort()
        for file in sorted(files):
            yield (Path(parent) / file).relative_to(folder.path).as_posix()
