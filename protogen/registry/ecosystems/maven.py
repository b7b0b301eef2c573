"""Maven's repository layout: `GROUP/ARTIFACT/VERSION/…`, checksums, and `maven-metadata.xml`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape

from protogen.registry.model import Addition, Held
from protogen.registry.order import ascending, latest

NAME = "maven"
_ALGORITHMS = ("md5", "sha1", "sha256", "sha512")


def additions(files: Mapping[str, bytes]) -> Iterator[Addition]:
    """The artifacts among the files, each with all its checksums; poms last, which Maven asks for first."""
    contents = {path: each for path, each in files.items() if not path.endswith(tuple(_ALGORITHMS))}
    for folder in sorted({path.rpartition("/")[0] for path in contents}):
        group, artifact, version = folder.rsplit("/", 2)
        own = [path for path in contents if path.rpartition("/")[0] == folder]
        placed: dict[str, bytes] = {}
        for path in sorted(own, key=lambda path: (path.endswith(".pom"), path)):
            placed |= _with_sums(f"{NAME}/{path}", contents[path])
        yield Addition(NAME, f"{group.replace('/', '.')}:{artifact}", version, placed)


def index(held: Held, url: str) -> dict[str, bytes]:
    """The metadata from which Maven resolves ranges; no moment is in it, so that bytes repeat."""
    group, _, artifact = held.name.partition(":")
    listed = ascending(held.offered)
    newest, release = (listed[-1].version, latest(listed)) if listed else ("", None)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<metadata>",
        f"  <groupId>{escape(group)}</groupId>",
        f"  <artifactId>{escape(artifact)}</artifactId>",
        "  <versioning>",
        *([f"    <latest>{escape(newest)}</latest>"] if newest else []),
        *([f"    <release>{escape(release.version)}</release>"] if release else []),
        "    <versions>",
        *(f"      <version>{escape(each.version)}</version>" for each in listed),
        "    </versions>",
        "  </versioning>",
        "</metadata>",
    ]
    path = f"{NAME}/{group.replace('.', '/')}/{artifact}/maven-metadata.xml"
    return _with_sums(path, ("\n".join(lines) + "\n").encode())


def _with_sums(path: str, content: bytes) -> dict[str, bytes]:
    """The file after its checksums: whoever sees it finds them."""
    # Checksums of a layout, not secrets: Maven asks for these four.
    sums = {
        f"{path}.{name}": hashlib.new(name, content, usedforsecurity=False).hexdigest().encode()
        for name in _ALGORITHMS
    }
    return {**sums, path: content}
