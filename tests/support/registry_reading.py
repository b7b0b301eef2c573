"""Reads a registry as clients do: from the indexes to what they name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from xml.etree import ElementTree

Get = Callable[[str], bytes]
"""The content at a path; raises where there is none."""
METADATA = "maven/com/example/api/maven-metadata.xml"
SUMS = ("md5", "sha1", "sha256", "sha512")


def broken(get: Get, url: str) -> list[str]:
    """What an index names and isn't there, or isn't what the index says."""
    found = []
    for path, name, expected in _named(get, url):
        try:
            content = get(path)
        except OSError as error:
            found.append(f"{path}: {error!r}")
            continue
        if not content or (name and _digest(name, content) != expected):
            found.append(f"{path}: not what its index says")
    return found


def versions(get: Get) -> set[str]:
    """The versions that go is told of."""
    return set(get("go/example.com/!team/api/@v/list").decode().split())


def stale_sums(get: Get) -> list[str]:
    """Checksums that aren't those of Maven's metadata, which nobody reads at the same moment."""
    content = get(METADATA)
    return [name for name in SUMS if get(f"{METADATA}.{name}").decode() != _digest(name, content)]


def _named(get: Get, url: str) -> Iterator[tuple[str, str, str]]:
    """Each file: its path, and by which algorithm it has which digest, where the index tells one."""
    module = "go/example.com/!team/api"
    for version in [
        *get(f"{module}/@v/list").decode().split(),
        json.loads(get(f"{module}/@latest"))["Version"],
    ]:
        for suffix in ("info", "mod", "zip"):
            yield f"{module}/@v/{version}.{suffix}", "", ""
    for each in json.loads(get("pypi/simple/team-api/index.json"))["files"]:
        path = each["url"].replace("../../", "pypi/")
        yield path, "sha256", each["hashes"]["sha256"]
        if "core-metadata" in each:
            yield f"{path}.metadata", "sha256", each["core-metadata"]["sha256"]
    for version in json.loads(get("npm/@team/api"))["versions"].values():
        yield version["dist"]["tarball"].removeprefix(f"{url}/"), "sha1", version["dist"]["shasum"]
    pattern = json.loads(get("crates/config.json"))["dl"].removeprefix(f"{url}/")
    for line in map(json.loads, get("crates/te/am/team-api").splitlines()):
        path = pattern.replace("{crate}", line["name"]).replace("{version}", line["vers"])
        yield path, "sha256", line["cksum"]
    for each in json.loads(get("archives/cpp/team-api/index.json"))["versions"]:
        yield f"archives/cpp/team-api/{each['file']}", "sha256", each["sha256"]
    for found in ElementTree.fromstring(get(METADATA)).iter("version"):
        stem = f"maven/com/example/api/{found.text}/api-{found.text}"
        for suffix in ("pom", "jar"):
            for name in SUMS:
                yield f"{stem}.{suffix}", name, get(f"{stem}.{suffix}.{name}").decode()


def _digest(name: str, content: bytes) -> str:
    return hashlib.new(name, content, usedforsecurity=False).hexdigest()
