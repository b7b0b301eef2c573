"""protogen.lock: what a run was made of, so that another run can be held to it. Pure but for the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from protogen import atomic
from protogen.cache import digest
from protogen.errors import LockMismatch, OutputUnwritable, RecipeError
from protogen.languages.documents import public_place
from protogen.release import Release, ResolvedRepository
from protogen.toolchain.toolbox import machine

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from protogen.job import Job
    from protogen.pipeline import Prepared
    from protogen.toolchain.toolbox import Tool

FILE = "protogen.lock"
_SCHEMA = 1


class LockedRepository(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a repository's protos came from.

    url is empty for a place on somebody's machine; sha256 is of a package's file.
    """

    url: str
    ref: str
    commit: str
    note: str = ""
    sha256: str = ""


class LockedTool(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tool by version, and SHA-256 of its program by kind of machine."""

    version: str
    sha256: dict[str, str]


class LockedRelease(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One release. closure: SHA-256 of the protos. outputs: SHA-256 of each tree."""

    package_version: str
    source: str
    repositories: dict[str, LockedRepository]
    closure: str
    groups: list[str]
    settings: dict[str, str]
    tools: dict[str, LockedTool]
    outputs: dict[str, str]

    def resolved(self, name: str, free: frozenset[str] = frozenset()) -> Release:
        """The release for a source to give again, without the repositories that are to move."""
        repositories = tuple(
            ResolvedRepository(each, there.url, there.ref, there.commit, there.note, there.sha256)
            for each, there in self.repositories.items()
            if each not in free
        )
        return Release(name, self.package_version, self.source, repositories)


class Lock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file. recipe_sha256: of the recipe's text."""

    schema: int
    recipe: str
    recipe_sha256: str
    releases: dict[str, LockedRelease]


def locked_release(job: Job, prepared: Prepared) -> LockedRelease:
    """What the lock keeps of a release; nothing in it depends on the machine or the time."""
    release = prepared.release
    return LockedRelease(
        package_version=release.package_version,
        source=release.source,
        repositories={
            each.name: LockedRepository(
                each.url if public_place(each) == each.url else "",
                each.ref,
                each.commit,
                each.note,
                each.sha256,
            )
            for each in release.repositories
        },
        closure=prepared.closure.graph.digest(),
        groups=list(job.groups),
        settings=dict(sorted(job.settings.items())),
        tools={name: _locked_tool(tool) for name, tool in sorted(prepared.tools.items())},
        outputs={target.language: tree_digest(target.tree) for target in prepared.targets},
    )


def _locked_tool(tool: Tool) -> LockedTool:
    return LockedTool(tool.version.removeprefix("v"), {machine(): digest(tool.path.read_bytes())})


def tree_digest(tree: Mapping[str, bytes]) -> str:
    """SHA-256 over paths and contents."""
    return digest("".join(f"{path}\0{digest(content)}\n" for path, content in sorted(tree.items())))


def differences(locked: LockedRelease, now: LockedRelease) -> tuple[str, ...]:
    """What moved, inputs first: each as a sentence; empty where all is as locked.

    Languages that this run doesn't make don't count.
    """
    found = []
    for name in sorted({*locked.repositories, *now.repositories}):
        before, after = locked.repositories.get(name), now.repositories.get(name)
        if _place(before) != _place(after):
            found.append(f"{name} moved from {_place(before)} to {_place(after)}")
    for what in ("package_version", "source", "groups", "settings"):
        if getattr(locked, what) != getattr(now, what):
            words = f"{what.replace('_', ' ')} moved from {getattr(locked, what)!r} to {getattr(now, what)!r}"
            found.append(words)
    if locked.closure != now.closure:
        found.append("the protos moved: their closure has another hash")
    for name, tool in now.tools.items():
        before_tool = locked.tools.get(name)
        if before_tool is None or before_tool.version != tool.version:
            known = before_tool.version if before_tool else "nothing"
            found.append(f"{name} moved from {known} to {tool.version}")
    moved = [name for name, tree in now.outputs.items() if locked.outputs.get(name) != tree]
    found += [
        f"the output for {name} moved" if name in locked.outputs else f"{name} is not in the lock"
        for name in moved
    ]
    # The same version may be another build, which is none of the user's business unless it shows.
    return (*found, *_other_builds(locked, now)) if moved else tuple(found)


def _other_builds(locked: LockedRelease, now: LockedRelease) -> list[str]:
    return [
        f"{name} {tool.version} is another build than the locked one"
        for name, tool in now.tools.items()
        if (before := locked.tools.get(name))
        and any(before.sha256.get(k, v) != v for k, v in tool.sha256.items())
    ]


def check_locked(lock: Lock, version: str, recipe: str, recipe_sha256: str) -> LockedRelease:
    """The locked release.

    Raises LockMismatch where the lock is of another recipe, or has no such release.
    """
    if (lock.recipe, lock.recipe_sha256) != (recipe, recipe_sha256):
        raise LockMismatch(f"the recipe {recipe} is not the one that {FILE} was made with", where=FILE)
    if version not in lock.releases:
        known = ", ".join(lock.releases)
        raise LockMismatch(
            f"{FILE} has no release {version!r}; it has {known}", where=FILE, remedy="protogen lock"
        )
    return lock.releases[version]


def check_same(version: str, locked: LockedRelease, now: LockedRelease) -> None:
    """Raise LockMismatch, naming what moved, where a run isn't what the lock says."""
    moved = differences(locked, now)
    if moved:
        raise LockMismatch(f"{version} is not as {FILE} says: {'; '.join(moved)}", where=FILE)


def merged(lock: Lock | None, job: Job, made: Mapping[str, LockedRelease]) -> Lock:
    """A lock of the releases made; what it knew of other languages and machines stays
    while the protos are the same.
    """
    earlier = lock.releases if lock and lock.recipe_sha256 == job.recipe.digest else {}
    releases = {}
    for version, release in made.items():
        before = earlier.get(version)
        same = before is not None and before.closure == release.closure
        releases[version] = _with_others(release, before) if before and same else release
    return Lock(_SCHEMA, job.recipe.name, job.recipe.digest, releases)


def _with_others(release: LockedRelease, before: LockedRelease) -> LockedRelease:
    """The release with what an earlier lock knows of other languages and other machines."""
    tools = dict(before.tools)
    for name, tool in release.tools.items():
        known = tools.get(name)
        others = known.sha256 if known and known.version == tool.version else {}
        tools[name] = LockedTool(tool.version, {**others, **tool.sha256})
    outputs = {**before.outputs, **release.outputs}
    return msgspec.structs.replace(release, tools=tools, outputs=outputs)


def render(lock: Lock) -> bytes:
    """The file's text: JSON, the same for the same lock."""
    return msgspec.json.format(msgspec.json.encode(lock, order="sorted"), indent=2) + b"\n"


def parse(content: bytes, file: str = FILE) -> Lock:
    """A lock from its text.

    Raises RecipeError for what is none, or of another schema.
    """
    try:
        lock = msgspec.json.decode(content, type=Lock)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{file} can't be read: {error}", where=file, remedy="protogen lock") from None
    if lock.schema != _SCHEMA:
        raise RecipeError(
            f"{file} has schema {lock.schema}; this protogen knows {_SCHEMA}",
            where=file,
            remedy="protogen lock",
        )
    return lock


def load(folder: Path) -> Lock | None:
    """The lock in the folder, or None.

    Raises RecipeError.
    """
    try:
        return parse((folder / FILE).read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RecipeError(f"{FILE} can't be read: {error.strerror}", where=FILE) from None


def save(lock: Lock, folder: Path) -> bool:
    """Write the lock into the folder, atomically; whether it changed.

    Raises OutputUnwritable.
    """
    path, content = folder / FILE, render(lock)
    try:
        if path.is_file() and path.read_bytes() == content:
            return False
        atomic.write(path, content)
    except OSError as error:
        raise OutputUnwritable(
            f"{FILE} can't be written: {error.strerror}",
            where=str(folder),
            remedy="run again in a folder that can be written",
        ) from None
    return True


def _place(repository: LockedRepository | None) -> str:
    if repository is None:
        return "nothing"
    sha256 = f"sha256:{repository.sha256}" if repository.sha256 else ""
    return " ".join(filter(None, (repository.ref, repository.commit, sha256))) or "a folder"
