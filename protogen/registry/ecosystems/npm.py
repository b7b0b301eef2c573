"""npm's registry: a document for each package, and archives beside the documents."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from protogen.registry.model import Addition, Held, Published
from protogen.registry.order import ascending, latest

NAME = "npm"
# A package's document is a file of its name, so archives can't lie below that. No name begins like this.
_ARCHIVES = f"{NAME}/-"
# What npm, pnpm and yarn resolve and install by; all else of a manifest they read in the archive.
_INSTALLED = (
    "dependencies",
    "optionalDependencies",
    "peerDependencies",
    "peerDependenciesMeta",
    "bundleDependencies",
    "bundledDependencies",
    "bin",
    "directories",
    "engines",
    "os",
    "cpu",
    "libc",
)
_SHOWN = ("description", "license", "homepage", "repository", "bugs", "author", "keywords")
_HOOKS = {"preinstall", "install", "postinstall"}


def additions(files: Mapping[str, bytes]) -> Iterator[Addition]:
    """The packages among archives, with what the documents repeat of them."""
    for _, content in sorted(files.items()):
        manifest, sizes = _read(content)
        name, version = manifest["name"], manifest["version"]
        installed = {key: manifest[key] for key in _INSTALLED if key in manifest}
        if _HOOKS & manifest.get("scripts", {}).keys():
            installed["hasInstallScript"] = True
        facts = {
            "manifest": installed,
            "about": {key: manifest[key] for key in _SHOWN if key in manifest},
            "integrity": f"sha512-{base64.b64encode(hashlib.sha512(content).digest()).decode()}",
            "shasum": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
            "fileCount": len(sizes),
            "unpackedSize": sum(sizes),
        }
        yield Addition(NAME, name, version, {archive(name, version): content}, facts)


def index(held: Held, url: str) -> dict[str, bytes]:
    """The package's document; url: of the registry's folder, since npm wants archives' whole addresses.

    What only people read stands in it once, so that a document of many versions stays small.
    """
    versions = ascending(held.versions)
    newest = latest(held.offered) or latest(versions)
    document = {
        "_id": held.name,
        "name": held.name,
        **(newest.facts["about"] if newest else {}),
        "dist-tags": {"latest": newest.version} if newest else {},
        "versions": {each.version: _version(held.name, each, url) for each in versions},
    }
    return {f"{NAME}/{held.name}": msgspec.json.encode(document) + b"\n"}


def _version(name: str, each: Published, url: str) -> dict[str, Any]:
    dist = {key: each.facts[key] for key in ("integrity", "shasum", "fileCount", "unpackedSize")}
    version = {
        "name": name,
        "version": each.version,
        **each.facts["manifest"],
        "dist": {"tarball": f"{url}/{archive(name, each.version)}", **dist},
    }
    return version if each.yanked is None else version | {"deprecated": each.yanked or "withdrawn"}


def archive(name: str, version: str) -> str:
    """Where a version's archive is, below the registry's folder."""
    return f"{_ARCHIVES}/{name}/{name.rpartition('/')[2]}-{version}.tgz"


def _read(content: bytes) -> tuple[dict[str, Any], list[int]]:
    """package.json, and the size of each file."""
    with tarfile.open(fileobj=io.BytesIO(content)) as opened:
        manifest: dict[str, Any] = {}
        sizes = []
        for member in opened:
            file = opened.extractfile(member) if member.isfile() else None
            if file:
                sizes.append(member.size)
                if member.name.partition("/")[2] == "package.json":
                    manifest = json.loads(file.read())
    return manifest, sizes
