"""protogen.lock, the file: what runs were made of, read and written."""

from __future__ import annotations

from pathlib import Path

import msgspec

from protogen.errors import LockMismatch, OutputUnwritable, RecipeError
from protogen.releases.release import Release, ResolvedRepository
from protogen.system import files

FILE = "protogen.lock"
SCHEMA = 2


class LockedRepository(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a repository's protos came from."""

    url: str
    """Empty for a place on somebody's machine."""
    ref: str
    commit: str
    note: str = ""
    sha256: str = ""
    """Of a package's file."""


class LockedTool(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tool that generated."""

    version: str
    sha256: dict[str, str]
    """Of its program, by kind of machine."""


class LockedRelease(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One release."""

    recipe: str
    recipe_sha256: str
    """Of the recipe's text."""
    package_version: str
    source: str
    repositories: dict[str, LockedRepository]
    closure: str
    """SHA-256 of the protos, but for those that the compiler brings; empty where an older lock was read."""
    groups: list[str]
    settings: dict[str, dict[str, str]]
    """By language."""
    tools: dict[str, LockedTool]
    outputs: dict[str, str]
    """SHA-256 of each language's tree."""
    externals: dict[str, dict[str, str]] = {}
    """By language: the published packages that serve protos, with their lowest versions."""

    @property
    def places(self) -> dict[str, str]:
        """What each repository was taken at, as it is shown."""
        return {name: _place(each) for name, each in self.repositories.items()}

    def resolved(self, name: str, free: frozenset[str] = frozenset()) -> Release:
        """The release for a source to give again, without the repositories that are to move."""
        repositories = tuple(
            ResolvedRepository(each, there.url, there.ref, there.commit, there.note, there.sha256)
            for each, there in self.repositories.items()
            if each not in free
        )
        return Release(name, self.package_version, self.source, repositories)


class Lock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    schema: int
    releases: dict[str, LockedRelease]

    def release(self, version: str, recipe: str, recipe_sha256: str) -> LockedRelease:
        """The locked release.

        Raises LockMismatch where the lock has no such release, or has it of another recipe.
        """
        remedy = f"protogen lock --version {version}, with the same options but --locked"
        if version not in self.releases:
            known = ", ".join(self.releases) or "none"
            raise LockMismatch(
                f"{FILE} has no release {version!r}; it has {known}", where=FILE, remedy=remedy
            )
        locked = self.releases[version]
        if (locked.recipe, locked.recipe_sha256) != (recipe, recipe_sha256):
            complaint = f"the recipe {recipe} is not the one that {version} was locked with in {FILE}"
            raise LockMismatch(complaint, where=FILE, remedy=remedy)
        return locked


def render(lock: Lock) -> bytes:
    """The file's text: JSON, the same for the same lock."""
    return msgspec.json.format(msgspec.json.encode(lock, order="sorted"), indent=2) + b"\n"


def parse(content: bytes, file: str = FILE) -> Lock:
    """A lock from its text.

    Raises RecipeError for what is none, or of another schema.
    """
    try:
        plain = msgspec.json.decode(content)
        schema = plain.get("schema") if isinstance(plain, dict) else None
        if schema == 1:
            return _upgraded(msgspec.convert(plain, _Lock1))
        if isinstance(schema, int) and schema > SCHEMA:
            raise RecipeError(
                f"{file} has schema {schema}; this protogen knows {SCHEMA} and older",
                where=file,
                remedy=f"update protogen to the one that wrote it, or remove {file} and run protogen lock",
            )
        return msgspec.convert(plain, Lock)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise RecipeError(
            f"{file} can't be read: {error}",
            where=file,
            remedy=f"take the last {file} that was committed, or remove it and run protogen lock",
        ) from None


class _LockedRelease1(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A release in schema 1. Its closure covers the compiler's own protos, whatever compiler that was."""

    package_version: str
    source: str
    repositories: dict[str, LockedRepository]
    closure: str
    groups: list[str]
    settings: dict[str, str]
    tools: dict[str, LockedTool]
    outputs: dict[str, str]


class _Lock1(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema: int
    recipe: str
    recipe_sha256: str
    releases: dict[str, _LockedRelease1]


def _upgraded(lock: _Lock1) -> Lock:
    """A lock of schema 1: commits, packages and outputs still hold the protos, the old hash doesn't."""
    releases = {}
    for version, old in lock.releases.items():
        settings: dict[str, dict[str, str]] = {name: {} for name in old.outputs}
        for key, value in old.settings.items():
            settings.setdefault(key.partition("_")[0], {})[key] = value
        fields = msgspec.structs.asdict(old) | {"closure": "", "settings": settings}
        releases[version] = LockedRelease(lock.recipe, lock.recipe_sha256, **fields)
    return Lock(SCHEMA, releases)


def load(folder: Path) -> Lock | None:
    """The lock in the folder, or None.

    Raises RecipeError.
    """
    try:
        return parse((folder / FILE).read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RecipeError(
            f"{FILE} can't be read: {error.strerror}",
            where=FILE,
            remedy=f"make {FILE} a file that can be read, or remove it and run protogen lock",
        ) from None


def load_existing(folder: Path) -> Lock:
    """The lock in the folder.

    Raises LockMismatch where there is none, and what load raises.
    """
    lock = load(folder)
    if lock is None:
        raise LockMismatch(
            f"there is no {FILE} here",
            where=str(folder),
            remedy="protogen lock, with the same options but --locked",
        )
    return lock


def save(lock: Lock, folder: Path) -> bool:
    """Write the lock into the folder, atomically; whether it changed.

    Raises OutputUnwritable.
    """
    path, content = folder / FILE, render(lock)
    try:
        if path.is_file() and path.read_bytes() == content:
            return False
        files.write_whole(path, content)
    except OSError as error:
        raise OutputUnwritable(
            f"{FILE} can't be written: {error.strerror}",
            where=str(folder),
            remedy="run again in a folder that can be written",
        ) from None
    return True


def _place(repository: LockedRepository) -> str:
    sha256 = f"sha256:{repository.sha256}" if repository.sha256 else ""
    return " ".join(filter(None, (repository.ref, repository.commit, sha256))) or "a folder"
