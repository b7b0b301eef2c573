"""What of the registry's records and indexes has to be written after packages changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from protogen.registry import layout
from protogen.registry.folder import Folder, package_record, version_record
from protogen.registry.model import Contents, Held, Service, Version
from protogen.system.files import digest


def records(packages: Iterable[Held], versions: Mapping[Version, Contents]) -> dict[str, bytes]:
    """The records of the packages, and of what their new versions consist of, by path."""
    found = {
        path: content
        for key, each in versions.items()
        for path, content in version_record(*key, each).items()
    }
    return found | {path: content for each in packages for path, content in package_record(each).items()}


def pages(folder: Folder, packages: Iterable[Held], service: Service) -> dict[str, bytes]:
    """The packages' indexes, and what their ecosystems' clients read first."""
    found: dict[str, bytes] = {}
    roots: dict[str, set[str]] = {}
    for held in packages:
        found |= layout.index(held, service.url)
        roots.setdefault(held.ecosystem, set()).add(held.name)
    for ecosystem, names in roots.items():
        found |= layout.root(ecosystem, names | set(folder.names(ecosystem)), service)
    return found


def changed(folder: Folder, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Those of the files that aren't in the folder as they must be."""
    return {path: content for path, content in files.items() if folder.digest_of(path) != digest(content)}
