"""What the name of a release stands for: commits or packages of each repository, and a SemVer version."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

# Source of the grammar: semver.org 2.0.0. Build metadata is left out: Go and Python indexes refuse it.
_NUMBER = r"(?:0|[1-9][0-9]{0,8})"
_IDENTIFIER = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_SEMVER = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_IDENTIFIER}(?:\.{_IDENTIFIER})*)?")
_COUNTED = re.compile(r"([A-Za-z]+)(0|[1-9]\d*)")
UNRELEASED = re.compile(r"0\.0\.0-dev\.(\d{14})\.g([0-9a-f]{12})")
"""What protogen.releases makes of a branch or commit that is no release: time and commit."""


@dataclass(frozen=True)
class ResolvedRepository:
    """What one repository of a release stands for."""

    name: str
    url: str
    """Without credentials."""
    ref: str = ""
    """A full refname (`refs/heads/r2.11`), or a package with its version (`some-api==2.11.1`)."""
    commit: str = ""
    """Its full id; empty where the source has none."""
    note: str = ""
    """Why this ref and no other, where that isn't plain."""
    sha256: str = ""
    """Of the package's file that was read, where the index gives it."""


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


def is_semver(version: str) -> bool:
    """Whether it is X.Y.Z or X.Y.Z-PRE by the rules of SemVer, without build metadata."""
    return bool(_SEMVER.fullmatch(version))


def counted(version: str) -> str:
    """A version whose pre-release is counted, so that SemVer sorts it by number: `rc10` -> `rc.10`."""
    plain, dash, pre = version.partition("-")
    found = _COUNTED.fullmatch(pre)
    return f"{plain}{dash}{'.'.join(found.groups()) if found else pre}"


def is_prerelease(version: str) -> bool:
    """Whether the version comes before the release of its number."""
    return "-" in version
