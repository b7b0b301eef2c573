"""Folders that are read as they are, beside repositories that come by git."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from protogen.releases import names
from protogen.releases.release import Release, ResolvedRepository
from protogen.sources.base import Found
from protogen.sources.folder import FolderSource, package_version, resolved
from protogen.sources.gitrepo.source import GitSource

if TYPE_CHECKING:
    from protogen.protos.protoset import ProtoSet
    from protogen.releases.available import AvailableRelease
    from protogen.sources.worktree import Worktree


@dataclass(frozen=True)
class MixedSource:
    """Some repositories are folders; git matches the others to the version, as if the folders were at it."""

    git: GitSource
    """For all repositories, those that are folders told."""

    def find(self, version: str, groups: tuple[str, ...]) -> Found:
        """What git chooses for the others. Only reading the folders tells their protos; see Source."""
        recipe = self.git.selection.recipe
        chosen, read = replace(self.git, locked=self._settled(version)).choose(version, groups)

        def whole() -> ProtoSet:
            from protogen.sources.worktree import proto_set

            trees = {tree.repository: tree for tree in read()} | dict(self._folders)
            ordered = [trees[name] for name in recipe.repositories if name in trees]
            return chosen.without_lacking(proto_set(recipe, self._named(chosen.release), ordered, groups))

        return Found(whole)

    @property
    def _folders(self) -> Mapping[str, Worktree]:
        return self.git.folders

    def releases(self) -> tuple[AvailableRelease, ...]:
        """The releases of the repository that names them, where that is no folder; see Source."""
        recipe = self.git.selection.recipe
        if recipe.releases in self._folders:
            return FolderSource(recipe, {}).releases()
        return self.git.releases()

    def _settled(self, version: str) -> Release:
        """What is known before git is asked: the folders, and what a lock holds of the others."""
        recipe, locked = self.git.selection.recipe, self.git.locked
        # As a branch of that name, which others may have too.
        settled = [ResolvedRepository(name, "", names.HEADS + version) for name in self._folders]
        settled += [
            each for each in (locked.repositories if locked else ()) if each.name not in self._folders
        ]
        number = locked.package_version if locked else package_version(version, recipe.primary)
        return Release(version, number, "folder", tuple(settled))

    def _named(self, release: Release) -> Release:
        """The release, with its folders as such."""
        return replace(
            release,
            source="folder",
            repositories=tuple(
                resolved(self._folders[each.name]) if each.name in self._folders else each
                for each in release.repositories
            ),
        )
