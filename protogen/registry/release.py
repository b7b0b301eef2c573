"""A release as people are shown it: its packages, what they were made from, what changed. Values; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

from protogen.registry import provenance
from protogen.registry.model import Package
from protogen.registry.order import key
from protogen.registry.provenance import Input, Tool
from protogen.system.files import digests

_SET = ".protoset"


class Evidence(Struct, frozen=True):
    """What a run left that made packages of a release."""

    folder: str
    """Below the registry's."""
    files: dict[str, str]
    """SHA-256 by path below the registry's folder."""
    size: int = 0
    """Of the descriptor set."""
    release: str = ""
    """As upstream calls it."""
    source: str = ""
    """By what the protos were read: git, index or folder."""
    groups: tuple[str, ...] = ()
    """Of extra entry points."""
    inputs: tuple[Input, ...] = ()
    tools: tuple[Tool, ...] = ()
    builder: dict[str, str] = {}
    """Versions of what made the packages."""

    @property
    def descriptor_set(self) -> str:
        """Where the set is, below the registry's folder; empty where the run left none."""
        return next((path for path in self.files if path.endswith(_SET)), "")


class Section(Struct, frozen=True):
    """Changes of one kind of things."""

    title: str
    lines: tuple[tuple[str, str], ...]
    """`added`, `removed` or `changed`, and the text."""


class Changes(Struct, frozen=True):
    """What changed in a release's protos since the release before."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    sections: tuple[Section, ...] = ()
    left_off: int = 0
    """How many lines the sections lack, of a long list."""


class Release(Struct, frozen=True):
    """All that the registry has of a release of a recipe."""

    recipe: str
    version: str
    """The packages', as SemVer has it."""
    packages: tuple[Package, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    since: str = ""
    """The version of the release before, in the registry; empty for the first."""
    since_release: str = ""
    """As upstream calls that one."""
    changes: Changes | None = None
    """None where nothing compared it."""

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from all others."""
        return self.recipe, self.version

    @property
    def main(self) -> Evidence:
        """The run whose protos stand for the release's: those with the most in them."""
        return max(self.evidence, key=lambda each: (each.size, each.folder))

    def with_run(self, packages: Iterable[Package], evidence: Evidence) -> Release:
        """The release after one more run; whichever run was first, the result is the same."""
        known = {each.key: each for each in (*self.packages, *packages)}
        runs = {each.folder: each for each in (*self.evidence, evidence)}
        return msgspec.structs.replace(
            self,
            packages=tuple(each for _, each in sorted(known.items())),
            evidence=tuple(each for _, each in sorted(runs.items())),
        )


def evidence(folder: str, files: Mapping[str, bytes]) -> Evidence:
    """What a run's files tell; those that don't read as provenance tell nothing."""
    sums = digests(dict(sorted(files.items())))
    size = next((len(content) for path, content in files.items() if path.endswith(_SET)), 0)
    try:
        build = provenance.read(provenance.statement(files))
    except ValueError:
        return Evidence(folder, sums, size)
    made = (build.release, build.source, build.groups, build.inputs, build.tools, build.builder)
    return Evidence(folder, sums, size, *made)


def predecessors(versions: Iterable[str]) -> dict[str, str]:
    """The version before each, empty for the first: of a final one, the final one before."""
    found: dict[str, str] = {}
    last = last_final = ""
    for version in sorted(versions, key=key):
        is_final = "-" not in version
        found[version] = last_final if is_final else last
        last, last_final = version, version if is_final else last_final
    return found
