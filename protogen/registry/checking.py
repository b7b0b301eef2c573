"""Whether a registry is what was written: every file against its sum, every index against what is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from protogen.registry import layout
from protogen.registry.folder import Folder, record_path
from protogen.system.files import digest


@dataclass(frozen=True)
class Finding:
    """A file of the registry that isn't as it must be."""

    path: str
    problem: str


def findings(folder: Folder) -> Iterator[Finding]:
    """All that is wrong; raises OutputUnwritable for a damaged record, and OSError."""
    if folder.has_pending:
        yield Finding(
            ".protogen/staged", "a killed run's change is to be completed: any run that adds does it"
        )
        return
    evidence: dict[str, str] = {}
    for ecosystem in folder.ecosystems():
        names = folder.names(ecosystem)
        for path, content in layout.root(ecosystem, names, folder.url, folder.auth).items():
            yield from _compared(folder, path, digest(content))
        for name in names:
            held = folder.package(ecosystem, name)
            if held is None:
                continue
            if (held.ecosystem, held.name) != (ecosystem, name):
                yield Finding(record_path(ecosystem, name), f"it is the record of {held.name}")
                continue
            for version in held.versions:
                evidence[version.evidence] = version.evidence_sha256
                for path, expected in version.files.items():
                    yield from _compared(folder, path, expected)
            for path, content in layout.index(held, folder.url).items():
                yield from _compared(folder, path, digest(content))
    for place, sha in sorted(evidence.items()):
        yield from _evidence(folder, place, sha)


def _evidence(folder: Folder, place: str, sha: str) -> Iterator[Finding]:
    """What of a folder of evidence isn't as its sums say."""
    path = f"{place}/{layout.SUMS}"
    wrong = list(_compared(folder, path, sha))
    yield from wrong
    if wrong:
        return
    sums = (folder.path / path).read_text(encoding="utf-8")
    for line in sums.splitlines():
        expected, _, path = line.partition("  ")
        if path.startswith(f"{place}/"):
            yield from _compared(folder, path, expected)


def _compared(folder: Folder, path: str, expected: str) -> Iterator[Finding]:
    found = folder.digest_of(path)
    if found != expected:
        yield Finding(path, "missing" if found is None else "not what was written")
