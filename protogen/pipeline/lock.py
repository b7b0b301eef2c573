"""protogen.lock: what a run was made of, so that another run can be held to it. Pure but for the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from protogen.errors import LockMismatch, OutputUnwritable, RecipeError
from protogen.languages.documents import public_place
from protogen.languages.toolchain.toolbox import machine
from protogen.releases.release import Release, ResolvedRepository
from protogen.system import files
from protogen.system.files import digest

FILE = "protogen.lock"
_SCHEMA = 2
# The program that compiles; its version is of interest where the output moved.
COMPILER = "grpcio-tools"


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
    """One release.

    recipe_sha256: of the recipe's text. closure: SHA-256 of the protos, but for those that the compiler
    brings; empty in what was read of an older lock. settings and outputs, SHA-256 of each tree: by
    language.
    """

    recipe: str
    recipe_sha256: str
    package_version: str
    source: str
    repositories: dict[str, LockedRepository]
    closure: str
    groups: list[str]
    settings: dict[str, dict[str, str]]
    tools: dict[str, LockedTool]
    outputs: dict[str, str]

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


def locked_repository(repository: ResolvedRepository) -> LockedRepository:
    """Where a repository's protos came from, without what is of this machine."""
    url = repository.url if public_place(repository) == repository.url else ""
    return LockedRepository(url, repository.ref, repository.commit, repository.note, repository.sha256)


def locked_tool(version: str, path: Path) -> LockedTool:
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
            words = f"{what.replace('_', ' ')} moved from {getattr(locked, what)!r} to {getattr(now, what)!r}"
            found.append(words)
    for name, settings in now.settings.items():
        known = locked.settings.get(name, {})
        if name in locked.outputs and known != settings:
            found.append(f"settings of {name} moved from {known!r} to {settings!r}")
    if locked.closure and locked.closure != now.closure:
        found.append("the protos moved: their closure has another hash")
    for name, tool in now.tools.items():
        before_tool = locked.tools.get(name)
        if name != COMPILER and (before_tool is None or before_tool.version != tool.version):
            version = before_tool.version if before_tool else "nothing"
            found.append(f"{name} moved from {version} to {tool.version}")
    moved = [name for name, tree in now.outputs.items() if locked.outputs.get(name) != tree]
    found += [
        f"the output for {name} moved" if name in locked.outputs else f"{name} is not in the lock"
        for name in moved
    ]
    # The same version may be another build, which is none of the user's business unless it shows.
    return (*found, *_other_compiler(locked, now), *_other_builds(locked, now)) if moved else tuple(found)


def _other_compiler(locked: LockedRelease, now: LockedRelease) -> list[str]:
    before, after = locked.tools.get(COMPILER), now.tools.get(COMPILER)
    if before is None or after is None or before.version == after.version:
        return []
    return [
        f"{COMPILER} is {after.version} here and was {before.version}, which generated code may name "
        f"(pip install {COMPILER}=={before.version})"
    ]


def _other_builds(locked: LockedRelease, now: LockedRelease) -> list[str]:
    return [
        f"{name} {tool.version} is another build than the locked one"
        for name, tool in now.tools.items()
        if (before := locked.tools.get(name))
        and any(before.sha256.get(k, v) != v for k, v in tool.sha256.items())
    ]


def check_locked(lock: Lock, version: str, recipe: str, recipe_sha256: str) -> LockedRelease:
    """The locked release.

    Raises LockMismatch where the lock has no such release, or has it of another recipe.
    """
    if version not in lock.releases:
        known = ", ".join(lock.releases) or "none"
        raise LockMismatch(
            f"{FILE} has no release {version!r}; it has {known}",
            where=FILE,
            remedy=f"protogen lock --version {version}, with the same options but --locked",
        )
    locked = lock.releases[version]
    if (locked.recipe, locked.recipe_sha256) != (recipe, recipe_sha256):
        raise LockMismatch(
            f"the recipe {recipe} is not the one that {version} was locked with in {FILE}",
            where=FILE,
            remedy=f"protogen lock --version {version}, with the same options but --locked",
        )
    return locked


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
    return Lock(_SCHEMA, releases)


def without(lock: Lock, versions: Iterable[str]) -> Lock:
    """The lock without some of its releases."""
    gone = frozenset(versions)
    return Lock(_SCHEMA, {name: each for name, each in lock.releases.items() if name not in gone})


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
    )


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
        if isinstance(schema, int) and schema > _SCHEMA:
            raise RecipeError(
                f"{file} has schema {schema}; this protogen knows {_SCHEMA} and older",
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
    return Lock(_SCHEMA, releases)


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
