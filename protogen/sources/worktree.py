"""Protos as files below a folder, looked up through ordered import roots."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protogen.errors import ProtosUnresolved
from protogen.paths import fixed_prefix, import_name, pattern
from protogen.protoset import Form, Origin, ProtoFile, ProtoSet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from protogen.recipe import EntryPoints, Recipe
    from protogen.release import Release

_MAX_PROTO_BYTES = 20_000_000


@dataclass(frozen=True)
class Worktree:
    """One repository's files: its name in the recipe, where they are, its import roots in order."""

    repository: str
    folder: Path
    roots: tuple[str, ...]

    def find(self, name: str) -> tuple[ProtoFile, ...]:
        """Every file that an import name reaches, in the order of the roots.

        Raises ProtosUnresolved for a file that can't be read or is absurdly large.
        """
        found = []
        for root in self.roots:
            path = name if root == "." else f"{root}/{name}"
            content = self._read(path)
            if content is not None:
                found.append(ProtoFile(name, Origin(self.repository, root, path), content))
        return tuple(found)

    def matching(self, text: str) -> tuple[str, ...]:
        """The import names of the files that a path pattern matches, sorted."""
        wanted = pattern(text)
        names = set()
        prefix = fixed_prefix(text)
        for folder, folders, files in os.walk(self.folder / prefix):
            folders[:] = [name for name in folders if name != ".git"]
            below = os.path.relpath(folder, self.folder)
            for file in files:
                path = file if below == "." else f"{below}/{file}"
                if wanted.fullmatch(path):
                    names.add(import_name(path, self.roots))
        return tuple(sorted(names))

    def license(self) -> str:
        """The text of the repository's LICENSE, empty where it has none."""
        try:
            return (self.folder / "LICENSE").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    def _read(self, path: str) -> bytes | None:
        file = self.folder / path
        try:
            if not file.is_file():
                return None
            size = file.stat().st_size
            if size > _MAX_PROTO_BYTES:
                raise ProtosUnresolved(
                    f"{self.repository}:{path} has {size} bytes; more than {_MAX_PROTO_BYTES} is no proto",
                    where=f"{self.repository}:{path}",
                    remedy="check the repository, or leave the file out of the entry points",
                )
            return file.read_bytes()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ProtosUnresolved(f"{self.repository}:{path} can't be read: {reason}", where=path) from None


def proto_set(
    recipe: Recipe, release: Release, trees: Sequence[Worktree], groups: tuple[str, ...]
) -> ProtoSet:
    """The ProtoSet of work trees.

    Raises ProtosUnresolved where a pattern of the entry points or of a group matches no file.
    """
    by_name = {tree.repository: tree for tree in trees}
    names: set[str] = set()
    for entry in recipe.selected(groups):
        matched = by_name[entry.repository].matching(entry.pattern)
        if not matched:
            raise _nothing_matches(entry, release)
        names.update(matched)
    return ProtoSet(
        release=release,
        form=Form.TEXT,
        entry_points=tuple(sorted(names)),
        find=lambda name: tuple(found for tree in trees for found in tree.find(name)),
        roots=tuple(f"{tree.repository}:{root}" for tree in trees for root in tree.roots),
        licenses={tree.repository: text for tree in trees if (text := tree.license())},
    )


def _nothing_matches(entry: EntryPoints, release: Release) -> ProtosUnresolved:
    return ProtosUnresolved(
        f"{entry.repository} at {release.name} has no file that matches {entry.pattern}",
        where=f"{entry.repository}:{fixed_prefix(entry.pattern) or '.'}",
        remedy="choose another release with --version, or correct the recipe's entry points",
    )
