"""What is asked of a release, and what came of it; values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from protogen.languages.base import Language
    from protogen.publish.target import Published
    from protogen.recipe.model import Recipe
    from protogen.releases.release import Release


@dataclass(frozen=True)
class Job:
    """What to make of each release. out: language name ▶ folder, for one version."""

    recipe: Recipe
    languages: tuple[Language[Any, Any], ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    package_version: str = ""
    force: bool = False
    dry_run: bool = False
    verify: bool = False
    regenerate: bool = False

    def versioned(self, release: Release) -> Release:
        """The release, under the package version that was asked for."""
        return replace(release, package_version=self.package_version) if self.package_version else release


@dataclass(frozen=True)
class Outcome:
    """A release that was made, with what the summary tells of each language.

    notices: what it tells of how the protos were read.
    artifacts: what became of the folder of artifacts, where one was asked for.
    """

    release: Release
    published: tuple[Published, ...]
    remarks: Mapping[str, tuple[str, ...]]
    lacking: tuple[str, ...]
    files: int
    notices: tuple[str, ...] = ()
    artifacts: Published | None = None
    verified: bool = False
