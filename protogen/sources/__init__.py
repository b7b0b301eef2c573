"""Where protos come from: git repositories, published Python packages, or folders."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from protogen.errors import ReleaseNotFound, UsageError
from protogen.system.locations import absolute
from protogen.system.progress import Kind

if TYPE_CHECKING:  # the command line's options are read without what runs need
    from protogen.protos.closure import Closure
    from protogen.recipe.model import Recipe
    from protogen.releases.release import Release
    from protogen.sources.base import Found, Source
    from protogen.sources.selection import Selection
    from protogen.system.context import Context


def check(selection: Selection) -> None:
    """Refuse places that can't be, before anything is asked of a network.

    Raises UsageError where the recipe has no packages for the index, and for a `--repo` that isn't there.
    """
    if selection.source == "index":
        _check_published(selection.recipe)
    elif selection.source == "folder":
        from protogen.sources.folder import FolderSource

        FolderSource(selection.recipe, selection.folders).trees()
    elif not selection.offline:
        from protogen.sources.gitrepo.source import check_place

        for name, place in selection.repositories.items():
            check_place(name, absolute(place))


def open_source(selection: Selection, context: Context, locked: Release | None = None) -> Source:
    """The source that the selection asks for.

    locked: a release as it was resolved before, which the source then gives again; the
    repositories that it leaves out are resolved anew.
    Raises UsageError where the recipe has no packages for the index.
    """
    if selection.source == "folder" and selection.recipe.repositories.keys() <= selection.folders.keys():
        from protogen.sources.folder import FolderSource

        return FolderSource(selection.recipe, selection.folders)
    if selection.source == "index":
        _check_published(selection.recipe)
        return _index(selection, context, locked)
    from protogen.sources.gitrepo.client import GitClient
    from protogen.sources.gitrepo.source import GitSource

    git = GitSource(
        selection, context, GitClient(context.processes, context.environ, once=context.once), locked
    )
    if selection.source == "folder":
        from protogen.sources.folder import FolderSource
        from protogen.sources.mixed import MixedSource

        folders = {
            tree.repository: tree for tree in FolderSource(selection.recipe, selection.folders).trees()
        }
        return MixedSource(replace(git, folders=folders))
    if locked or not selection.may_fall_back:
        return git
    from protogen.sources.auto import AutoSource

    return AutoSource(selection.recipe, git, lambda: _index(selection, context), context)


def find(selection: Selection, version: str, context: Context, held: Release | None = None) -> Found:
    """What a release's name stands for, told of as a task of its own; raises what Source.find raises.

    held: see open_source.
    """
    from protogen.recipe.of_release import of_release

    narrowed = replace(selection, recipe=of_release(selection.recipe, version))
    source = open_source(narrowed, context, held)
    with context.progress.task(version, Kind.FIND):
        return source.find(version, selection.groups)


def resolve(selection: Selection, version: str, context: Context) -> Closure:
    """The protos of a release and all that they import, for commands that make no packages.

    Raises what finding and reading raise, and ProtosUnresolved where the graph can't be closed.
    """
    from protogen.protos.closure import close

    return close(find(selection, version, context).read, version, context)


def _check_published(recipe: Recipe) -> None:
    unpublished = [name for name, repository in recipe.repositories.items() if not repository.packages]
    if unpublished:
        raise UsageError(
            f"recipe {recipe.name} names no published packages for {', '.join(unpublished)}",
            where="--source index",
            remedy="run again with --source git",
        )


def _index(selection: Selection, context: Context, locked: Release | None = None) -> Source:
    from protogen.sources.index.source import IndexSource

    if selection.refs or selection.match == "pin":
        raise ReleaseNotFound(
            "the index has releases only; --ref and --match pin mean nothing to it",
            where="--source index",
            remedy="run again with --source git",
        )
    return IndexSource(selection.recipe, context, locked)
