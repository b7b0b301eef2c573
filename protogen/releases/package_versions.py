"""The packages' version, SemVer; each language spells it in its ecosystem's own syntax. Pure."""

from __future__ import annotations

import re

# Source of the grammar: semver.org 2.0.0. Build metadata is left out: Go and Python indexes refuse it.
_NUMBER = r"(?:0|[1-9][0-9]{0,8})"
_IDENTIFIER = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_SEMVER = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_IDENTIFIER}(?:\.{_IDENTIFIER})*)?")
UNRELEASED = re.compile(r"0\.0\.0-dev\.(\d{14})\.g([0-9a-f]{12})")
"""What protogen.releases makes of a branch or commit that is no release: time and commit."""


def is_semver(version: str) -> bool:
    """Whether it is X.Y.Z or X.Y.Z-PRE by the rules of SemVer, without build metadata."""
    return bool(_SEMVER.fullmatch(version))


def is_prerelease(version: str) -> bool:
    """Whether the version comes before the release of its number."""
    return "-" in version
