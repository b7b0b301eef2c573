"""cargo's sparse index: a file of lines for each crate, a line a version, and config.json."""

from __future__ import annotations

import io
import json
import sys
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files as resources
from typing import Any

from protogen.registry.model import Addition, Held
from protogen.registry.order import ascending
from protogen.system.files import digest

NAME = "crates"
_FILES = f"{NAME}/files"


def additions(files: Mapping[str, bytes]) -> Iterator[Addition]:
    """The crates, with the lines that tell cargo of them."""
    for _, content in sorted(files.items()):
        manifest = _manifest(content)
        package = manifest["package"]
        name, version = package["name"], package["version"]
        yield Addition(
            NAME,
            name,
            version,
            {f"{_FILES}/{name}/{name}-{version}.crate": content},
            {"line": _line(manifest, digest(content))},
        )


def index(held: Held, url: str) -> dict[str, bytes]:
    """The crate's file in the index."""
    lines = [{**each.facts["line"], "yanked": each.yanked is not None} for each in ascending(held.versions)]
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    return {f"{NAME}/{path_of(held.name)}": text.encode()}


def root(names: Iterable[str], url: str, auth: bool) -> dict[str, bytes]:
    """Where cargo downloads crates from, an address that is whole, and whether it sends its token."""
    config: dict[str, Any] = {"dl": f"{url}/{_FILES}/{{crate}}/{{crate}}-{{version}}.crate"}
    config |= {"auth-required": True} if auth else {}
    return {f"{NAME}/config.json": (json.dumps(config) + "\n").encode()}


def path_of(name: str) -> str:
    """Where the index has a crate, by its name's length and first letters."""
    lower = name.lower()
    if len(lower) < 3:
        return f"{len(lower)}/{lower}"
    if len(lower) == 3:
        return f"3/{lower[0]}/{lower}"
    return f"{lower[:2]}/{lower[2:4]}/{lower}"


def _line(manifest: Mapping[str, Any], checksum: str) -> dict[str, Any]:
    package, features = manifest["package"], manifest.get("features", {})
    new = {name: each for name, each in features.items() if any(_is_new(part) for part in each)}
    line = {
        "name": package["name"],
        "vers": package["version"],
        "deps": [_dependency(name, each) for name, each in sorted(manifest.get("dependencies", {}).items())],
        "cksum": checksum,
        "features": {name: each for name, each in features.items() if name not in new},
        # Syntax that old cargos don't know stands where they don't look.
        **({"v": 2, "features2": new} if new else {}),
    }
    return line | ({"rust_version": package["rust-version"]} if "rust-version" in package else {})


def _is_new(part: str) -> bool:
    return part.startswith("dep:") or "?" in part


def _dependency(name: str, written: str | Mapping[str, Any]) -> dict[str, Any]:
    table: Mapping[str, Any] = {"version": written} if isinstance(written, str) else written
    version = table["version"]
    return {
        "name": name,
        "req": f"^{version}" if version[0].isdigit() else version,
        "features": list(table.get("features", ())),
        "optional": table.get("optional", False),
        "default_features": table.get("default-features", True),
        "target": None,
        "kind": "normal",
        # Without it cargo would look for the crate in the registry that this index is of.
        "registry": _public(),
    }


@cache
def _public() -> str:
    """The index of the public registry, as all indexes name it."""
    named: dict[str, str] = json.loads(
        resources("protogen.registry").joinpath("public.json").read_text("utf-8")
    )
    return named[NAME]


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
