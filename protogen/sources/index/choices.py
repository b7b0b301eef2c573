"""Which version of which package stands for each repository of a release. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from protogen.errors import ReleaseNotFound
from protogen.releases.names import Line, ReleaseName, Version, nearest, newest_final, twin

if TYPE_CHECKING:
    from protogen.releases.release import ResolvedRepository
    from protogen.sources.index.wheels import Package, PackageRelease


_SPELLED = {"alpha": "a", "beta": "b", "pre": "rc"}


@dataclass(frozen=True)
class Chosen:
    """One release of one package; note: why this version, where that isn't plain."""

    package: str
    version: Version
    release: PackageRelease
    note: str = ""

    @property
    def requirement(self) -> str:
        """As pip writes it, `package==1.2.3`."""
        return f"{self.package}=={self.release.spelled}"


def as_python_spells(version: Version) -> Version:
    """The version with its pre-release as Python packages spell it, `alpha1` as `a1`."""
    pre = version.pre
    for long, short in _SPELLED.items():
        if pre.startswith(long):
            pre = short + pre.removeprefix(long)
    if pre and not pre[-1].isdigit():
        pre += "0"
    return replace(version, pre=pre)


def check_name(typed: str, named: ReleaseName) -> Line | Version:
    """The release that was named. Raises ReleaseNotFound for what an index can't have: the rest."""
    if isinstance(named, Line | Version):
        return named
    raise ReleaseNotFound(
        f"the index has releases only, and {typed!r} is none",
        where="--source index",
        remedy=f"run again with --source git, or name a release instead of {typed}",
    )


def choose_primary(typed: str, named: Line | Version, packages: Sequence[Package]) -> Chosen:
    """The version that was named, from the first package that has it.

    A line is its newest final release that isn't yanked; an exact number may be a yanked one.
    Raises ReleaseNotFound, naming the nearest ones.
    """
    offered = [version for package in packages for version in package.offered()]
    wanted = as_python_spells(named) if isinstance(named, Version) else newest_final(offered, named)
    for package in packages:
        release = package.releases.get(wanted) if wanted else None
        if wanted and release and (isinstance(named, Version) or not release.yanked):
            note = "yanked by its publisher" if release.yanked else ""
            return Chosen(package.name, wanted, release, note)
    raise _not_found(typed, packages)


def choose_locked(locked: ResolvedRepository, packages: Sequence[Package]) -> Chosen:
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
                return Chosen(name, version, replace(release, wheels=same or release.wheels), note)
    raise ReleaseNotFound(
        f"the index has no {locked.ref}, which protogen.lock holds {locked.name} to",
        where=locked.name,
        remedy=f"set pip to an index that has it, or protogen lock --update {locked.name}",
    )


def choose_companion(wanted: Version, packages: Iterable[Package]) -> Chosen:
    """The version that goes with `wanted` of the releases' own package.

    The same number from the first package that has it, else the newest lower patch of the line.
    Packages after the one that has the number aren't looked at.
    Raises ReleaseNotFound, naming the nearest ones.
    """
    seen = []
    for package in packages:
        if wanted in package.offered():
            return Chosen(package.name, wanted, package.releases[wanted])
        seen.append(package)
    match = twin(wanted, [version for package in seen for version in package.offered()])
    for package in seen:
        if match and match in package.offered():
            note = f"{package.name} has no {wanted}; {match} is the newest before it"
            return Chosen(package.name, match, package.releases[match], note)
    raise _not_found(
        str(wanted), seen, remedy=f"run again with --source git, or with another release than {wanted}"
    )


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
