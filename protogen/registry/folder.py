"""The registry's folder, read: its settings, and records of packages, their versions' files and releases."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, unquote

import msgspec

from protogen.errors import OutputUnwritable, UsageError
from protogen.registry.model import Contents, Held, Service
from protogen.registry.release import Release
from protogen.system.files import digest

OWN = ".protogen"
"""The folder, below the registry's, that no client reads."""
_PACKAGES = f"{OWN}/packages"
_VERSIONS = f"{OWN}/versions"
_RELEASES = f"{OWN}/releases"
SETTINGS = f"{OWN}/registry.json"
"""Where the registry keeps what is true of all of it."""
_SCHEMA = 1

T = TypeVar("T")


class _Written(msgspec.Struct, frozen=True):
    """What every protogen writes of all of a registry."""

    schema: int
    """How its records are written."""


class _Settings(_Written, frozen=True):
    """What is true of all of a registry."""

    service: Service


@dataclass(frozen=True)
class Folder:
    """A folder of packages, as it is."""

    path: Path

    @property
    def service(self) -> Service:
        """How clients reach it, as its indexes say."""
        settings = self._settings()
        return settings.service if settings else Service()

    @property
    def exists(self) -> bool:
        """Whether it is a registry."""
        return self._settings() is not None

    def ecosystems(self) -> list[str]:
        """Those that have packages here."""
        return sorted(each.name for each in self._list(self.path / _PACKAGES))

    def names(self, ecosystem: str) -> list[str]:
        """The packages of an ecosystem."""
        found = self._list(self.path / _PACKAGES / ecosystem)
        return sorted(unquote(each.name.removesuffix(".json")) for each in found if each.suffix == ".json")

    def package(self, ecosystem: str, name: str) -> Held | None:
        """The package with its versions; None where there is none.

        Raises OutputUnwritable for a record that isn't what was written.
        """
        return self._record(package_path(ecosystem, name), Held, name)

    def contents(self, ecosystem: str, name: str, version: str) -> Contents | None:
        """What a version consists of; None where there is no such version. Raises as `package` does."""
        return self._record(version_path(ecosystem, name, version), Contents, f"{name} {version}")

    def packages(self) -> Iterator[Held]:
        """All packages."""
        for ecosystem in self.ecosystems():
            for name in self.names(ecosystem):
                found = self.package(ecosystem, name)
                if found:
                    yield found

    def release(self, recipe: str, version: str) -> Release | None:
        """A recipe's release; None where there is none. Raises as `package` does."""
        return self._record(release_path(recipe, version), Release, f"{recipe} {version}")

    def releases(self) -> Iterator[tuple[str, Release]]:
        """All releases, each with the path of its record."""
        for path in sorted((self.path / _RELEASES).glob("*/*.json")):
            found = self.release(unquote(path.parent.name), unquote(path.stem))
            if found:
                yield path.relative_to(self.path).as_posix(), found

    @property
    def state(self) -> dict[str, tuple[int, int]]:
        """What changes whenever the records do: the moment and the size of each."""
        files = (each for each in (self.path / OWN).rglob("*.json"))
        return {str(each): (status.st_mtime_ns, status.st_size) for each in files if (status := _stat(each))}

    def digest_of(self, path: str) -> str | None:
        """SHA-256 of a file below the folder; None where there is none."""
        try:
            return digest((self.path / path).read_bytes())
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def _settings(self) -> _Settings | None:
        what = "how it is served"
        written = self._record(SETTINGS, _Written, what)
        if written and written.schema > _SCHEMA:
            raise UsageError(
                f"a newer protogen wrote this registry: it has schema {written.schema}, "
                f"this protogen knows {_SCHEMA}",
                where=str(self.path),
                remedy="update protogen to the one that wrote it",
            )
        return self._record(SETTINGS, _Settings, what) if written else None

    def _record(self, relative: str, kind: type[T], what: str) -> T | None:
        path = self.path / relative
        try:
            return msgspec.json.decode(path.read_bytes(), type=kind)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except msgspec.DecodeError as error:
            raise OutputUnwritable(
                f"the registry's record of {what} is damaged: {error}",
                where=str(path),
                remedy=f"put {path.name} back from a backup, then protogen registry verify {self.path}",
            ) from None

    def _list(self, folder: Path) -> list[Path]:
        try:
            return list(folder.iterdir())
        except FileNotFoundError:
            return []


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def package_path(ecosystem: str, name: str) -> str:
    """Where the registry keeps which versions a package has."""
    return f"{_PACKAGES}/{ecosystem}/{quote(name, safe='@')}.json"


def version_path(ecosystem: str, name: str, version: str) -> str:
    """Where the registry keeps what a version consists of."""
    return f"{_VERSIONS}/{ecosystem}/{quote(name, safe='@')}/{quote(version, safe='')}.json"


def release_path(recipe: str, version: str) -> str:
    """Where the registry keeps what a release brought, and what it was made from."""
    return f"{_RELEASES}/{quote(recipe, safe='')}/{quote(version, safe='')}.json"


def package_record(package: Held) -> dict[str, bytes]:
    """The package's record, by path."""
    return {package_path(package.ecosystem, package.name): msgspec.json.encode(package)}


def version_record(ecosystem: str, name: str, version: str, contents: Contents) -> dict[str, bytes]:
    """The record of what a version consists of, by path."""
    return {version_path(ecosystem, name, version): msgspec.json.encode(contents)}


def release_record(release: Release) -> dict[str, bytes]:
    """The release's record, by path."""
    return {release_path(release.recipe, release.version): msgspec.json.encode(release)}


def settings(service: Service) -> dict[str, bytes]:
    """The registry's own settings, by path."""
    return {SETTINGS: msgspec.json.encode(_Settings(_SCHEMA, service))}
