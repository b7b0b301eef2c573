"""Packages that no ecosystem has a registry for: archives below `archives/`, with a list of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec

from protogen.registry.model import Addition, Held
from protogen.registry.order import ascending, latest
from protogen.system.files import digest

NAME = "archives"
_FILE = re.compile(r"(?P<name>.+?)-(?P<version>\d+\..+)\.tar\.gz")


def additions(files: Mapping[str, bytes]) -> Iterator[Addition]:
    """The archives, each by the language that its path begins with: `cpp/NAME-VERSION.tar.gz`."""
    for path, content in sorted(files.items()):
        language, _, file = path.rpartition("/")
        found = _FILE.fullmatch(file)
        if found:
            name = f"{language}/{found['name']}"
            facts = {"file": file, "sha256": digest(content), "size": len(content)}
            yield Addition(NAME, name, found["version"], {archive(name, found["version"]): content}, facts)


def archive(name: str, version: str) -> str:
    """Where a version's archive is, below the registry's folder."""
    return f"{NAME}/{name}/{name.rpartition('/')[2]}-{version}.tar.gz"


def index(held: Held, url: str) -> dict[str, bytes]:
    """All versions with their hashes, as JSON; the files lie beside it."""
    newest = latest(held.offered)
    document = {
        "name": held.name,
        "latest": newest.version if newest else None,
        "versions": [
            {
                "version": each.version,
                **each.facts,
                "yanked": each.yanked is not None,
                "reason": each.yanked or "",
            }
            for each in ascending(held.versions)
        ],
    }
    return {f"{NAME}/{held.name}/index.json": msgspec.json.encode(document) + b"\n"}
