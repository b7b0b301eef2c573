"""What artifacts are made of: a release, what was read for it, and the packages that came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from protogen.languages.documents import public_place

if TYPE_CHECKING:
    from protogen.languages.package import Coordinates
    from protogen.languages.toolchain.toolbox import Program
    from protogen.releases.release import Release, ResolvedRepository


@dataclass(frozen=True)
class Subject:
    """Values only.

    name, title, license, recipe_sha256: of the recipe. closure_sha256: of what was compiled. protos: text by
    import name, empty where the source has compiled protos only. descriptor_set: serialized.
    coordinates: of each language's package, its own first. settings: what the user chose.
    """

    name: str
    title: str
    license: str
    recipe_sha256: str
    release: Release
    closure_sha256: str
    descriptor_set: bytes
    protos: Mapping[str, bytes]
    licenses: Mapping[str, Mapping[str, str]]
    tools: Mapping[str, Program]
    coordinates: Mapping[str, tuple[Coordinates, ...]]
    settings: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        """How the files that belong to no language begin."""
        return f"{self.name}-{self.release.package_version}"


@dataclass(frozen=True)
class Input:
    """A repository or package that protos came from. uri: as provenance names it. place: public address,
    empty for a repository of this machine. digests: by algorithm.
    """

    name: str
    uri: str
    place: str
    version: str
    digests: Mapping[str, str]


def inputs(release: Release) -> tuple[Input, ...]:
    """What the release was read from; nothing in it depends on the machine."""
    return tuple(map(_input, release.repositories))


def _input(repository: ResolvedRepository) -> Input:
    place = public_place(repository)
    place = place if "://" in place else ""
    package, _, version = repository.ref.partition("==")
    if version:
        digests = {"sha256": repository.sha256} if repository.sha256 else {}
        return Input(repository.name, f"pkg:pypi/{package}@{version}", place, version, digests)
    digests = {"gitCommit": repository.commit} if repository.commit else {}
    uri = f"git+{place}" if place else f"urn:protogen:repository:{repository.name}"
    at = f"@{repository.ref}" if place and repository.ref else ""
    return Input(repository.name, uri + at, place, repository.commit, digests)
