"""What is asked of a run, what is made of it, and what came of it; values only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from protogen.errors import ProtogenError, UsageError

if TYPE_CHECKING:
    from protogen.languages.base import Language
    from protogen.languages.package import Package
    from protogen.languages.toolchain.programs import Program
    from protogen.pipeline.lockfile import Lock, LockedRelease
    from protogen.protos.closure import Closure
    from protogen.protos.descriptors import DescriptorSet
    from protogen.publish.target import Published, Target
    from protogen.recipe.model import Recipe
    from protogen.registry.adding import Status, VersionTaken
    from protogen.registry.releases import Compare
    from protogen.releases.release import Release
    from protogen.sources.selection import Selection


ARTIFACTS = "artifacts"
"""The name of the artifacts among what is published; no language has it."""
_PLACEHOLDER = re.compile(r"\{\w*\}")


@dataclass(frozen=True)
class Job:
    """A command line that asks for packages, checked: of which releases, for which languages, where to."""

    selection: Selection
    languages: tuple[Language[Any, Any], ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    """What was chosen for these languages, by option key."""
    package_version: str = ""
    """The packages' version, instead of the release's."""
    out_template: str = "gen"
    artifacts_template: str = ""
    """The folder for what registries take; empty where that isn't wanted."""
    registry: Path | None = None
    """The folder that packages are added to, where that is wanted."""
    registry_url: str = ""
    """Where that folder is served; empty for where it was before."""
    registry_auth: bool | None = None
    """Whether its server asks for credentials; None for what was so before."""
    compare: Compare | None = None
    """What tells that folder's readers what changed from release to release; None leaves it out."""
    lock: Lock | None = None
    """What the releases are held to."""
    force: bool = False
    dry_run: bool = False
    verify: bool = False
    anew: bool = False
    """Whether packages are made whatever the cache keeps."""

    @property
    def recipe(self) -> Recipe:
        """What the packages are of."""
        return self.selection.recipe

    @property
    def versions(self) -> tuple[str, ...]:
        """The releases, as typed."""
        return self.selection.versions

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of extra entry points."""
        return self.selection.groups

    def versioned(self, release: Release) -> Release:
        """The release, under the package version that was asked for."""
        return replace(release, package_version=self.package_version) if self.package_version else release

    def locked(self, version: str) -> LockedRelease | None:
        """What the release is held to; None where nothing is.

        Raises LockMismatch where the lock has no such release, or has it of another recipe.
        """
        return self.lock.release(version, self.recipe.name, self.recipe.digest) if self.lock else None

    def check_registered(self, version: str) -> None:
        """Raise UsageError for a package version that the registry's clients don't take for one."""
        for language in self.languages if self.registry else ():
            if refusal := language.registry_refusal(version):
                raise UsageError(
                    f"{language.name}: {refusal}",
                    where="--package-version",
                    remedy=f"run again with --package-version {version.partition('-')[0]}-dev.1",
                )

    def out(self, version: str, language: str) -> Path:
        """Where a package goes: `{version}` and `{lang}` filled in, appended where they are needed.

        Raises UsageError for any other placeholder, and for no folder.
        """
        template, several = self.out_template, len(self.versions) > 1
        if not template:
            # What is appended would begin at the root of the file system.
            raise UsageError("no folder is given", where="--out", remedy="run again with --out DIR")
        if "{lang}" not in template:
            nested = "{version}/{lang}" if several and "{version}" not in template else "{lang}"
            template = f"{template.rstrip('/')}/{nested}"
        elif several and "{version}" not in template:
            template = template.replace("{lang}", "{version}/{lang}", 1)
        return _filled("--out", template, version=version, lang=language)

    def artifacts(self, version: str) -> Path | None:
        """Where a release's artifacts go, if they are wanted; by release where there are several.

        Raises UsageError for a placeholder other than `{version}`.
        """
        template = self.artifacts_template
        if not template:
            return None
        if len(self.versions) > 1 and "{version}" not in template:
            template = f"{template.rstrip('/')}/{{version}}"
        return _filled("--artifacts", template, version=version)


@dataclass(frozen=True)
class Prepared:
    """A release whose packages are made but not written."""

    closure: Closure
    compiled: DescriptorSet
    packages: Mapping[str, Package[Any]]
    targets: tuple[Target, ...]
    """The packages, to be published, each with what went into it."""

    @property
    def release(self) -> Release:
        """What the release's name was resolved to."""
        return self.closure.release

    @property
    def tools(self) -> dict[str, Program]:
        """What generated, by name."""
        return {name: tool for each in self.packages.values() for name, tool in each.installed.tools.items()}


@dataclass(frozen=True)
class Added:
    """What became of a release's packages in a registry, or in a dry run would."""

    statuses: tuple[Status, ...] = ()
    refusal: VersionTaken | None = None
    """In a dry run: why nothing would be added."""


@dataclass(frozen=True)
class Outcome:
    """A release that was made, with what the summary tells of it."""

    release: Release
    published: tuple[Published, ...]
    remarks: Mapping[str, tuple[str, ...]]
    """What the summary tells of each language's package."""
    missing_entry_points: tuple[str, ...]
    """Entry points that the source couldn't offer."""
    files: int
    """The number of protos."""
    notices: tuple[str, ...] = ()
    """What the summary tells of how the protos were read."""
    artifacts: Published | None = None
    """What became of the folder of artifacts, where one was asked for."""
    verified: bool = False
    registered: tuple[Status, ...] = ()
    """What became of each package in the registry, where one was asked for."""
    refusal: ProtogenError | None = None
    """In a dry run: why the registry would refuse the packages."""


def _filled(option: str, template: str, **known: str) -> Path:
    filled = template
    for name, value in known.items():
        filled = filled.replace(f"{{{name}}}", value.replace("/", "-"))
    if _PLACEHOLDER.search(filled):
        places = [f"{{{name}}}" for name in known]
        example = "/".join(("DIR", *places))
        raise UsageError(
            f"{template!r} has a placeholder that isn't {' or '.join(places)}",
            where=option,
            remedy=f"run again with {option} DIR, or {option} '{example}'",
        )
    return Path(filled)
