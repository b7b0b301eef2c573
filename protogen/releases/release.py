"""What the name of a release stands for: commits or packages of each repository; values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ResolvedRepository:
    """What one repository of a release stands for.

    url carries no credentials. ref is a full refname (`refs/heads/r2.11`), a package with its
    version (`some-api==2.11.1`) or empty; commit is a full commit id, or empty where the
    source has none; sha256 is of the package's file that was read, where the index gives it.
    note says why this ref and no other, where that isn't plain.
    """

    name: str
    url: str
    ref: str = ""
    commit: str = ""
    note: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Release:
    """One release as resolved: the name as typed, the package version, and each repository."""

    name: str
    package_version: str
    source: str
    repositories: tuple[ResolvedRepository, ...]

    def document(self) -> dict[str, Any]:
        """The release as the command line's JSON tells it."""
        return {
            "version": self.name,
            "package_version": self.package_version,
            "source": self.source,
            "repositories": {
                each.name: {"url": each.url, "ref": each.ref, "commit": each.commit}
                for each in self.repositories
            },
        }
