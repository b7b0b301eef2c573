"""Releases in the registry's folder: which of them a change touches, and the pages that follow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from msgspec.structs import replace

from protogen.errors import OutputUnwritable
from protogen.registry.folder import Folder, release_path, release_record
from protogen.registry.in_the_way import check_free
from protogen.registry.model import Addition, Contents, Held, Package, Version
from protogen.registry.pages import catalogue, page
from protogen.registry.pages.catalogue import Row, Yanks
from protogen.registry.release import Changes, Release, evidence, predecessors
from protogen.system.files import digest

Compare: TypeAlias = Callable[[bytes, bytes], Changes]
"""What changed from one serialized descriptor set to the other."""


@dataclass(frozen=True)
class Packages:
    """The folder's packages as they will be."""

    folder: Folder
    held: Iterable[Held] = ()
    """Those that differ from what is in the folder."""
    contents: Mapping[Version, Contents] = field(default_factory=dict)
    """What versions consist of that aren't in the folder yet."""
    _yanks: dict[tuple[str, str], Yanks] = field(default_factory=dict)
    """Known already, by ecosystem and name."""

    def __post_init__(self) -> None:
        for each in self.held:
            self._yanks[each.ecosystem, each.name] = _yanked(each)

    def yanks(self, release: Release) -> Yanks:
        """Which of a release's packages are withdrawn, and why."""
        for each in release.packages:
            key = each.ecosystem, each.name
            if key not in self._yanks:
                held = self.folder.package(*key)
                self._yanks[key] = _yanked(held) if held else {}
        return {
            each.key: self._yanks[each.ecosystem, each.name][each.key]
            for each in release.packages
            if each.key in self._yanks[each.ecosystem, each.name]
        }

    def files(self, release: Release) -> page.Files:
        """What a release's packages consist of."""
        found = {
            each.key: self.contents.get(each.key) or self.folder.contents(*each.key)
            for each in release.packages
        }
        return {key: each.files for key, each in found.items() if each}


def rows(folder: Folder) -> tuple[Row, ...]:
    """The list of releases as it was written last; where that is gone, from the records."""
    try:
        found = catalogue.read((folder.path / catalogue.PATH).read_bytes())
    except (FileNotFoundError, IsADirectoryError):
        found = ()
    packages = Packages(folder)
    return found or tuple(catalogue.row(each, packages.yanks(each)) for _, each in folder.releases())


def after_run(
    folder: Folder,
    listed: Iterable[Row],
    additions: Iterable[Addition],
    place: str,
    files: Mapping[str, bytes],
    compare: Compare | None,
) -> list[Release]:
    """The releases that differ after a run: its own, and those that come right behind it.

    listed: all releases before it. place: the folder of the run's evidence, below the registry's; files:
    what is in it, by path below the registry's folder. compare: None leaves out what changed.
    Raises OutputUnwritable for a damaged record.
    """
    recipe, version = _named(place)
    before = folder.release(recipe, version) or Release(recipe, version)
    after = before.with_run((Package(*each.key) for each in additions), evidence(place, files))
    versions = {each.version for each in listed if each.recipe == recipe}
    was, now = predecessors(versions), predecessors({*versions, version})
    is_new = not before.evidence or before.main != after.main
    behind = [
        each
        for each, previous in now.items()
        if each != version and (previous != was[each] or (is_new and previous == version))
    ]
    known = {version: after, **{each: _needed(folder, recipe, each) for each in behind}}

    def of(wanted: str) -> Release | None:
        return known.get(wanted) or (_needed(folder, recipe, wanted) if wanted else None)

    return [
        each
        if each == before and _is_compared(each, of(now[name]))
        else _compared(folder, each, of(now[name]), files, compare)
        for name, each in known.items()
    ]


def of_run(folder: Folder, place: str) -> list[Release]:
    """The release of a run that added nothing, if the folder has it; place: as for `after_run`."""
    found = folder.release(*_named(place))
    return [found] if found else []


def with_packages(folder: Folder, listed: Iterable[Row], packages: Iterable[Held]) -> list[Release]:
    """The releases that brought a version of these packages."""
    keys = {(each.ecosystem, each.name) for each in packages}
    return [
        _needed(folder, *row.key)
        for row in listed
        if any((each.ecosystem, each.name) in keys for each in row.packages)
    ]


def records(releases: Iterable[Release]) -> dict[str, bytes]:
    """The records of these releases, by path."""
    return {path: content for each in releases for path, content in release_record(each).items()}


def pages(
    listed: Iterable[Row], releases: Iterable[Release], packages: Packages, url: str
) -> dict[str, bytes]:
    """The pages of these releases, as they will be, then the list of all and its page.

    listed: all releases before the change. Raises OutputInTheWay where a foreign file is in the place of the
    first list or page.
    """
    known = {each.key: each for each in listed}
    after = dict(known)
    found: dict[str, bytes] = {}
    for each in releases:
        yanks = packages.yanks(each)
        found[catalogue.page_path(each.recipe, each.version)] = page.release(
            each, packages.files(each), yanks, url
        )
        after[each.key] = catalogue.row(each, yanks)
    if not after:
        return {}
    lists = _lists(after.values(), url)
    if not known:
        check_free(packages.folder, lists)
    return found | lists


def expected(folder: Folder, url: str) -> Iterator[tuple[str, bytes]]:
    """All pages and lists as the records want them, by path. Raises OutputUnwritable for a damaged record."""
    packages = Packages(folder)
    listed: list[Row] = []
    for _, each in folder.releases():
        yanks = packages.yanks(each)
        listed.append(catalogue.row(each, yanks))
        path = catalogue.page_path(each.recipe, each.version)
        yield path, page.release(each, packages.files(each), yanks, url)
    if listed:
        yield from _lists(listed, url).items()


def _lists(listed: Iterable[Row], url: str) -> dict[str, bytes]:
    found = catalogue.ordered(listed)
    return {catalogue.PATH: catalogue.render(found), page.PATH: page.index(found, url)}


def _named(place: str) -> tuple[str, str]:
    """The recipe and the version of the folder of a run's evidence."""
    _, recipe, version, _ = place.split("/")
    return recipe, version


def _needed(folder: Folder, recipe: str, version: str) -> Release:
    """The record of a release that the list has."""
    found = folder.release(recipe, version)
    if found is None:
        path = folder.path / release_path(recipe, version)
        raise OutputUnwritable(
            f"the registry's record of {recipe} {version} is missing",
            where=str(path),
            remedy=f"put {path.name} back from a backup, then protogen registry verify {folder.path}",
        )
    return found


def _is_compared(each: Release, previous: Release | None) -> bool:
    """Whether the release's record says what changed since that one already."""
    if previous is None:
        return not each.since
    known = (each.since, each.since_release) == (previous.version, previous.main.release)
    return known and each.changes is not None


def _compared(
    folder: Folder, each: Release, previous: Release | None, new: Mapping[str, bytes], compare: Compare | None
) -> Release:
    """The release with what changed since the one before."""
    if previous is None:
        return replace(each, since="", since_release="", changes=None)
    old, now = (_descriptor_set(folder, release, new) for release in (previous, each))
    changes = compare(old, now) if compare and old is not None and now is not None else None
    return replace(each, since=previous.version, since_release=previous.main.release, changes=changes)


def _descriptor_set(folder: Folder, release: Release, new: Mapping[str, bytes]) -> bytes | None:
    """The release's descriptor set; None where it isn't there as it was written."""
    path = release.main.descriptor_set
    try:
        content = new[path] if path in new else (folder.path / path).read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        return None
    return content if digest(content) == release.main.files.get(path) else None


def _yanked(held: Held) -> Yanks:
    return {
        (held.ecosystem, held.name, each.version): each.yanked
        for each in held.versions
        if each.yanked is not None
    }
