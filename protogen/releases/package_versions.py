"""The packages' version, SemVer, in each ecosystem's own syntax. Pure."""

from __future__ import annotations

import re

from protogen.errors import UsageError

# Source of the grammar: semver.org 2.0.0. Build metadata is left out: Go and Python indexes refuse it.
_NUMBER = r"(?:0|[1-9][0-9]{0,8})"
_IDENTIFIER = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_SEMVER = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_IDENTIFIER}(?:\.{_IDENTIFIER})*)?")
_COMMIT = re.compile(r"(.*?)\.(g[0-9a-f]{7,40})")
# What protogen.releases makes of a branch or commit that is no release.
_UNRELEASED = re.compile(r"0\.0\.0-dev\.(\d{14})\.g([0-9a-f]{12})")
_COUNTED = re.compile(r"([A-Za-z]+)(0|[1-9]\d*)")
# The words that Maven sorts before a release; it sorts every other one after it.
_MAVEN_EARLIER = re.compile(
    r"(?:alpha|beta|milestone|rc|cr|snapshot)(?![a-z])|[abm]\d", re.IGNORECASE | re.ASCII
)


def is_semver(version: str) -> bool:
    """Whether it is X.Y.Z or X.Y.Z-PRE by the rules of SemVer, without build metadata."""
    return bool(_SEMVER.fullmatch(version))


def is_prerelease(version: str) -> bool:
    """Whether the version comes before the release of its number."""
    return "-" in version


def pep440(version: str) -> str:
    """As Python writes it; a commit becomes the local part: `0.0.0-dev.1.gabc0123` ▶ `0.0.0.dev1+gabc0123`.

    Raises UsageError for a PRE that PEP 440 has no word for.
    """
    if not is_prerelease(version) and is_semver(version):
        return version  # the same in both, and without packaging, which takes 4 ms to import
    from packaging.version import InvalidVersion, Version

    plain, dash, pre = version.partition("-")
    commit = _COMMIT.fullmatch(pre)
    pre, local = (commit[1], f"+{commit[2]}") if commit else (pre, "")
    # PEP 440 reads a bare number after a dash as a later version, where X.Y.Z-1 is an earlier one.
    if not (dash and pre[:1].isdigit()):
        try:
            spelled = Version(f"{plain}.{pre}{local}" if dash else plain)
        except InvalidVersion:
            spelled = None
        # To PEP 440 -r1, -rev1 and -post1 are later versions, too.
        if spelled and (not dash or spelled.is_prerelease):
            return str(spelled)
    raise UsageError(
        f"version {version!r} has no form in Python",
        where="--package-version",
        remedy=f"run again with --package-version {plain}, or {plain}-rc.1, -beta.1, -alpha.1, -dev.1",
    )


def maven(version: str) -> str:
    """As Maven writes it, so that its order is SemVer's about releases: `1.0.0-dev.1` ▶ `1.0.0-alpha-dev.1`.

    Maven takes a word that it doesn't know for a later version, where SemVer's pre-releases are
    earlier ones; after `alpha` it compares the word within the alphas.
    """
    plain, dash, pre = version.partition("-")
    return version if not dash or _MAVEN_EARLIER.match(pre) else f"{plain}-alpha-{pre}"


def go(version: str) -> str:
    """As Go's module system writes it: `2.12.0-rc10` ▶ `v2.12.0-rc.10`.

    SemVer sorts rc10 before rc9, but rc.10 after rc.9. A branch or commit that is no release
    becomes a pseudo-version, which Go makes of a time and a commit.
    """
    if unreleased := _UNRELEASED.fullmatch(version):
        return f"v0.0.0-{unreleased[1]}-{unreleased[2]}"
    plain, dash, pre = version.partition("-")
    counted = _COUNTED.fullmatch(pre)
    return f"v{plain}{dash}{'.'.join(counted.groups()) if counted else pre}"


def refusal(language: str, version: str) -> str:
    """Why a registry of the language's won't take the version in public; empty where it takes it.

    Raises UsageError where pep440 does.
    """
    if language == "python" and "+" in (spelled := pep440(version)):
        return f"{spelled} has a local part, which public package indexes refuse"
    if language == "go" and _UNRELEASED.fullmatch(version):
        return f"{go(version)} is a pseudo-version, which no tag may have; Go takes it from a proxy only"
    if language == "java" and maven(version).upper().endswith("-SNAPSHOT"):
        return f"{version} is a snapshot, which repositories of releases refuse"
    return ""
