"""Protos from the index of Python packages: the compiled ones inside the project's own wheels."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from protogen.errors import ProtosUnresolved, UsageError
from protogen.protos.protoset import Form, ProtoFile, ProtoSet, preferred
from protogen.releases.available import AvailableRelease, of_numbers
from protogen.releases.names import parse_name
from protogen.releases.release import Release, ResolvedRepository
from protogen.sources.base import Found
from protogen.sources.index import wheel_protos
from protogen.sources.index.choices import Chosen, check_name, choose_companion, choose_locked, choose_primary
from protogen.sources.index.compiled_protos import PackagedProtos, closure, import_patterns, matching
from protogen.sources.index.http_client import CONNECTIONS, HttpClient
from protogen.sources.index.project_pages import OnlinePages, RememberedPages
from protogen.sources.index.ranged_file import open_wheel
from protogen.sources.index.wheel_archive import WheelArchive
from protogen.sources.index.wheel_protos import WheelProtos
from protogen.sources.index.wheels import WheelFile, reading_order
from protogen.sources.worktree import unlicensed
from protogen.system import pip_settings
from protogen.system.keyring import Keyring
from protogen.system.locations import without_credentials
from protogen.system.parallel import Once
from protogen.system.paths import import_name, pattern
from protogen.system.process import Processes
from protogen.system.progress import Kind, Meter, Progress

if TYPE_CHECKING:
    from protogen.recipe.model import EntryPoints, Recipe
    from protogen.releases.names import Line, Version
    from protogen.system.cache import Cache


_WHEELS_TRIED = 4
_PACKAGE_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")


@dataclass(frozen=True)
class _Offline:
    """An index that isn't asked: what the cache remembers of it."""

    pages: RememberedPages


@dataclass(frozen=True)
class _Online:
    """An index while it is asked."""

    pages: OnlinePages
    http: HttpClient
    pool: ThreadPoolExecutor


class IndexSource:
    """The index that pip is set to, as a source of the recipe's protos.

    environ: where pip's settings and the locations of its files come from; os.environ by default.
    once: what the releases of a run share, the project pages. progress: where readings are told of.
    locked: a release as it was resolved before; the repositories that it names are read of the same
    packages, and of the same files as far as the index still has them.
    processes: starts the user's keyring.
    """

    name = "index"

    def __init__(
        self,
        recipe: Recipe,
        cache: Cache,
        *,
        environ: Mapping[str, str] | None = None,
        once: Once | None = None,
        progress: Progress | None = None,
        locked: Release | None = None,
        processes: Processes | None = None,
    ) -> None:
        self._recipe, self._cache = recipe, cache
        self._once, self._progress = once or Once(), progress or Progress()
        self._environ = os.environ if environ is None else environ
        self._locked = locked
        self._held = {each.name: each for each in locked.repositories if each.ref} if locked else {}
        self._processes = processes or Processes()

    def find(self, version: str, groups: tuple[str, ...]) -> Found:
        """The packages of the release, by the index's pages; see Source."""
        selected = self._recipe.selected(groups)
        primary = self._recipe.primary
        named = check_name(version, parse_name(version, primary.branch, primary.tag))
        packages = self._packages()
        with self._index([name for names in packages.values() for name in names]) as index:
            chosen = self._choose(version, named, packages, index.pages)
        return Found(
            lambda: self._protoset(version, chosen, self._closure(version, groups, selected, chosen))
        )

    def releases(self) -> tuple[AvailableRelease, ...]:
        """The releases that can be named; those that were yanked are left out."""
        names = self._packages()[self._recipe.releases]
        refs: dict[Version, str] = {}
        asking = self._progress.task("", Kind.REFS, ", ".join(names))
        with asking, self._index(names) as index:
            for package in [index.pages.package(name) for name in names]:
                for version in package.offered():
                    refs.setdefault(version, f"{package.name}=={package.releases[version].spelled}")
        return of_numbers(refs, self._recipe.primary.branch, self.name)

    def _packages(self) -> dict[str, tuple[str, ...]]:
        """The packages of each repository that has some. Raises UsageError."""
        packages = {name: repo.packages for name, repo in self._recipe.repositories.items() if repo.packages}
        if self._recipe.releases not in packages:
            raise UsageError(
                f"recipe {self._recipe.name} names no published packages of {self._recipe.releases}",
                where="--source index",
                remedy="run again with --source git",
            )
        for name in (name for names in packages.values() for name in names):
            if not _PACKAGE_NAME.fullmatch(name):
                raise UsageError(
                    f"{name!r} can't be the name of a package", where=f"recipe {self._recipe.name}"
                )
        return packages

    @contextmanager
    def _index(self, names: Sequence[str]) -> Iterator[_Online | _Offline]:
        settings = pip_settings.read(self._environ)
        if self._cache.offline:
            yield _Offline(RememberedPages(settings, self._cache))
            return
        with ExitStack() as stack:
            keyring = Keyring.of(settings, self._processes, self._environ)
            http = HttpClient(settings, keyring=keyring.credentials if keyring else None, once=self._once)
            stack.callback(http.close)
            pool = stack.enter_context(ThreadPoolExecutor(CONNECTIONS))
            pages = OnlinePages(settings, http, self._cache, pool, self._once)
            pages.ask(names)
            yield _Online(pages, http, pool)

    def _choose(
        self,
        typed: str,
        named: Line | Version,
        packages: Mapping[str, tuple[str, ...]],
        pages: OnlinePages | RememberedPages,
    ) -> dict[str, Chosen]:
        """The package release of each repository, in the order of the recipe."""
        releases, held = self._recipe.releases, {}
        for repository, names in packages.items():
            if repository in self._held:
                locked = self._held[repository]
                held[repository] = choose_locked(locked, [pages.package(name) for name in names])
        primary = held.get(releases)
        if primary is None:
            primary = choose_primary(typed, named, [pages.package(name) for name in packages[releases]])
        chosen = {}
        for repository, names in packages.items():
            if repository in held:
                chosen[repository] = held[repository]
            elif repository == releases:
                chosen[repository] = primary
            else:
                chosen[repository] = choose_companion(
                    primary.version, (pages.package(name) for name in names)
                )
        return chosen

    def _closure(
        self,
        version: str,
        groups: tuple[str, ...],
        selected: Sequence[EntryPoints],
        chosen: Mapping[str, Chosen],
    ) -> WheelProtos:
        """The protos in the packages. Raises ProtosUnresolved where they leave out what a group asks for."""
        candidates = {
            repository: reading_order(choice.release.wheels)[:_WHEELS_TRIED]
            for repository, choice in chosen.items()
        }
        key = wheel_protos.key(self._recipe.digest, groups, chosen, candidates)

        def make(folder: Path) -> None:
            with self._index(()) as index:
                assert isinstance(index, _Online), "the cache makes nothing of this kind offline"
                read = self._read(version, groups, selected, chosen, candidates, index)
            wheel_protos.save(read, folder)

        what = f"release {version} from the index"
        return wheel_protos.load(self._cache.get("fetched", key, make, what=what))

    def _read(
        self,
        version: str,
        groups: tuple[str, ...],
        selected: Sequence[EntryPoints],
        chosen: Mapping[str, Chosen],
        candidates: Mapping[str, Sequence[WheelFile]],
        index: _Online,
    ) -> WheelProtos:
        """The closure, from wheels that are opened and read in parallel."""

        def spread(function: Callable[[Any], None], items: Sequence[Any]) -> None:
            list(index.pool.map(function, items))

        with ExitStack() as stack:
            opening = {}
            for repository, choice in chosen.items():
                meter = Meter()
                stack.enter_context(self._progress.task(version, Kind.PACKAGE, choice.requirement, meter))
                wheels = candidates[repository]
                opening[repository] = index.pool.submit(self._open, repository, choice, wheels, index, meter)
            for future in opening.values():
                stack.callback(_close, future)
            packages = {repository: future.result() for repository, future in opening.items()}
            matched = {entry: self._matching(entry, packages, spread) for entry in selected}
            self._check_groups(groups, matched, chosen)
            entry_points = tuple(sorted({name for names in matched.values() for name in names}))
            return WheelProtos(
                entry_points,
                closure(entry_points, tuple(packages.values()), spread),
                {repository: package.wheel.wheel.name for repository, package in packages.items()},
                {
                    repository: texts
                    for repository, package in packages.items()
                    if (texts := package.wheel.licenses())
                },
                self._missing_entry_points(selected, entry_points),
            )

    def _open(
        self, repository: str, choice: Chosen, wheels: Sequence[WheelFile], index: _Online, meter: Meter
    ) -> PackagedProtos:
        """The first of the wheels that holds what is wanted of it.

        Raises ProtosUnresolved where none does.
        """
        described = self._recipe.repositories[repository]
        wanted = [
            text
            for entry in self._recipe.entry_points
            if entry.repository == repository
            for text in import_patterns(entry.pattern, described.roots)
        ]
        for wheel in wheels:
            file = open_wheel(index.http, wheel, self._cache.root / "tmp", meter.add)
            with ExitStack() as stack:
                stack.callback(file.close)
                package = PackagedProtos(repository, WheelArchive(wheel, file), described.package_folders)
                if package.wheel.modules and (not wanted or any(map(package.alike, wanted))):
                    stack.pop_all()
                    return package
        raise ProtosUnresolved(
            f"no wheel of {choice.requirement} holds the compiled protos that the recipe asks for",
            where=", ".join(wheel.name for wheel in wheels),
            remedy="run again with --source git",
        )

    def _matching(
        self,
        entry: EntryPoints,
        packages: Mapping[str, PackagedProtos],
        spread: Callable[[Callable[[Any], None], Sequence[Any]], None],
    ) -> tuple[str, ...]:
        if entry.repository not in packages:
            return ()
        roots = self._recipe.repositories[entry.repository].roots
        return matching(packages[entry.repository], import_patterns(entry.pattern, roots), spread)

    def _check_groups(
        self,
        groups: tuple[str, ...],
        matched: Mapping[EntryPoints, tuple[str, ...]],
        chosen: Mapping[str, Chosen],
    ) -> None:
        for group in groups:
            lacking = [entry.pattern for entry in self._recipe.groups[group] if not matched[entry]]
            if lacking:
                published = ", ".join(choice.requirement for choice in chosen.values())
                raise ProtosUnresolved(
                    f"the published packages leave out {', '.join(lacking)}, which group {group} asks for",
                    where=published,
                    remedy=f"run again with --source git, or without --with {group}",
                )

    def _missing_entry_points(
        self, selected: Sequence[EntryPoints], entry_points: tuple[str, ...]
    ) -> tuple[str, ...]:
        """The unpublished files that were asked for and aren't in the packages, by import name."""
        found = set()
        for entry in selected:
            repository = self._recipe.repositories[entry.repository]
            found |= {
                import_name(path, repository.roots)
                for path in repository.unpublished
                if pattern(entry.pattern).fullmatch(path)
            }
        return tuple(sorted(found - set(entry_points)))

    def _protoset(self, version: str, chosen: Mapping[str, Chosen], found: WheelProtos) -> ProtoSet:
        resolved = [
            _resolved(name, without_credentials(repository.url), chosen.get(name), found)
            for name, repository in self._recipe.repositories.items()
        ]

        # A package knows nothing of the roots that its files had.
        rootless = [msgspec.structs.replace(each, root="") for each in self._recipe.prefer]

        def find(name: str) -> tuple[ProtoFile, ...]:
            return preferred(rootless, name, found.files.get(name, ()))

        first = self._recipe.releases
        number = str(chosen[first].version)
        if self._locked and first in self._held:
            number = self._locked.package_version
        return ProtoSet(
            Release(version, number, self.name, tuple(resolved)),
            Form.DESCRIPTOR,
            found.entry_points,
            find,
            tuple(choice.requirement for choice in chosen.values()),
            found.licenses,
            found.missing_entry_points,
            unlicensed({name: found.licenses.get(name, {}) for name in chosen}, "the package of "),
        )


def _resolved(name: str, url: str, choice: Chosen | None, found: WheelProtos) -> ResolvedRepository:
    if choice is None:
        return ResolvedRepository(name, url, note="it has no published packages")
    read = found.wheels[name]
    sha256 = next((wheel.sha256 for wheel in choice.release.wheels if wheel.name == read), "")
    note = "; ".join(filter(None, (read, choice.note)))
    return ResolvedRepository(name, url, choice.requirement, note=note, sha256=sha256)


def _close(opening: Future[PackagedProtos]) -> None:
    if not opening.exception():
        opening.result().wheel.close()
