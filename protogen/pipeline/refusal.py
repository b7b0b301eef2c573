"""Why a version can't be added to a registry: what its packages there were made from, and what helps."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.languages.kit import setting_keys
from protogen.registry import layout, origins
from protogen.registry.adding import others
from protogen.registry.provenance import SUFFIX

if TYPE_CHECKING:
    from protogen.pipeline.job import Job
    from protogen.registry.adding import VersionTaken
    from protogen.registry.origins import Origin
    from protogen.releases.release import Release

_SHOWN = 4


@dataclass(frozen=True)
class Case:
    """A refused release, as far as it matters to what is told of it."""

    named: str
    """The packages."""
    release: str
    """As it was typed."""
    version: str
    """The packages', by SemVer."""
    free: str
    """A version that nothing has yet, and that sorts right after."""
    is_branch: bool
    """Whether the release is a branch, and has another's number."""
    several: bool
    """Whether the run is of more releases than this one."""
    settings: frozenset[str] = frozenset()
    """The keys that matter to the packages."""


def explain(taken: VersionTaken, job: Job, registry: Path, release: Release, statement: bytes) -> None:
    """Let the error say why the bytes are others, as far as the registry's evidence tells, and what helps.

    statement: the provenance of the packages that are refused.
    """
    old, new = _there(registry, taken.evidence), _origin(statement)
    primary = next((each for each in release.repositories if each.name == job.recipe.releases), None)
    case = Case(
        named=taken.named,
        release=release.name,
        version=release.package_version,
        free=free(registry, job.recipe.name, release.package_version),
        is_branch=bool(primary and primary.ref.startswith("refs/heads/") and not job.package_version),
        several=len(job.versions) > 1,
        settings=frozenset(
            key
            for language in job.languages
            if layout.ecosystem_of(language.name) in taken.ecosystems
            for key in setting_keys(language.entry)
        ),
    )
    taken.message, taken.remedy = told(case, old, new)


def told(case: Case, old: Origin | None, new: Origin | None) -> tuple[str, str]:
    """The message and the remedy. Pure."""
    only = f"--version {case.release} " if case.several else ""
    other = f"run again with {only}--package-version {case.free}"
    message = others(case.named)
    if old is None or new is None:
        return message, other
    different = origins.differences(old, new, case.settings)
    if old.release != new.release and case.is_branch:
        message = (
            f"{case.release} is a branch; its packages have the number of its newest tag, {case.version}, "
            f"which the registry has with other bytes: {case.named}"
        )
    if different:
        shown = different[:_SHOWN] + ([f"{len(different) - _SHOWN} more"] if len(different) > _SHOWN else [])
        message += f". Those there were made {'; '.join(shown)}"
    else:
        message += ". All that is recorded is the same: a program that builds is another one, such as the JDK"
    again = _again(old, new, case)
    return message, f"{again}; or {other}" if again else other


def _again(old: Origin, new: Origin, case: Case) -> str:
    """How the packages that are there are made again; empty where no option does that."""
    moved = old.release == new.release and old.commits != new.commits
    if moved or old.recipe != new.recipe:
        return ""
    keys = origins.differing(old, new, case.settings)
    typed = [origins.option(key, old) for key in keys]
    typed = [f"--version {old.release}" if old.release != new.release else "", *typed]
    dropped = [origins.flag(key) for key in keys if key not in old.settings]
    tools = [f"{name} {each}" for name, each in old.tools.items() if new.tools.get(name, each) != each]
    parts = [
        f"with {' '.join(filter(None, typed))}" if any(typed) else "",
        f"without {' '.join(dropped)}" if dropped else "",
        f"with {' and '.join(tools)}" if tools else "",
    ]
    return f"run again {' and '.join(filter(None, parts))}" if any(parts) else ""


def _there(registry: Path, evidence: str) -> Origin | None:
    """What the registry's own evidence tells; None where that can't be read."""
    with suppress(OSError, StopIteration):
        return _origin(next((registry / evidence).glob(f"*{SUFFIX}")).read_bytes())
    return None


def _origin(statement: bytes) -> Origin | None:
    with suppress(ValueError):
        return origins.read(statement)
    return None


def free(registry: Path, recipe: str, version: str) -> str:
    """A pre-release of the next patch that the registry has nothing of; every ecosystem has a form of it."""
    major, minor, patch = version.partition("-")[0].split(".")
    number = 1
    while True:
        free = f"{major}.{minor}.{int(patch) + 1}-dev.{number}"
        if not (registry / "files" / recipe / free).exists():
            return free
        number += 1
