"""Go modules, as a module proxy serves them: `MODULE/@v/…` and `MODULE/@latest`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping

import msgspec

from protogen.registry.ecosystems import retract
from protogen.registry.ecosystems.retract import newest
from protogen.registry.model import Addition, Held, Published
from protogen.registry.order import ascending

NAME = "go"
# What go makes of a commit: it is fetched when somebody names it, and no list has it.
_PSEUDO = re.compile(r"-(?:.*\.)?\d{14}-[0-9a-f]{12}$")
# The .info is what go asks for first: when it is there, all else is.
_LAST = (".zip", ".mod", ".info")


def additions(files: Mapping[str, bytes]) -> Iterator[Addition]:
    """The modules among artifacts, which have a proxy's layout already."""
    infos = sorted(path for path in files if path.endswith(".info"))
    for info in infos:
        stem = info.removesuffix(".info")
        known, module = json.loads(files[info]), stem.rpartition("/@v/")[0]
        own = {f"{NAME}/{stem}{suffix}": files[stem + suffix] for suffix in _LAST}
        yield Addition(NAME, _unescaped(module), known["Version"], own, {"info": known})


def index(held: Held, url: str) -> dict[str, bytes]:
    """The list of versions, and the latest one's .info. go itself leaves out what a version retracts."""
    folder = f"{NAME}/{_escaped(held.name)}"
    listed = [each for each in ascending(held.versions) if not _PSEUDO.search(each.version)]
    latest = newest(held)
    pages = {f"{folder}/@v/list": "".join(f"{each.version}\n" for each in listed).encode()}
    return pages | ({f"{folder}/@latest": _info(latest)} if latest else {})


def retraction(held: Held, read: Callable[[str, str], bytes]) -> Addition | None:
    """The version that tells go which others are withdrawn, where it must be published."""
    folder = f"{NAME}/{_escaped(held.name)}/@v"
    return retract.retraction(held, lambda version: f"{folder}/{_escaped(version)}", read)


def _info(version: Published) -> bytes:
    return msgspec.json.encode(version.facts["info"]) + b"\n"


def _escaped(module: str) -> str:
    """Capitals as proxies spell them, for file systems that don't tell them from small letters."""
    return re.sub(r"[A-Z]", lambda found: f"!{found[0].lower()}", module)


def _unescaped(path: str) -> str:
    return re.sub(r"!([a-z])", lambda found: found[1].upper(), path)
