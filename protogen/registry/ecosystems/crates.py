"""cargo's sparse index: a file of lines for each crate, a line a version, and config.json."""

from __future__ import annotations

import io
import sys
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from protogen.registry.model import Addition, Held, Service
from protogen.registry.order import ascending
from protogen.system.files import digest

NAME = "crates"
_FILES = f"{NAME}/files"
# Tables of dependencies in a manifest, and what an index calls them.
_KINDS = {"dependencies": "normal", "build-dependencies": "build", "dev-dependencies": "dev"}


def additions(files: Mapping[str, bytes], public: Callable[[], str] | None = None) -> Iterator[Addition]:
    """The crates, with the lines that tell cargo of them.

    public: asked for the public registry's index, in which the crates find what they require; None where
    they find it in the registry that they are added to. Raises what public raises.
    """
    for _, content in sorted(files.items()):
        manifest = _manifest(content)
        package = manifest["package"]
        name, version = package["name"], package["version"]
        yield Addition(
            NAME,
            name,
            version,
            {f"{_FILES}/{name}/{name}-{version}.crate": content},
            {"line": _line(manifest, digest(content), public)},
        )


def index(held: Held, url: str) -> dict[str, bytes]:
    """The crate's file in the index."""
    lines = [{**each.facts["line"], "yanked": each.yanked is not None} for each in ascending(held.versions)]
    return {f"{NAME}/{path_of(held.name)}": b"".join(msgspec.json.encode(line) + b"\n" for line in lines)}


def root(names: Iterable[str], service: Service) -> dict[str, bytes]:
    """Where cargo downloads crates from, an address that is whole, and whether it sends its token."""
    config: dict[str, Any] = {"dl": f"{service.url}/{_FILES}/{{crate}}/{{crate}}-{{version}}.crate"}
    config |= {"auth-required": True} if service.auth else {}
    return {f"{NAME}/config.json": msgspec.json.encode(config) + b"\n"}


def path_of(name: str) -> str:
    """Where the index has a crate, by its name's length and first letters."""
    lower = name.lower()
    if len(lower) < 3:
        return f"{len(lower)}/{lower}"
    if len(lower) == 3:
        return f"3/{lower[0]}/{lower}"
    return f"{lower[:2]}/{lower[2:4]}/{lower}"


def _line(
    manifest: Mapping[str, Any], checksum: str, public: Callable[[], str] | None = None
) -> dict[str, Any]:
    """As cargo itself publishes the manifest, in the form of an index."""
    package, features = manifest["package"], manifest.get("features", {})
    new = {name: each for name, each in features.items() if any(_is_new(part) for part in each)}
    line = {
        "name": package["name"],
        "vers": package["version"],
        "deps": list(_dependencies(manifest, public)),
        "cksum": checksum,
        "features": {name: each for name, each in features.items() if name not in new},
        # Syntax that old cargos don't know stands where they don't look.
        **({"v": 2, "features2": new} if new else {}),
    }
    optional = {"links": package.get("links"), "rust_version": package.get("rust-version")}
    return line | {key: each for key, each in optional.items() if each}


def _is_new(part: str) -> bool:
    return part.startswith("dep:") or "?" in part


def _dependencies(manifest: Mapping[str, Any], public: Callable[[], str] | None) -> Iterator[dict[str, Any]]:
    targets = {None: manifest, **manifest.get("target", {})}
    for target, tables in targets.items():
        for key, kind in _KINDS.items():
            for name, written in sorted(tables.get(key, {}).items()):
                table = {"version": written} if isinstance(written, str) else written
                # What only a work tree has, cargo publishes for nobody's tests.
                if kind != "dev" or "version" in table:
                    yield _dependency(name, table, target, kind, public)


def _dependency(
    name: str, table: Mapping[str, Any], target: str | None, kind: str, public: Callable[[], str] | None
) -> dict[str, Any]:
    parts = (part.strip() for part in table["version"].split(","))
    return {
        "name": name,
        "req": ", ".join(_requirement(part) for part in parts),
        "features": list(table.get("features", ())),
        "optional": table.get("optional", False),
        "default_features": table.get("default-features", True),
        "target": target,
        "kind": kind,
        # Without it cargo looks for the crate in the registry that this index is of.
        "registry": table.get("registry-index") or (public() if public else None),
        **({"package": table["package"]} if "package" in table else {}),
    }


def _requirement(part: str) -> str:
    """A plain number is a lowest one; what has an operator, or a wildcard in it, says itself what it is."""
    return f"^{part}" if part[0].isdigit() and "*" not in part else part.replace(" ", "")


def _manifest(crate: bytes) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    with tarfile.open(fileobj=io.BytesIO(crate)) as opened:
        for member in opened:
            file = opened.extractfile(member) if member.name.count("/") == 1 else None
            if file and member.name.endswith("/Cargo.toml"):
                manifest: dict[str, Any] = tomllib.loads(file.read().decode())
                return manifest
    raise ValueError("a crate without Cargo.toml")
