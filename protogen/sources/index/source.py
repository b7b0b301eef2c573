"""Protos from the index of Python packages: the compiled ones inside the project's own wheels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from protogen.errors import ProtosUnresolved, UsageError
from protogen.protos.protoset import Form, ProtoFile, ProtoSet, preferred
from protogen.recipe.model import EntryPoints, Recipe
from protogen.recipe.packages import NAME as PACKAGE_NAME
from protogen.recipe.packages import Package as Rule
from protogen.recipe.roots import import_name
from protogen.releases.available import AvailableRelease, of_numbers
from protogen.releases.names import Line, Version, parse_name
from protogen.releases.release import Release, ResolvedRepository
from protogen.sources.base import Found
from protogen.sources.index.compiled_protos import PackagedProtos, closure, import_patterns, matching
from protogen.sources.index.http_client import HttpClient
from protogen.sources.index.packages import (
    ChosenPackage,
    Package,
    WheelFile,
    check_name,
    check_numbers,
    choose_companion,
    choose_locked,
    choose_primary,
    choose_published,
    mapped_releases,
    reading_order,
)
from protogen.sources.index.project_pages import ProjectPages, open_pages
from protogen.sources.index.ranged_file import open_wheel
from protogen.sources.index.wheel_archive import WheelArchive
from protogen.sources.worktree import unlicensed
from protogen.system.cache import key
from protogen.system.context import Context
from protogen.system.locations import without_credentials
from protogen.system.paths import pattern
from protogen.system.progress import Kind, Meter

_WHEELS_TRIED = 4
_FILE = "closure.msgpack"
# To be raised with every change of what is kept, or of how it is found in the packages.
_EDITION = 3


class WheelProtos(msgspec.Struct, frozen=True):
    """What was read of a release's packages, as the cache keeps it: without addresses."""

    entry_points: tuple[str, ...]
    files: dict[str, tuple[ProtoFile, ...]]
    """Every import name that was looked for, with the proto of each repository that has it."""
    wheels: dict[str, str]
    """The wheel that was read, by repository."""
    licenses: dict[str, dict[str, str]]
    """Texts by repository and file."""
    missing_entry_points: tuple[str, ...]
    """Entry points that the packages leave out."""


@dataclass(frozen=True)
class IndexSource:
    """The index that pip is set to, as a source of the recipe's protos."""

    recipe: Recipe
    context: Context
    locked: Release | None = None
    """A release as it was resolved before; the repositories that it names are read of the same packages, and
    of the same files as far as the index still has them."""

    def find(self, version: str, groups: tuple[str, ...]) -> Found:
        """The packages of the release, by the index's pages; see Source."""
        self.recipe.selected(groups)
        primary = self.recipe.primary
        named = check_name(version, parse_name(version, primary.branch, primary.tag))
        packages = self._packages()
        with open_pages(self.context, [each.name for rules in packages.values() for each in rules]) as pages:
            chosen = self._choose(version, named, packages, pages)
        return Found(lambda: self._protoset(version, chosen, self._closure(version, groups, chosen)))

    def releases(self) -> tuple[AvailableRelease, ...]:
        """The releases that can be named; those that were yanked are left out."""
        rules = self._packages()[self.recipe.releases]
        names = [each.name for each in rules]
        refs: dict[Version, str] = {}
        asking = self.context.progress.task("", Kind.REFS, ", ".join(names))
        with asking, open_pages(self.context, names) as pages:
            for rule, package in [(each, pages.package(each.name)) for each in rules]:
                for version, spelled in mapped_releases(rule).items():
                    refs.setdefault(version, f"{package.name}=={spelled}")
                for version in package.offered() if not rule.versions else ():
                    refs.setdefault(version, f"{package.name}=={package.releases[version].spelled}")
        return of_numbers(refs, self.recipe.primary.branch, "index")

    def _packages(self) -> dict[str, tuple[Rule, ...]]:
        """The packages of each repository. Raises UsageError."""
        packages = {name: repository.published for name, repository in self.recipe.repositories.items()}
        for name in (each.name for rules in packages.values() for each in rules):
            if not PACKAGE_NAME.fullmatch(name):
                raise UsageError(
                    f"{name!r} can't be the name of a package", where=f"recipe {self.recipe.name}"
                )
        return packages

    def _choose(
        self,
        typed: str,
        named: Line | Version,
        packages: Mapping[str, tuple[Rule, ...]],
        pages: ProjectPages,
    ) -> dict[str, ChosenPackage]:
        """The package release of each repository, in the order of the recipe."""
        releases = self.recipe.releases

        def choose(repository: str, primary: ChosenPackage | None = None) -> ChosenPackage:
            rules = packages[repository]
            offered = (pages.package(rule.name) for rule in rules)
            if repository in self._held:
                return choose_locked(self._held[repository], list(offered))
            if any(rule.version or rule.versions for rule in rules):
                release = primary.version if primary else named
                return choose_published(repository, release, list(zip(rules, offered, strict=True)))
            if primary:
                own = [pages.package(rule.name) for rule in packages[releases]]
                return choose_companion(primary.version, map(partial(checked, own), offered))
            return choose_primary(typed, named, list(offered))

        def checked(own: Sequence[Package], package: Package) -> Package:
            if not any(rule.versions for rule in packages[releases]):
                check_numbers(own, package)
            return package

        primary = choose(releases)
        return {name: primary if name == releases else choose(name, primary) for name in packages}

    @property
    def _held(self) -> dict[str, ResolvedRepository]:
        """The repositories that the lock holds to a package."""
        return {each.name: each for each in self.locked.repositories if each.ref} if self.locked else {}

    def _closure(
        self, version: str, groups: tuple[str, ...], chosen: Mapping[str, ChosenPackage]
    ) -> WheelProtos:
        """The protos in the packages. Raises ProtosUnresolved where they leave out what a group asks for."""
        candidates = {
            repository: reading_order(choice.release.wheels)[:_WHEELS_TRIED]
            for repository, choice in chosen.items()
        }
        wheels = {
            repository: [chosen[repository].requirement, *((wheel.name, wheel.sha256) for wheel in tried)]
            for repository, tried in candidates.items()
        }
        place = key("index-protos", _EDITION, self.recipe.digest, sorted(groups), wheels)

        def make(folder: Path) -> None:
            with open_pages(self.context, ()) as pages:
                assert pages.http, "the cache makes nothing of this kind offline"
                read = self._read(version, groups, chosen, candidates, pages.http)
            (folder / _FILE).write_bytes(msgspec.msgpack.encode(read))

        entry = self.context.cache.get("fetched", place, make, what=f"release {version} from the index")
        return msgspec.msgpack.decode((entry / _FILE).read_bytes(), type=WheelProtos)

    def _read(
        self,
        version: str,
        groups: tuple[str, ...],
        chosen: Mapping[str, ChosenPackage],
        candidates: Mapping[str, Sequence[WheelFile]],
        http: HttpClient,
    ) -> WheelProtos:
        """The closure, from wheels that are opened and read in parallel."""

        def spread(function: Callable[[Any], None], items: Sequence[Any]) -> None:
            list(http.threads.map(function, items))

        with ExitStack() as stack:
            opening = {}
            for repository, choice in chosen.items():
                meter = Meter()
                stack.enter_context(
                    self.context.progress.task(version, Kind.PACKAGE, choice.requirement, meter)
                )
                wheels = candidates[repository]
                opening[repository] = http.threads.submit(self._open, repository, choice, wheels, http, meter)
            for future in opening.values():
                stack.callback(_close, future)
            packages = {repository: future.result() for repository, future in opening.items()}
            matched = {
                entry: matching(
                    packages[entry.repository],
                    self._import_patterns(entry.repository, entry.pattern),
                    spread,
                    self._excluded(entry),
                )
                for entry in self.recipe.selected(groups)
            }
            self._check_groups(groups, matched, chosen)
            entry_points = tuple(sorted({name for names in matched.values() for name in names}))
            licenses = {repository: package.wheel.licenses() for repository, package in packages.items()}
            return WheelProtos(
                entry_points,
                closure(entry_points, tuple(packages.values()), spread, self.recipe.aliases),
                {repository: package.wheel.wheel.name for repository, package in packages.items()},
                {repository: texts for repository, texts in licenses.items() if texts},
                self._missing_entry_points(matched, entry_points),
            )

    def _import_patterns(self, repository: str, path_pattern: str) -> tuple[str, ...]:
        return import_patterns(path_pattern, self.recipe.repositories[repository].import_roots)

    def _excluded(self, entry: EntryPoints) -> tuple[str, ...]:
        """Patterns of import names that aren't wanted: by the entry point, and by the import roots."""
        roots = self.recipe.repositories[entry.repository].import_roots
        by_root = (text for root in roots for each in root.exclude for text in import_patterns(each, [root]))
        by_entry = (text for each in entry.exclude for text in import_patterns(each, roots))
        return (*by_entry, *by_root)

    def _open(
        self,
        repository: str,
        choice: ChosenPackage,
        wheels: Sequence[WheelFile],
        http: HttpClient,
        meter: Meter,
    ) -> PackagedProtos:
        """The first of the wheels that holds what is wanted of it.

        Raises ProtosUnresolved where none does.
        """
        folders = self.recipe.repositories[repository].package_folders
        entries = (entry for entry in self.recipe.entry_points if entry.repository == repository)
        wanted = [text for entry in entries for text in self._import_patterns(repository, entry.pattern)]
        for wheel in wheels:
            file = open_wheel(http, wheel, self.context.cache.root / "tmp", meter.add)
            with ExitStack() as stack:
                stack.callback(file.close)
                package = PackagedProtos(repository, WheelArchive(wheel, file), folders)
                if package.wheel.modules and (not wanted or any(map(package.alike, wanted))):
                    stack.pop_all()
                    return package
        raise ProtosUnresolved(
            f"no wheel of {choice.requirement} holds the compiled protos that the recipe asks for",
            where=", ".join(wheel.name for wheel in wheels),
            remedy="run again with --source git",
        )

    def _check_groups(
        self,
        groups: tuple[str, ...],
        matched: Mapping[EntryPoints, tuple[str, ...]],
        chosen: Mapping[str, ChosenPackage],
    ) -> None:
        for group in groups:
            missing = [
                entry.pattern for entry in self.recipe.groups[group] if not (entry.optional or matched[entry])
            ]
            if missing:
                published = ", ".join(choice.requirement for choice in chosen.values())
                raise ProtosUnresolved(
                    f"the published packages leave out {', '.join(missing)}, which group {group} asks for",
                    where=published,
                    remedy=f"run again with --source git, or without --with {group}",
                )

    def _missing_entry_points(
        self, selected: Iterable[EntryPoints], entry_points: tuple[str, ...]
    ) -> tuple[str, ...]:
        """The unpublished files that were asked for and aren't in the packages, by import name."""
        found = set()
        for entry in selected:
            repository = self.recipe.repositories[entry.repository]
            found |= {
                import_name(path, repository.import_roots)
                for path in repository.unpublished
                if pattern(entry.pattern).fullmatch(path)
                and not any(pattern(each).fullmatch(path) for each in entry.exclude)
            }
        return tuple(sorted(found - {"", *entry_points}))

    def _protoset(self, version: str, chosen: Mapping[str, ChosenPackage], found: WheelProtos) -> ProtoSet:
        resolved = []
        for name, choice in chosen.items():
            read = found.wheels[name]
            resolved.append(
                ResolvedRepository(
                    name,
                    without_credentials(self.recipe.repositories[name].url),
                    choice.requirement,
                    note="; ".join(filter(None, (read, choice.note))),
                    sha256=next((each.sha256 for each in choice.release.wheels if each.name == read), ""),
                )
            )

        # A package knows nothing of the roots that its files had.
        rootless = [msgspec.structs.replace(each, root="") for each in self.recipe.prefer]

        aliases = self.recipe.aliases

        def find(name: str) -> tuple[ProtoFile, ...]:
            return preferred(rootless, name, found.files.get(aliases.get(name, name), ()))

        first = self.recipe.releases
        held = self.locked if first in self._held else None
        number = held.package_version if held else str(chosen[first].version)
        return ProtoSet(
            Release(version, number, "index", tuple(resolved)),
            Form.DESCRIPTOR,
            found.entry_points,
            find,
            tuple(choice.requirement for choice in chosen.values()),
            found.licenses,
            found.missing_entry_points,
            unlicensed({name: found.licenses.get(name, {}) for name in chosen}, "the package of "),
            aliases=aliases,
            strip_options=self.recipe.strip_options,
        )


def _close(opening: Future[PackagedProtos]) -> None:
    if not opening.exception():
        opening.result().wheel.close()
