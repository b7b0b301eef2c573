"""Where protos come from: git repositories, published Python packages, or folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protogen.errors import UsageError
from protogen.progress import Kind

if TYPE_CHECKING:
    from protogen.recipe import Recipe
    from protogen.release import Release, Resolved
    from protogen.selection import Selection
    from protogen.sources.base import Source
    from protogen.workbench import Workbench


def open_source(
    recipe: Recipe, selection: Selection, bench: Workbench, locked: Release | None = None
) -> Source:
    """The source that the selection asks for.

    locked: a release as it was resolved before, which the source then gives again; the
    repositories that it leaves out are resolved anew.
    Raises UsageError where the recipe has no packages for the index.
    """
    if selection.source == "folder":
        from protogen.sources.folder import FolderSource

        return FolderSource(recipe, selection.repositories)
    if selection.source == "index":
        lacking = [name for name, repository in recipe.repositories.items() if not repository.packages]
        if lacking:
            raise UsageError(
                f"recipe {recipe.name} names no published packages for {', '.join(lacking)}",
                where="--source index",
                remedy="run again with --source git",
            )
        return _index(recipe, selection, bench, locked)
    from protogen.sources.gitrepo.client import GitClient
    from protogen.sources.gitrepo.source import GitSource

    git = GitSource(
        recipe,
        bench.cache,
        GitClient(bench.processes, bench.environ),
        selection.repositories,
        selection.refs,
        selection.match,
        selection.offline,
        locked,
        once=bench.once,
        progress=bench.progress,
    )
    if locked or not selection.may_fall_back:
        return git
    from protogen.sources.auto import AutoSource

    def say(line: str) -> None:
        bench.once.get(("said", line), lambda: bench.say(line))

    return AutoSource(recipe, git, lambda: _index(recipe, selection, bench), say)


def resolve(source: Source, version: str, groups: tuple[str, ...], bench: Workbench) -> Resolved:
    """The release that `version` names, told of as a task of its own; raises what Source.resolve raises."""
    with bench.progress.task(version, Kind.RESOLVE):
        return source.resolve(version, groups)


def _index(recipe: Recipe, selection: Selection, bench: Workbench, locked: Release | None = None) -> Source:
    from protogen.sources.index.source import IndexSource

    if selection.refs or selection.match == "pin":
        from protogen.errors import ReleaseNotFound

        raise ReleaseNotFound(
            "the index has releases only; --ref and --match pin mean nothing to it",
            where="--source index",
            remedy="run again with --source git",
        )
    return IndexSource(
        recipe,
        bench.cache,
        offline=selection.offline,
        environ=bench.environ,
        once=bench.once,
        progress=bench.progress,
        locked=locked,
        processes=bench.processes,
    )
