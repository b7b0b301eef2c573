"""Repositories that are published packages alone: read into folders, for sources that read folders.

The protos are the package's own text where it has some, else they are printed from its descriptors.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.errors import ProtosUnresolved, SourceRefused, UsageError
from protogen.recipe.model import Recipe
from protogen.releases.names import Line, Version, parse_name
from protogen.releases.release import Release, ResolvedRepository
from protogen.sources.index.packages import ChosenPackage, choose_locked, choose_published, reading_order
from protogen.sources.index.project_pages import open_pages
from protogen.sources.selection import packaged
from protogen.sources.worktree import Worktree
from protogen.system.cache import key
from protogen.system.context import Context
from protogen.system.progress import Kind, Meter

if TYPE_CHECKING:
    from protogen.sources.index.wheel_archive import WheelArchive

# To be raised with every change of what a folder holds for the same package.
_EDITION = 1
_WHEEL = "wheel"


@dataclass(frozen=True)
class PackagedRepositories:
    """The repositories of a recipe that have no URL, and get none from the user."""

    recipe: Recipe
    places: Mapping[str, str]
    """What --repo says, by repository."""
    refs: Mapping[str, str]
    """What --ref says."""
    context: Context
    locked: Release | None = None
    """A release as it was resolved before, whose packages are taken again."""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Which these are."""
        return packaged(self.recipe, self.places)

    def choose(self, version: str) -> dict[str, ChosenPackage]:
        """The package of each for a release, by the index's pages.

        Raises ReleaseNotFound, SourceUnreachable, SourceRefused, and UsageError for a --ref of one of these.
        """
        for name in (name for name in self.names if name in self.refs):
            package = self.recipe.repositories[name].published[0].name
            raise UsageError(
                f"{name} is the published package {package}, which has no refs",
                where=f"--ref {name}",
                remedy=f"run again with --repo {name}=URL too, or without --ref {name}",
            )
        if not self.names:
            return {}
        held = {each.name: each for each in self.locked.repositories} if self.locked else {}
        published = {name: self.recipe.repositories[name].published for name in self.names}
        named = parse_name(version, self.recipe.primary.branch, self.recipe.primary.tag)
        release = named if isinstance(named, Line | Version) else None
        asked = [package.name for packages in published.values() for package in packages]
        with open_pages(self.context, asked) as pages:
            return {
                name: choose_locked(held[name], [pages.package(each.name) for each in packages])
                if name in held
                else choose_published(name, release, [(each, pages.package(each.name)) for each in packages])
                for name, packages in published.items()
            }

    def trees(self, version: str, chosen: Mapping[str, ChosenPackage]) -> list[Worktree]:
        """The folders of the packages, from the cache where they were read before.

        Raises SourceUnreachable, SourceRefused, ProtosUnresolved for a package without protos.
        """
        return [
            Worktree(name, self._folder(version, choice), self.recipe.repositories[name].import_roots)
            for name, choice in chosen.items()
        ]

    def resolved(self, chosen: Mapping[str, ChosenPackage]) -> dict[str, ResolvedRepository]:
        """What the release says of each."""
        found = {}
        for name, choice in chosen.items():
            wheel = reading_order(choice.release.wheels)[0]
            note = "; ".join(filter(None, (wheel.name, choice.note)))
            found[name] = ResolvedRepository(name, "", choice.requirement, note=note, sha256=wheel.sha256)
        return found

    def _folder(self, version: str, choice: ChosenPackage) -> Path:
        wheel = reading_order(choice.release.wheels)[0]
        place = key(f"{choice.package}-protos", _EDITION, choice.requirement, wheel.name, wheel.sha256)

        def make(folder: Path) -> None:
            from protogen.sources.index.ranged_file import open_wheel
            from protogen.sources.index.wheel_archive import WheelArchive

            meter = Meter()
            with open_pages(self.context, ()) as pages:
                assert pages.http, "the cache makes nothing of this kind offline"
                with self.context.progress.task(version, Kind.PACKAGE, choice.requirement, meter):
                    file = open_wheel(pages.http, wheel, self.context.cache.root / "tmp", meter.add)
                    with closing(file), closing(WheelArchive(wheel, file)) as archive:
                        _write(archive, folder / _WHEEL, choice.requirement)

        what = f"the protos of {choice.requirement}"
        return self.context.cache.get("fetched", place, make, what=what) / _WHEEL


def _write(archive: WheelArchive, folder: Path, requirement: str) -> None:
    """Write protos and licenses of a wheel into a new folder."""
    texts = {path: archive.read(path) for path in sorted(archive.protos)} or _printed(archive, requirement)
    if not texts:
        raise ProtosUnresolved(
            f"{requirement} holds no protos",
            where=archive.wheel.name,
            remedy="correct the recipe's packages, or give the repository a url",
        )
    licenses = {name: text.encode() for name, text in archive.licenses().items()}
    for path, content in (licenses | texts).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def _printed(archive: WheelArchive, requirement: str) -> dict[str, bytes]:
    """The protos of a wheel that has them compiled only, as text."""
    from protogen.protos import wire
    from protogen.protos.printer import printed
    from protogen.sources.index.pb2_modules import extract
    from protogen.system.paths import check_import

    for span in archive.unread(archive.modules):
        archive.fetch(span)
    found = {}
    for path in sorted(archive.modules):
        descriptor = extract(archive.read(path), where=f"{path} in {archive.wheel.name}")
        check_import(descriptor.name)
        found[descriptor.name] = descriptor.content
    try:
        return dict(printed(b"".join(wire.field(1, content) for content in found.values())).texts)
    except ValueError as error:
        raise SourceRefused(
            f"{requirement} holds descriptors that no proto can declare: {error}",
            where=archive.wheel.name,
            remedy="give the repository a url in the recipe",
        ) from None
