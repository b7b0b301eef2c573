"""What publishing a tree changes in a folder, and what stands in its way: decided without effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from protogen.publish.tree import OTHER, SYMLINK, Disk, folders_of


@dataclass(frozen=True)
class Obstacle:
    """A path that publishing would overwrite or remove, and why that isn't done unasked."""

    path: str
    reason: str


@dataclass(frozen=True)
class Changes:
    """How a folder becomes the new tree."""

    write: tuple[str, ...]
    """Paths of the new tree that aren't right already."""
    remove: tuple[str, ...]
    """Files and symlinks to unlink."""
    prune: tuple[str, ...]
    """Folders of the old tree that go if they are empty then, deepest first."""
    in_the_way: tuple[Obstacle, ...]
    """What only --force may overwrite."""
    immovable: tuple[Obstacle, ...]
    """What not even --force removes."""


def plan_changes(old: Mapping[str, str], disk: Disk, new: Mapping[str, str]) -> Changes:
    """The changes from disk to new, with old as what was published before.

    old, new: path to SHA-256, the manifest's own path among them. disk: scanned for both.
    """
    needed, owned = folders_of(new), folders_of(old)
    write: list[str] = []
    in_the_way: list[Obstacle] = []
    immovable: list[Obstacle] = []
    for path in sorted(new):
        state = disk.files.get(path)
        if state == new[path]:
            continue
        write.append(path)
        if path in disk.folders and not _is_ours(path, disk, old, owned):
            immovable.append(Obstacle(path, "a folder with files of others"))
        elif state not in {None, old.get(path)}:
            in_the_way.append(Obstacle(path, _reason(state, path in old)))
    remove: list[str] = []
    for path in sorted(disk.files.keys() - new.keys()):
        state = disk.files[path]
        if path in needed or path in old:
            remove.append(path)
            if state != old.get(path):
                in_the_way.append(Obstacle(path, _reason(state, path in old, a_folder=path in needed)))
    return Changes(
        write=tuple(write),
        remove=tuple(remove),
        prune=tuple(sorted(disk.folders & owned - needed, reverse=True)),
        in_the_way=tuple(sorted(in_the_way, key=lambda obstacle: obstacle.path)),
        immovable=tuple(immovable),
    )


def _is_ours(folder: str, disk: Disk, old: Mapping[str, str], owned: frozenset[str]) -> bool:
    """Whether the folder is one of the old tree's and nothing that is foreign lies in it."""
    strangers = disk.foreign | (disk.folders - owned) | (disk.files.keys() - old.keys())
    return folder in owned and not any(path.startswith(f"{folder}/") for path in strangers)


def _reason(state: str | None, was_owned: bool, *, a_folder: bool = False) -> str:
    if state == SYMLINK:
        return "a symlink"
    if state == OTHER:
        return "not a regular file"
    if was_owned:
        return "edited since protogen wrote it"
    return "a file where a folder is needed" if a_folder else "not written by protogen"
