"""The packages that stand for repositories: which version is taken, and which wheel is read first. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from protogen.errors import ReleaseNotFound
from protogen.recipe.packages import RULE
from protogen.recipe.packages import Package as Rule
from protogen.releases.names import Line, ReleaseName, Version, nearest, newest_final, twin
from protogen.releases.release import ResolvedRepository

_LARGEST = 10**6
_LINES_COMPARED, _LINES_TO_TELL = 6, 3


@dataclass(frozen=True)
class WheelFile:
    """One wheel on a project page."""

    name: str
    url: str
    """It may hold credentials."""
    sha256: str = ""
    """Empty where it isn't given."""
    yanked: bool = False


@dataclass(frozen=True)
class PackageRelease:
    """One version of a package. Yanked where all its wheels are."""

    spelled: str
    """The version as the package writes it."""
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


@dataclass(frozen=True)
class ChosenPackage:
    """One release of one package."""

    package: str
    version: Version
    release: PackageRelease
    note: str = ""
    """Why this version, where that isn't plain."""

    @property
    def requirement(self) -> str:
        """As pip writes it, `package==1.2.3`."""
        return f"{self.package}=={self.release.spelled}"


def check_name(typed: str, named: ReleaseName) -> Line | Version:
    """The release that was named. Raises ReleaseNotFound for what an index can't have: the rest."""
    if isinstance(named, Line | Version):
        return named
    raise ReleaseNotFound(
        f"the index has releases only, and {typed!r} is none",
        where="--source index",
        remedy=f"run again with --source git, or name a release instead of {typed}",
    )


def choose_primary(typed: str, named: Line | Version, packages: Sequence[Package]) -> ChosenPackage:
    """The version that was named, from the first package that has it.

    A line is its newest final release that isn't yanked; an exact number may be a yanked one.
    Raises ReleaseNotFound, naming the nearest ones.
    """
    offered = [version for package in packages for version in package.offered()]
    wanted = as_version(str(named)) if isinstance(named, Version) else newest_final(offered, named)
    for package in packages:
        release = package.releases.get(wanted) if wanted else None
        if wanted and release and (isinstance(named, Version) or not release.yanked):
            note = "yanked by its publisher" if release.yanked else ""
            return ChosenPackage(package.name, wanted, release, note)
    raise _not_found(typed, packages)


def choose_locked(locked: ResolvedRepository, packages: Sequence[Package]) -> ChosenPackage:
    """The same version of the same package as before, and the same file where the index still has it.

    Raises ReleaseNotFound.
    """
    name, _, spelled = locked.ref.partition("==")
    # The file that was read stands before the note; see IndexSource.
    read, _, note = locked.note.partition("; ")
    for package in packages:
        for version, release in package.releases.items():
            if (package.name, release.spelled) == (name, spelled):
                same = tuple(
                    each
                    for each in release.wheels
                    if locked.sha256 and (each.name, each.sha256) == (read, locked.sha256)
                )
                return ChosenPackage(name, version, replace(release, wheels=same or release.wheels), note)
    raise ReleaseNotFound(
        f"the index has no {locked.ref}, which protogen.lock holds {locked.name} to",
        where=locked.name,
        remedy=f"set pip to an index that has it, or protogen lock --update {locked.name}",
    )


def choose_companion(wanted: Version, packages: Iterable[Package]) -> ChosenPackage:
    """The version that goes with `wanted` of the releases' own package.

    The same number from the first package that has it, else the newest lower patch of the line.
    Packages after the one that has the number aren't looked at.
    Raises ReleaseNotFound, naming the nearest ones.
    """
    seen = []
    for package in packages:
        if wanted in package.offered():
            return ChosenPackage(package.name, wanted, package.releases[wanted])
        seen.append(package)
    match = twin(wanted, [version for package in seen for version in package.offered()])
    for package in seen:
        if match and match in package.offered():
            note = f"{package.name} has no {wanted}; {match} is the newest before it"
            return ChosenPackage(package.name, match, package.releases[match], note)
    raise _not_found(
        str(wanted), seen, remedy=f"run again with --source git, or with another release than {wanted}"
    )


def choose_published(
    repository: str, release: Line | Version | None, packages: Sequence[tuple[Rule, Package]]
) -> ChosenPackage:
    """The version that the recipe's rules name, of the first package that has it.

    release: the one that was named; None for a branch or commit.
    Raises ReleaseNotFound.
    """
    for rule, package in packages:
        found = _mapped(release, rule, package) if rule.versions else _ruled(rule.version, package)
        if found:
            return found
    rules = [
        f"{rule.name} {rule.version or ', '.join(f'{key}: {value}' for key, value in rule.versions.items())}"
        for rule, _ in packages
    ]
    of = f" of {repository} for {release}" if release else f" of {repository}"
    raise ReleaseNotFound(
        f"the index has no package{of}, which the recipe takes from {' or '.join(rules)}",
        where=f"repositories.{repository}.packages of the recipe",
        remedy=f"run again with --source git --repo {repository}=URL, or correct the version in the recipe",
    )


def mapped_releases(rule: Rule) -> dict[Version, str]:
    """The releases that a rule names, each with the package's version; a line is its first release."""
    found = {}
    for key, spelled in rule.versions.items():
        major, minor, patch = (*map(int, key.split(".")), 0)[:3]
        found[Version((major, minor, patch))] = spelled
    return found


def _mapped(release: Line | Version | None, rule: Rule, package: Package) -> ChosenPackage | None:
    if release is None:
        return None
    numbers = mapped_releases(rule)
    if isinstance(release, Line):
        number = newest_final(numbers, release)
        spelled = numbers[number] if number else None
    else:
        line = ".".join(map(str, release.parts[:2]))
        number, spelled = release, rule.versions.get(str(release), rule.versions.get(line))
    wanted = as_version(spelled) if spelled else None
    there = package.releases.get(wanted) if wanted else None
    if not number or not there:
        return None
    return ChosenPackage(
        package.name, number, there, f"{number} is in {package.name} {spelled}, by the recipe"
    )


def _ruled(text: str, package: Package) -> ChosenPackage | None:
    from packaging.specifiers import SpecifierSet

    rule = RULE.fullmatch(text)
    if not rule:
        wanted = as_version(text)
        there = package.releases.get(wanted) if wanted else None
        return ChosenPackage(package.name, wanted, there, "by the recipe") if wanted and there else None
    bounds = SpecifierSet(rule["bounds"] or "")
    fitting = [
        version
        for version in package.offered()
        if not version.pre and bounds.contains(package.releases[version].spelled)
    ]
    if not fitting:
        return None
    choose = max if rule["end"] == "newest" else min
    version = choose(fitting, key=lambda each: each.order)
    note = f"the {rule['end']} release{f' with {bounds}' if rule['bounds'] else ''}"
    return ChosenPackage(package.name, version, package.releases[version], note)


def check_numbers(primary: Sequence[Package], other: Package) -> None:
    """Raise ReleaseNotFound where packages aren't released together, so that equal numbers are by chance.

    They are where at least half of the newest lines of the one are lines of the other.
    """
    own, others = (_lines([*packages]) for packages in (primary, (other,)))
    newest = own[:_LINES_COMPARED]
    shared = [line for line in newest if line in others]
    if not others or len(newest) < _LINES_TO_TELL or 2 * len(shared) >= len(newest):
        return
    name = other.name
    raise ReleaseNotFound(
        f"releases of {name} have other numbers than those of {' or '.join(each.name for each in primary)}; "
        "one of the same number goes with it by chance only",
        where=name,
        remedy=f"say in the recipe which one does: packages: [{{name: {name}, version: newest}}]; "
        "or run again with --source git",
    )


def _lines(packages: Sequence[Package]) -> list[tuple[int, ...]]:
    finals = {version.parts[:2] for each in packages for version in each.offered() if not version.pre}
    return sorted(finals, reverse=True)


def _not_found(typed: str, packages: Sequence[Package], remedy: str = "") -> ReleaseNotFound:
    names = " or ".join(package.name for package in packages)
    newest = sorted(
        {version for package in packages for version in package.offered()},
        key=lambda version: version.order,
        reverse=True,
    )
    near = nearest(typed, [str(version) for version in newest])
    return ReleaseNotFound(
        f"the index has no release {typed!r} of {names}"
        + (f"; nearest: {', '.join(near)}" if near else "; it has none at all"),
        where=names,
        remedy=remedy or (f"run again with --version {near[0]}" if near else "run again with --source git"),
    )
