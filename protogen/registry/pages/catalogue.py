"""The list of all releases in a registry: a row a release, for scripts and for the page. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from urllib.parse import quote

import msgspec
from msgspec import Struct

from protogen.registry.model import Package, Version
from protogen.registry.order import key
from protogen.registry.release import Release

PATH = "releases.json"
_SCHEMA = 1


class Entry(Package, frozen=True, omit_defaults=True):
    """A version of a package, as far as a list tells of it."""

    yanked: str | None = None
    """Why nobody should choose it any more; None where it may be chosen."""


class Row(Struct, frozen=True, omit_defaults=True):
    """A release."""

    recipe: str
    version: str
    """The packages', as SemVer has it."""
    release: str
    """As upstream calls it."""
    packages: tuple[Entry, ...]
    page: str
    """Its page, below the registry's folder."""
    since: str = ""
    """The version before, where there is one."""
    changes: tuple[int, int, int] | None = None
    """How much was added, removed and changed since then, where that is known."""

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from all others."""
        return self.recipe, self.version


class _Catalogue(Struct, frozen=True):
    schema: int
    releases: tuple[Row, ...]


Yanks = Mapping[Version, str]
"""The reasons by package version, of those that were withdrawn."""


def page_path(recipe: str, version: str) -> str:
    """Where a release's page is, below the registry's folder."""
    return f"files/{recipe}/{version}/index.html"


def row(release: Release, yanks: Yanks) -> Row:
    """The release in the list."""
    changes = release.changes
    return Row(
        release.recipe,
        release.version,
        release.main.release,
        tuple(
            Entry(each.ecosystem, each.name, each.version, yanks.get(each.key)) for each in release.packages
        ),
        page_path(release.recipe, release.version),
        release.since,
        (changes.added, changes.removed, changes.changed) if changes else None,
    )


def ordered(rows: Iterable[Row]) -> list[Row]:
    """By recipe, the newest first."""
    newest_first = sorted(rows, key=lambda each: (key(each.version), each.version), reverse=True)
    return sorted(newest_first, key=lambda each: each.recipe)


def render(rows: Collection[Row]) -> bytes:
    """The list as a file, in the order of the rows: a line each, so that one more is one more line."""
    lines = ",\n".join(msgspec.json.encode(each).decode() for each in rows)
    return f'{{"schema":{_SCHEMA},"releases":[\n{lines}\n]}}\n'.encode()


def read(content: bytes) -> tuple[Row, ...]:
    """The rows of such a file; none of any other."""
    try:
        found = msgspec.json.decode(content, type=_Catalogue)
    except msgspec.DecodeError:
        return ()
    return found.releases if found.schema == _SCHEMA else ()


def href(path: str) -> str:
    """A path below the registry's folder as links have it."""
    return quote(path, safe="/@~!$&'()*+,;=:")
