"""Python's simple repository: the pages and JSON of PEP 503, 691, 658, 592, 700 and 714."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from email.parser import BytesHeaderParser
from html import escape
from typing import Any

import msgspec
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from protogen.registry.model import Addition, Held, Published, Service
from protogen.system.files import digest

NAME = "pypi"
_API = "1.1"
_METADATA = ".metadata"


def additions(files: Mapping[str, bytes]) -> Iterator[Addition]:
    """Each project's wheels and sdists, with the metadata of wheels beside them."""
    read = {path: (_metadata(path, content), content) for path, content in sorted(files.items())}
    named: dict[tuple[str, str], list[str]] = {}
    for path, (metadata, _) in read.items():
        headers = BytesHeaderParser().parsebytes(metadata)
        named.setdefault((canonicalize_name(headers["Name"]), headers["Version"]), []).append(path)
    for (name, version), paths in named.items():
        placed: dict[str, bytes] = {}
        facts: list[dict[str, Any]] = []
        for path in paths:
            metadata, content = read[path]
            target = f"{NAME}/files/{name}/{version}/{path.rpartition('/')[2]}"
            fact = {
                "filename": path.rpartition("/")[2],
                "sha256": digest(content),
                "size": len(content),
                "requires-python": BytesHeaderParser().parsebytes(metadata)["Requires-Python"] or "",
            }
            if path.endswith(".whl"):
                placed[target + _METADATA] = metadata
                fact["metadata"] = digest(metadata)
            placed[target] = content
            facts.append(fact)
        yield Addition(NAME, name, version, placed, {"files": facts})


def index(held: Held, url: str) -> dict[str, bytes]:
    """The project's page, and the same as JSON."""
    versions = sorted(held.versions, key=lambda each: _order(each.version))
    entries = [(each, fact) for each in versions for fact in each.facts["files"]]
    document = {
        "meta": {"api-version": _API},
        "name": held.name,
        "versions": [each.version for each in versions],
        "files": [_entry(held.name, each, fact) for each, fact in entries],
    }
    folder = f"{NAME}/simple/{held.name}"
    links = [_link(held.name, each, fact) for each, fact in entries]
    return {
        f"{folder}/index.json": msgspec.json.encode(document) + b"\n",
        f"{folder}/index.html": _page(f"Links for {held.name}", links),
    }


def root(names: Iterable[str], service: Service) -> dict[str, bytes]:
    """The page of all projects, and the same as JSON."""
    listed = sorted(names)
    document = {"meta": {"api-version": _API}, "projects": [{"name": name} for name in listed]}
    links = [f'<a href="{escape(name)}/">{escape(name)}</a>' for name in listed]
    return {
        f"{NAME}/simple/index.json": msgspec.json.encode(document) + b"\n",
        f"{NAME}/simple/index.html": _page("Simple index", links),
    }


def _metadata(path: str, content: bytes) -> bytes:
    if path.endswith(".whl"):
        with zipfile.ZipFile(io.BytesIO(content)) as wheel:
            inner = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
            return wheel.read(inner)
    with tarfile.open(fileobj=io.BytesIO(content)) as sdist:
        for member in sdist:
            file = sdist.extractfile(member) if member.name.count("/") == 1 else None
            if file and member.name.endswith("/PKG-INFO"):
                return file.read()
    raise ValueError(f"{path} has no PKG-INFO")


def _entry(name: str, version: Published, fact: Mapping[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "filename": fact["filename"],
        "url": _url(name, version, fact),
        "hashes": {"sha256": fact["sha256"]},
        "size": fact["size"],
        "yanked": False if version.yanked is None else version.yanked or True,
    }
    if fact["requires-python"]:
        entry["requires-python"] = fact["requires-python"]
    if "metadata" in fact:
        # By its first name and its second: clients know the one or the other.
        entry["core-metadata"] = entry["dist-info-metadata"] = {"sha256": fact["metadata"]}
    return entry


def _link(name: str, version: Published, fact: Mapping[str, Any]) -> str:
    attributes = {"href": f"{_url(name, version, fact)}#sha256={fact['sha256']}"}
    if fact["requires-python"]:
        attributes["data-requires-python"] = fact["requires-python"]
    if "metadata" in fact:
        metadata = f"sha256={fact['metadata']}"
        attributes |= {"data-core-metadata": metadata, "data-dist-info-metadata": metadata}
    if version.yanked is not None:
        attributes["data-yanked"] = version.yanked
    shown = " ".join(f'{key}="{escape(value)}"' for key, value in attributes.items())
    return f"<a {shown}>{escape(fact['filename'])}</a>"


def _url(name: str, version: Published, fact: Mapping[str, Any]) -> str:
    return f"../../files/{name}/{version.version}/{fact['filename']}".replace("+", "%2B")


def _page(title: str, links: Iterable[str]) -> bytes:
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta name="pypi:repository-version" content="{_API}">',
        f"<title>{escape(title)}</title></head><body>",
        *(f"{link}<br>" for link in links),
        "</body></html>",
    ]
    return ("\n".join(lines) + "\n").encode()


def _order(version: str) -> Version:
    try:
        return Version(version)
    except InvalidVersion:
        return Version("0.dev0")
