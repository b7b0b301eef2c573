"""What a run was made of, for another run to be held to: what is locked of it, and what moved since. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from protogen.errors import LockMismatch
from protogen.languages.documents import public_place
from protogen.languages.kit import setting_keys
from protogen.languages.toolchain.programs import machine
from protogen.pipeline.lockfile import FILE, SCHEMA, Lock, LockedRelease, LockedRepository, LockedTool
from protogen.system.files import digest

if TYPE_CHECKING:
    from protogen.pipeline.job import Job, Prepared
    from protogen.releases.release import ResolvedRepository

_COMPILER = "grpcio-tools"
"""The program that compiles; its version is of interest where the output moved."""


def of(job: Job, prepared: Prepared) -> LockedRelease:
    """What the lock keeps of a release; nothing in it depends on the machine or the time."""
    from importlib.metadata import version

    release = prepared.release
    options = {each.name: setting_keys(each.entry) for each in job.languages}
    tools = {name: _tool(tool.version, tool.path) for name, tool in prepared.tools.items()}
    return LockedRelease(
        recipe=job.recipe.name,
        recipe_sha256=job.recipe.digest,
        package_version=release.package_version,
        source=release.source,
        repositories={each.name: _repository(each) for each in release.repositories},
        closure=prepared.closure.graph.own_digest(),
        groups=list(job.groups),
        settings={
            name: {key: job.settings[key] for key in keys if key in job.settings}
            for name, keys in options.items()
        },
        tools={**tools, _COMPILER: LockedTool(version(_COMPILER), {})},
        outputs={target.language: tree_digest(target.tree) for target in prepared.targets},
        externals={
            name: {external.package: external.version for external in each.plan.externals}
            for name, each in prepared.packages.items()
            if each.plan.externals
        },
    )


def _repository(repository: ResolvedRepository) -> LockedRepository:
    """Where a repository's protos came from, without what is of this machine."""
    url = repository.url if public_place(repository) == repository.url else ""
    return LockedRepository(url, repository.ref, repository.commit, repository.note, repository.sha256)


def _tool(version: str, path: Path) -> LockedTool:
    """A tool by version, and its program by hash."""
    return LockedTool(version.removeprefix("v"), {machine(): digest(path.read_bytes())})


def tree_digest(tree: Mapping[str, bytes]) -> str:
    """SHA-256 over paths and contents."""
    return digest("".join(f"{path}\0{digest(content)}\n" for path, content in sorted(tree.items())))


def differences(locked: LockedRelease, now: LockedRelease) -> tuple[str, ...]:
    """What moved, inputs first: each as a sentence; empty where all is as locked.

    Languages that this run doesn't make don't count.
    """
    found = []
    for name in sorted({*locked.repositories, *now.repositories}):
        before, after = (each.places.get(name, "nothing") for each in (locked, now))
        if before != after:
            found.append(f"{name} moved from {before} to {after}")
    for what in ("package_version", "source", "groups"):
        if getattr(locked, what) != getattr(now, what):
            sentence = (
                f"{what.replace('_', ' ')} moved from {getattr(locked, what)!r} to {getattr(now, what)!r}"
            )
            found.append(sentence)
    for name, settings in now.settings.items():
        known = locked.settings.get(name, {})
        if name in locked.outputs and known != settings:
            found.append(f"settings of {name} moved from {known!r} to {settings!r}")
    found += _moved_externals(locked, now)
    if locked.closure and locked.closure != now.closure:
        found.append("the protos moved: their closure has another hash")
    for name, tool in now.tools.items():
        before_tool = locked.tools.get(name)
        if name != _COMPILER and (before_tool is None or before_tool.version != tool.version):
            version = before_tool.version if before_tool else "nothing"
            found.append(f"{name} moved from {version} to {tool.version}")
    moved = [name for name, tree in now.outputs.items() if locked.outputs.get(name) != tree]
    found += [
        f"the output for {name} moved" if name in locked.outputs else f"{name} is not in the lock"
        for name in moved
    ]
    # The same version may be another build, which is none of the user's business unless it shows.
    return (*found, *_other_compiler(locked, now), *_other_builds(locked, now)) if moved else tuple(found)


def _moved_externals(locked: LockedRelease, now: LockedRelease) -> list[str]:
    """Of the packages that serve protos, those that moved; languages that the lock lacks don't count."""
    found = []
    for language in now.outputs.keys() & locked.outputs.keys():
        before, after = (each.externals.get(language, {}) for each in (locked, now))
        for package in sorted({*before, *after}):
            if before.get(package) != after.get(package):
                versions = (each.get(package, "nothing") for each in (before, after))
                found.append("{} of {} moved from {} to {}".format(package, language, *versions))
    return sorted(found)


def _other_compiler(locked: LockedRelease, now: LockedRelease) -> list[str]:
    before, after = locked.tools.get(_COMPILER), now.tools.get(_COMPILER)
    if before is None or after is None or before.version == after.version:
        return []
    return [
        f"{_COMPILER} is {after.version} here and was {before.version}, which generated code may name "
        f"(pip install {_COMPILER}=={before.version})"
    ]


def _other_builds(locked: LockedRelease, now: LockedRelease) -> list[str]:
    return [
        f"{name} {tool.version} is another build than the locked one"
        for name, tool in now.tools.items()
        if (before := locked.tools.get(name))
        and any(before.sha256.get(k, v) != v for k, v in tool.sha256.items())
    ]


def check_same(version: str, locked: LockedRelease, now: LockedRelease) -> None:
    """Raise LockMismatch, naming what moved, where a run isn't what the lock says."""
    moved = differences(locked, now)
    if moved:
        raise LockMismatch(f"{version} is not as {FILE} says: {'; '.join(moved)}", where=FILE)


def merged(lock: Lock | None, made: Mapping[str, LockedRelease]) -> Lock:
    """The lock with the releases made; the others stay, and so does what it knew of other languages
    and machines while recipe and protos are the same.
    """
    earlier = lock.releases if lock else {}
    releases = dict(earlier)
    for version, release in made.items():
        before = earlier.get(version)
        releases[version] = _with_others(release, before) if before and _same(before, release) else release
    return Lock(SCHEMA, releases)


def without(lock: Lock, versions: Iterable[str]) -> Lock:
    """The lock without some of its releases."""
    gone = frozenset(versions)
    return Lock(SCHEMA, {name: each for name, each in lock.releases.items() if name not in gone})


def _same(before: LockedRelease, now: LockedRelease) -> bool:
    """Whether both are of the same protos, made by the same rules."""
    closure = before.closure == now.closure if before.closure else before.places == now.places
    return closure and before.recipe_sha256 == now.recipe_sha256


def _with_others(release: LockedRelease, before: LockedRelease) -> LockedRelease:
    """The release with what an earlier lock knows of other languages and other machines."""
    tools = dict(before.tools)
    for name, tool in release.tools.items():
        known = tools.get(name)
        others = known.sha256 if known and known.version == tool.version else {}
        tools[name] = LockedTool(tool.version, {**others, **tool.sha256})
    return msgspec.structs.replace(
        release,
        tools=tools,
        settings={**before.settings, **release.settings},
        outputs={**before.outputs, **release.outputs},
        externals={
            **{name: each for name, each in before.externals.items() if name not in release.outputs},
            **release.externals,
        },
    )
