"""Which ecosystem has a language's packages, and what of a release goes where. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any

from protogen.registry import provenance
from protogen.registry.model import Addition, Held, Service
from protogen.system import sums
from protogen.system.files import digest, digests

ECOSYSTEMS = {
    "go": "go",
    "java": "maven",
    "python": "pypi",
    "typescript": "npm",
    "rust": "crates",
    "cpp": "archives",
    "proto": "archives",
}
"""By language. Another language's artifacts are archives."""
WITH_URL = frozenset({"npm", "crates"})
"""Ecosystems whose indexes have whole addresses in them."""


def ecosystem_of(language: str) -> str:
    """The ecosystem of a language's packages."""
    return ECOSYSTEMS.get(language, "archives")


def additions(
    artifacts: Mapping[str, bytes], name: str, version: str, crates_index: Callable[[], str] | None = None
) -> tuple[list[Addition], dict[str, bytes]]:
    """The packages among a release's artifacts, and the evidence of what they were made from, by path.

    name, version: the recipe's and the release's. The evidence's folder is called after its contents:
    a run for other languages, or with other settings, has its own. crates_index: asked, where there are
    crates, for the public index that has what they require; None where this registry has it. Raises what
    crates_index raises.
    """
    by_ecosystem: dict[str, dict[str, bytes]] = {}
    for path, content in artifacts.items():
        language, slash, rest = path.partition("/")
        if slash:
            ecosystem = ecosystem_of(language)
            own = path if ecosystem == "archives" else rest
            by_ecosystem.setdefault(ecosystem, {})[own] = content
    found: list[Addition] = []
    for ecosystem, files in sorted(by_ecosystem.items()):
        own = module(ecosystem).additions
        found += own(files, crates_index) if ecosystem == "crates" else own(files)
    common = {path: each for path, each in artifacts.items() if "/" not in path and path != sums.NAME}
    mark = digest(provenance.statement(common))[:12]
    folder = f"files/{name}/{version}/{mark}"
    evidence = {f"{folder}/{path}": content for path, content in sorted(common.items())}
    placed = {path: each for addition in found for path, each in addition.files.items()} | evidence
    return found, evidence | {sums_path(folder): sums.render(digests(placed))}


def sums_path(place: str) -> str:
    """Where the sums of a run are, of whose evidence this is the folder."""
    return f"{place}/{sums.NAME}"


def evidence_sums(place: str, content: bytes) -> dict[str, str]:
    """SHA-256 by path of what is in a folder of evidence, as the sums there have it, but for the sums."""
    return {path: sha for path, sha in sums.read(content).items() if path.startswith(f"{place}/")}


def index(held: Held, url: str) -> dict[str, bytes]:
    """The package's index, by path below the registry's folder."""
    pages: dict[str, bytes] = module(held.ecosystem).index(held, url)
    return pages


def root(ecosystem: str, names: Iterable[str], service: Service) -> dict[str, bytes]:
    """What an ecosystem's clients read before any package's index; most need nothing."""
    own = getattr(module(ecosystem), "root", None)
    pages: dict[str, bytes] = own(names, service) if own else {}
    return pages


def retraction(held: Held, read: Callable[[str, str], bytes]) -> Addition | None:
    """The version that an ecosystem needs to be told which others are withdrawn; None where none is missing.

    read: the content of a version's file, by version and path.
    """
    own = getattr(module(held.ecosystem), "retraction", None)
    found: Addition | None = own(held, read) if own else None
    return found


def module(ecosystem: str) -> Any:
    """The ecosystem's own layout."""
    return import_module(f"protogen.registry.ecosystems.{ecosystem}")
