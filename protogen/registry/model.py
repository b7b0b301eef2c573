"""What a registry holds, as values: packages of ecosystems, their versions, and the files of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

from msgspec import Struct

from protogen.system.files import digests

Version: TypeAlias = tuple[str, str, str]
"""A version of a package: ecosystem, name, version."""


class Package(Struct, frozen=True, omit_defaults=True):
    """A version of a package, and what else is told of it."""

    ecosystem: str
    name: str
    version: str

    @property
    def key(self) -> Version:
        """The version that it is."""
        return self.ecosystem, self.name, self.version


class Service(Struct, frozen=True, omit_defaults=True):
    """How clients reach the registry's folder."""

    url: str = ""
    """Where it is served; empty where nobody said it."""
    auth: bool = False
    """Whether its server asks for credentials."""


class Published(Struct, frozen=True, omit_defaults=True):
    """A version of a package that the registry serves, as far as indexes tell of it."""

    version: str
    facts: dict[str, Any] = {}
    """What the ecosystem's index says of it; plain values."""
    yanked: str | None = None
    """Why nobody should choose it any more; None where it may be chosen."""

    @property
    def is_retraction(self) -> bool:
        """Whether it is no release, but there to tell clients which versions are withdrawn."""
        return "retracts" in self.facts


class Contents(Struct, frozen=True):
    """What a version of a package consists of; it never changes."""

    files: dict[str, str]
    """SHA-256 by path below the registry's folder."""
    evidence: str
    """The folder, below the registry's, that says what it was made from."""
    evidence_sha256: str
    """Of the sums in that folder, which name all else in it."""


class Held(Struct, frozen=True, omit_defaults=True):
    """A package with all its versions, in the order in which they were added."""

    ecosystem: str
    name: str
    versions: tuple[Published, ...] = ()

    def find(self, version: str) -> Published | None:
        """The version, if it is held."""
        return next((each for each in self.versions if each.version == version), None)

    @property
    def released(self) -> tuple[Published, ...]:
        """The versions that were made from releases."""
        return tuple(each for each in self.versions if not each.is_retraction)

    @property
    def offered(self) -> tuple[Published, ...]:
        """The versions that nobody withdrew."""
        return tuple(each for each in self.versions if each.yanked is None)


@dataclass(frozen=True)
class Addition:
    """A version of a package that is to be added."""

    ecosystem: str
    name: str
    version: str
    files: Mapping[str, bytes]
    """By path below the registry's folder, in the order in which they are put there."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    yanked: str | None = None
    """Why nobody should choose it, from the first."""
    base: str = ""
    """The version that it repeats, whose evidence is its own too."""

    @cached_property
    def sums(self) -> dict[str, str]:
        """SHA-256 by path."""
        return digests(self.files)

    @property
    def key(self) -> Version:
        """The version that it is."""
        return self.ecosystem, self.name, self.version
