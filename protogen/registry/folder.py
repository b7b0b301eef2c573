"""The registry's folder: what it holds, and changes to it that happen wholly or not at all.

A change is staged below `.protogen/`: each new file, and a list of where they go. Once the list is there
the change is decided; then each file is renamed to its place, those that indexes name before the indexes.
Whoever opens the folder to write carries out a list that a killed run left.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

import msgspec

from protogen.errors import OutputInTheWay, OutputUnwritable
from protogen.publish.durable import sync_trees
from protogen.publish.exclusive import FolderVanished, held
from protogen.registry.model import Held
from protogen.system.files import digest, write_whole

_OWN = ".protogen"
_PACKAGES = f"{_OWN}/packages"
_SETTINGS = f"{_OWN}/registry.json"
_STAGED = "staged"
_CHANGE = "change.json"
_SCHEMA = 1


@dataclass(frozen=True)
class Folder:
    """A folder of packages, as it is; only `writing` may change it."""

    path: Path

    @property
    def url(self) -> str:
        """Where the folder is served, as its indexes say; empty where nobody said it."""
        settings = self._settings()
        return str(settings.get("url", "")) if settings else ""

    @property
    def auth(self) -> bool:
        """Whether its server asks for credentials, as its indexes say."""
        settings = self._settings()
        return bool(settings and settings.get("auth"))

    @property
    def exists(self) -> bool:
        """Whether it is a registry."""
        return self._settings() is not None

    def ecosystems(self) -> list[str]:
        """Those that have packages here."""
        return sorted(each.name for each in self._list(self.path / _PACKAGES))

    def names(self, ecosystem: str) -> list[str]:
        """The packages of an ecosystem."""
        found = self._list(self.path / _PACKAGES / ecosystem)
        return sorted(unquote(each.name.removesuffix(".json")) for each in found if each.suffix == ".json")

    def package(self, ecosystem: str, name: str) -> Held | None:
        """The package with its versions; None where there is none.

        Raises OutputUnwritable for a record that isn't what was written.
        """
        path = self.path / record_path(ecosystem, name)
        try:
            return msgspec.json.decode(path.read_bytes(), type=Held)
        except FileNotFoundError:
            return None
        except msgspec.DecodeError as error:
            raise OutputUnwritable(
                f"the registry's record of {name} is damaged: {error}",
                where=str(path),
                remedy=f"put {path.name} back from a backup, then protogen registry verify {self.path}",
            ) from None

    def packages(self) -> Iterator[Held]:
        """All packages."""
        for ecosystem in self.ecosystems():
            for name in self.names(ecosystem):
                found = self.package(ecosystem, name)
                if found:
                    yield found

    @property
    def has_pending(self) -> bool:
        """Whether a killed run left a change that the next one completes."""
        return (self.path / _OWN / _STAGED / _CHANGE).is_file()

    def digest_of(self, path: str) -> str | None:
        """SHA-256 of a file below the folder; None where there is none."""
        try:
            return digest((self.path / path).read_bytes())
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def _settings(self) -> dict[str, object] | None:
        try:
            read: dict[str, object] = json.loads((self.path / _SETTINGS).read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return None
        return read

    def _list(self, folder: Path) -> list[Path]:
        try:
            return list(folder.iterdir())
        except FileNotFoundError:
            return []


def record_path(ecosystem: str, name: str) -> str:
    """Where the registry keeps what it knows of a package."""
    return f"{_PACKAGES}/{ecosystem}/{quote(name, safe='@')}.json"


def record(package: Held) -> dict[str, bytes]:
    """The package's record, by path."""
    return {record_path(package.ecosystem, package.name): msgspec.json.encode(package)}


def settings(url: str, auth: bool) -> dict[str, bytes]:
    """The registry's own settings, by path."""
    kept = {"schema": _SCHEMA, "url": url} | ({"auth": True} if auth else {})
    return {_SETTINGS: (json.dumps(kept) + "\n").encode()}


@contextmanager
def writing(path: Path) -> Iterator[Folder]:
    """The folder, made where there is none, with nobody else writing; a killed run's change is completed.

    Raises OutputUnwritable where another run keeps writing, and OSError.
    """
    while True:
        path.mkdir(parents=True, exist_ok=True)
        try:
            with held([path]):
                _complete(path)
                yield Folder(path)
                return
        except FolderVanished:
            continue


def change(folder: Folder, files: Mapping[str, bytes]) -> None:
    """Put files in their places, in their order, all or none; the folder is being written by this run.

    A kill leaves all as it was, or a change that the next run completes. Raises OutputInTheWay for a folder
    where a file must go, or the other way round, and OSError; then nothing is changed.
    """
    _check_places(folder.path, files)
    staged = folder.path / _OWN / _STAGED
    try:
        staged.mkdir(parents=True)
        for number, content in enumerate(files.values()):
            (staged / str(number)).write_bytes(content)
        for path in files:
            (folder.path / path).parent.mkdir(parents=True, exist_ok=True)
        sync_trees([staged])
        write_whole(staged / _CHANGE, json.dumps(list(files)).encode())
    except BaseException:
        if not folder.has_pending:
            shutil.rmtree(staged, ignore_errors=True)
        raise
    _complete(folder.path)


def _complete(root: Path) -> None:
    """Carry out the change that is staged, and remove what a run staged that was killed before it decided."""
    staged = root / _OWN / _STAGED
    try:
        paths: list[str] = json.loads((staged / _CHANGE).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        shutil.rmtree(staged, ignore_errors=True)
        return
    for number, path in enumerate(paths):
        # What is no longer staged is in its place already.
        with suppress(FileNotFoundError):
            (staged / str(number)).replace(root / path)
    sync_trees([], {(root / path).parent for path in paths})
    (staged / _CHANGE).unlink()
    shutil.rmtree(staged, ignore_errors=True)


def _check_places(root: Path, paths: Iterable[str]) -> None:
    for path in paths:
        target = root / path
        if target.is_dir():
            raise OutputInTheWay(
                f"a folder stands where the registry's {path} must go",
                where=str(target),
                remedy="move it away",
            )
        for parent in target.parents:
            if parent == root:
                break
            if (parent.is_symlink() or parent.exists()) and not parent.is_dir():
                raise OutputInTheWay(
                    f"a file stands where the registry's folder {parent.relative_to(root)} must go",
                    where=str(parent),
                    remedy="move it away",
                )
