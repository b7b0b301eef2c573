"""A release that was added before, read back from the registry: as additions, if nothing of it is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from protogen.registry import layout
from protogen.registry.folder import Folder
from protogen.registry.model import Addition, Contents, Package, Version
from protogen.system.files import digest


class Known(Package, frozen=True):
    """A version of a package, as it was added."""

    files: dict[str, str]
    """SHA-256 by path below the registry's folder."""


def known(additions: Iterable[Addition]) -> list[Known]:
    """What must be known to find the additions again."""
    return [Known(*each.key, each.sums) for each in additions]


def taken(folder: Folder, versions: Iterable[Known]) -> list[Version]:
    """The keys of the versions that the registry has with other bytes; raises as `read_back` does."""
    there = ((each, folder.contents(*each.key)) for each in versions)
    return [each.key for each, contents in there if contents and contents.files != each.files]


def read_back(folder: Folder, versions: Sequence[Known]) -> tuple[list[Addition], dict[str, bytes]] | None:
    """The versions as they were added, with the evidence of the first; None unless all is there and whole.

    Raises OutputUnwritable for a damaged record, and OSError.
    """
    reading = _Reading(folder)
    found: list[Addition] = []
    evidence: dict[str, bytes] = {}
    for each in versions:
        contents = folder.contents(*each.key)
        if contents is None or contents.files != each.files:
            return None
        files = reading.files(each.files)
        made_from = reading.evidence(contents)
        if files is None or made_from is None:
            return None
        evidence = evidence or made_from
        found.append(Addition(*each.key, files))
    return found, evidence


@dataclass(frozen=True)
class _Reading:
    """Files of a registry, held to their sums; the evidence that versions share is read once."""

    folder: Folder
    read: dict[str, dict[str, bytes] | None] = field(default_factory=dict)

    def files(self, sums: dict[str, str]) -> dict[str, bytes] | None:
        """Their contents by path; None where one is missing or another."""
        contents = {}
        for path, sha in sums.items():
            try:
                contents[path] = (self.folder.path / path).read_bytes()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                return None
            if digest(contents[path]) != sha:
                return None
        return contents

    def evidence(self, contents: Contents) -> dict[str, bytes] | None:
        """What a version was made from, as its sums have it."""
        place = contents.evidence
        if place not in self.read:
            path = layout.sums_path(place)
            sums = self.files({path: contents.evidence_sha256})
            if sums is not None:
                others = self.files(layout.evidence_sums(place, sums[path]))
                sums = None if others is None else others | sums
            self.read[place] = sums
        return self.read[place]
