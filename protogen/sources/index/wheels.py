"""The wheels of a project: which versions they make, and which of them to read first. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from protogen.releases.names import Version

_LARGEST = 10**6


@dataclass(frozen=True)
class WheelFile:
    """One wheel on a project page. url may hold credentials; sha256 is empty where it isn't given."""

    name: str
    url: str
    sha256: str = ""
    yanked: bool = False


@dataclass(frozen=True)
class PackageRelease:
    """One version of a package: its spelling there, and its wheels. Yanked where all of them are."""

    spelled: str
    wheels: tuple[WheelFile, ...]

    @property
    def yanked(self) -> bool:
        """Whether the publisher withdrew it."""
        return all(wheel.yanked for wheel in self.wheels)


@dataclass(frozen=True)
class Package:
    """A package with what the index offers of it; nothing where the index doesn't know it."""

    name: str
    releases: Mapping[Version, PackageRelease] = field(default_factory=dict)

    def offered(self) -> tuple[Version, ...]:
        """The versions that weren't yanked."""
        return tuple(version for version, release in self.releases.items() if not release.yanked)


def package(name: str, wheels: Iterable[WheelFile]) -> Package:
    """The package that these wheels make; versions that no release name can mean are left out."""
    grouped: dict[str, list[WheelFile]] = {}
    for wheel in wheels:
        parts = wheel.name.split("-")
        if wheel.name.endswith(".whl") and len(parts) >= 5:
            grouped.setdefault(parts[1], []).append(wheel)
    releases = {}
    for spelled, files in grouped.items():
        if version := as_version(spelled):
            releases[version] = PackageRelease(spelled, tuple(files))
    return Package(name, releases)


def as_version(spelled: str) -> Version | None:
    """A Python version as a release name means it; None for .dev, .post, local and longer ones."""
    from packaging.version import InvalidVersion
    from packaging.version import Version as PythonVersion

    try:
        version = PythonVersion(spelled)
    except InvalidVersion:
        return None
    unnamed = version.is_postrelease or version.is_devrelease or version.local or version.epoch
    if unnamed or len(version.release) > 3:
        return None
    major, minor, patch = (*version.release, 0, 0)[:3]
    if max(major, minor, patch) >= _LARGEST:
        return None
    return Version((major, minor, patch), "".join(map(str, version.pre or ())))


def reading_order(wheels: Sequence[WheelFile]) -> tuple[WheelFile, ...]:
    """The wheels, most promising first: x86-64 Linux, then any, then others; newest Python first.

    The modules are the same on every platform, but some platforms' wheels are empty shells. Yanked
    ones come only where the whole release is yanked.
    """
    kept = [wheel for wheel in wheels if not wheel.yanked] or list(wheels)
    return tuple(sorted(kept, key=_rank))


def _rank(wheel: WheelFile) -> tuple[int, tuple[int, ...], str]:
    parts = wheel.name.removesuffix(".whl").split("-")
    python, platform = parts[-3], parts[-1]
    if "manylinux" in platform and "x86_64" in platform:
        place = 0
    elif platform == "any":
        place = 1
    elif "linux" in platform:
        place = 2
    else:
        place = 3
    return place, tuple(-number for number in _python(python)), wheel.name


def _python(tag: str) -> tuple[int, int]:
    """`cp310` is 3.10, `py2.py3` is 3; the newest of several."""
    found = [
        (int(major), int(minor or 0)) for major, minor in re.findall(r"[a-z]+(\d)(\d{0,3})(?![\d_])", tag)
    ]
    return max(found, default=(0, 0))
