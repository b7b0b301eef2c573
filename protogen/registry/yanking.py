"""Withdrawing versions of packages: they stay, and nobody chooses them any more."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from protogen.errors import UsageError
from protogen.publish.failures import explained
from protogen.registry import indexes, releases
from protogen.registry.adding import UNCHANGED, Status
from protogen.registry.change import change, writing
from protogen.registry.retractions import with_retractions

YANKED = "yanked"
OFFERED = "offered"


def yank(path: Path, name: str, version: str, reason: str | None, ecosystem: str = "") -> list[Status]:
    """Mark a version as one that nobody should choose, in each ecosystem that has it, or in one.

    reason: shown where the ecosystem shows one; None takes the mark away. Nothing is deleted.
    Raises UsageError where no package has the version, OutputInTheWay and OutputUnwritable.
    """
    with explained(path, option="--registry"), writing(path) as folder:
        found = [
            (held, each)
            for held in folder.packages()
            if held.name == name and ecosystem in ("", held.ecosystem)
            for each in held.released
            if each.version.removeprefix("v") == version.removeprefix("v")
        ]
        if not found:
            raise UsageError(
                f"the registry has no version {version} of {name}",
                where=str(path),
                remedy=f"protogen registry list {path}",
            )
        packages = [
            replace(
                held, versions=tuple(replace(v, yanked=reason) if v is each else v for v in held.versions)
            )
            for held, each in found
            if each.yanked != reason
        ]
        if packages:
            packages, files, contents = with_retractions(folder, packages, {}, {})
            pages = indexes.pages(folder, packages, folder.service)
            listed = releases.rows(folder)
            touched = releases.with_packages(folder, listed, packages)
            known = releases.Packages(folder, packages, contents)
            pages |= releases.pages(listed, touched, known, folder.service.url)
            change(folder, [files, indexes.records(packages, contents), indexes.changed(folder, pages)])
        names = {(each.ecosystem, each.name) for each in packages}
        done = YANKED if reason is not None else OFFERED
        return [
            Status(
                held.ecosystem,
                held.name,
                each.version,
                done if (held.ecosystem, held.name) in names else UNCHANGED,
            )
            for held, each in found
        ]
