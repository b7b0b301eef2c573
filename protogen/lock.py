"""protogen.lock: what a run was made of, so that another run can be held to it. Pure but for the file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from protogen.cache import digest
from protogen.errors import LockMismatch, OutputUnwritable, RecipeError
from protogen.languages.documents import public_place
from protogen.protoset import Release, ResolvedRepository

if TYPE_CHECKING:
    from collections.abc import Mapping

    from protogen.pipeline import Job, Prepared

FILE = "protogen.lock"
_SCHEMA = 1


class LockedRepository(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a repository's protos came from; url is empty for a place on somebody's machine."""

    url: str
    ref: str
    commit: str
    note: str = ""


class LockedRelease(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One release. closure: SHA-256 of the protos. tools: versions. outputs: SHA-256 of each tree."""

    package_version: str
    source: str
    repositories: dict[str, LockedRepository]
    closure: str
    groups: list[str]
    settings: dict[str, str]
    tools: dict[str, str]
    outputs: dict[str, str]

    def resolved(self, name: str, free: frozenset[str] = frozenset()) -> Release:
        """The release for a source to give again, without the repositories that are to move."""
        repositories = tuple(
            ResolvedRepository(each, there.url, there.ref, there.commit, there.note)
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
                each.url if public_place(each) == each.url else "", each.ref, each.commit, each.note
            )
            for each in release.repositories
        },
        closure=prepared.closure,
        groups=list(job.groups),
        settings=dict(sorted(job.settings.items())),
        tools={name: tool.version.removeprefix("v") for name, tool in sorted(prepared.tools.items())},
        outputs={target.language: tree_digest(target.tree) for target in prepared.targets},
    )


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
    found += [
        f"{tool} moved from {locked.tools.get(tool, 'nothing')} to {version}"
        for tool, version in now.tools.items()
        if locked.tools.get(tool) != version
    ]
    found += [
        f"the output for {language} moved" if language in locked.outputs else f"{language} is not in the lock"
        for language, tree in now.outputs.items()
        if locked.outputs.get(language) != tree
    ]
    return tuple(found)


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
    """A lock of the releases made; outputs for other languages stay while the protos are the same."""
    earlier = lock.releases if lock and lock.recipe_sha256 == job.recipe.digest else {}
    releases = {}
    for version, release in made.items():
        before = earlier.get(version)
        kept = before.outputs if before and before.closure == release.closure else {}
        outputs = dict(sorted({**kept, **release.outputs}.items()))
        releases[version] = msgspec.structs.replace(release, outputs=outputs)
    return Lock(_SCHEMA, job.recipe.name, job.recipe.digest, releases)


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
        descriptor, staged = tempfile.mkstemp(prefix=f".{FILE}.", dir=folder)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(staged).chmod(0o644)
        Path(staged).replace(path)
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
    return " ".join(filter(None, (repository.ref, repository.commit))) or "a folder"
