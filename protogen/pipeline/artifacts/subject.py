"""What artifacts are made of: a release, what was read for it, and the packages that came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from protogen.languages.documents import public_place

if TYPE_CHECKING:
    from protogen.languages.package import Coordinates
    from protogen.languages.toolchain.programs import Program
    from protogen.releases.release import Release, ResolvedRepository


@dataclass(frozen=True)
class Subject:
    """A release as its artifacts show it; values only."""

    name: str
    """The recipe's."""
    title: str
    license: str
    recipe_sha256: str
    release: Release
    closure_sha256: str
    """Of what was compiled."""
    descriptor_set: bytes
    """Serialized."""
    protos: Mapping[str, bytes]
    """Text by import name."""
    licenses: Mapping[str, Mapping[str, str]]
    tools: Mapping[str, Program]
    coordinates: Mapping[str, tuple[Coordinates, ...]]
    """Of each language's package, its own first."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """What the user chose."""
    groups: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        """How the files that belong to no language begin."""
        return f"{self.name}-{self.release.package_version}"


@dataclass(frozen=True)
class Input:
    """A repository or package that protos came from."""

    name: str
    uri: str
    """As provenance names it."""
    place: str
    """Its public address; empty for a repository of this machine."""
    version: str
    digests: Mapping[str, str]
    """By algorithm."""


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
