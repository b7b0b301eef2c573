"""The folder source: work trees read as they are, uncommitted changes included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from protogen.errors import UsageError
from protogen.protos.protoset import ProtoSet
from protogen.recipe.model import Recipe, Repository
from protogen.releases import names
from protogen.releases.available import AvailableRelease
from protogen.releases.release import Release, ResolvedRepository
from protogen.sources.base import Found
from protogen.sources.worktree import Worktree, proto_set


@dataclass(frozen=True)
class FolderSource:
    """Repositories are folders; the version only names the result."""

    recipe: Recipe
    folders: Mapping[str, str]

    def find(self, version: str, groups: tuple[str, ...]) -> Found:
        """The folders, which are there; nothing tells their protos before they are read. See Source."""
        trees = self.trees()
        return Found(lambda: self._read(version, groups, trees))

    def _read(self, version: str, groups: tuple[str, ...], trees: list[Worktree]) -> ProtoSet:
        release = Release(
            name=version,
            package_version=package_version(version, self.recipe.primary),
            source="folder",
            repositories=tuple(map(resolved, trees)),
        )
        return proto_set(self.recipe, release, trees, groups)

    def releases(self) -> tuple[AvailableRelease, ...]:
        """None that could be known. Raises UsageError."""
        raise UsageError(
            "folders are read as they are; nothing in them tells which releases there are",
            where="--source folder",
            remedy="run again with --source git",
        )

    def trees(self) -> list[Worktree]:
        """The folders of repositories. Raises UsageError for one that isn't there."""
        return [self._tree(name) for name in self.recipe.repositories if name in self.folders]

    def _tree(self, name: str) -> Worktree:
        given = self.folders[name]
        folder = Path(given).absolute()
        if not folder.is_dir():
            raise UsageError(
                f"{folder} is not a folder",
                where=f"--repo {name}={given}",
                remedy=f"run again with --repo {name}=PATH, a folder that holds the protos",
            )
        return Worktree(name, folder, self.recipe.repositories[name].import_roots)


def package_version(version: str, primary: Repository) -> str:
    """The version of packages of folders: that of the release's name, or of none."""
    named = names.parse_name(version, primary.branch, primary.tag)
    return names.package_version(named, (), commit=named.id if isinstance(named, names.Commit) else "")


def resolved(tree: Worktree) -> ResolvedRepository:
    """A folder, as what the release took of its repository."""
    return ResolvedRepository(tree.repository, str(tree.folder), note="a folder, read as it is")
