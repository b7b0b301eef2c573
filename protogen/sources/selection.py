"""What a run is asked to do, checked: options that contradict each other end here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from protogen.errors import UsageError
from protogen.system.locations import absolute, check_ref, check_url, is_url, without_credentials
from protogen.system.suggestions import nearest

if TYPE_CHECKING:
    from protogen.recipe.model import Recipe


SOURCES = ("auto", "git", "index", "folder")


@dataclass(frozen=True)
class Selection:
    """Which protos: of which recipe and releases, and where they are read."""

    recipe: Recipe
    versions: tuple[str, ...] = ()
    """The releases, as typed; none for commands that are about all of them."""
    source: str = "auto"
    repositories: Mapping[str, str] = field(default_factory=dict)
    refs: Mapping[str, str] = field(default_factory=dict)
    match: str = "branch"
    groups: tuple[str, ...] = ()
    offline: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether the user asks for nothing of git that the index lacks."""
        return not self.repositories and not self.refs and self.match == "branch"

    @property
    def folders(self) -> dict[str, str]:
        """The repositories that are read as folders, with these."""
        if self.source != "folder":
            return {}
        return {name: place for name, place in self.repositories.items() if not is_url(absolute(place))}

    @property
    def may_fall_back(self) -> bool:
        """Whether `auto` may take the index."""
        return self.source == "auto" and self.is_plain


def packaged(recipe: Recipe, places: Mapping[str, str]) -> tuple[str, ...]:
    """The repositories without a URL of the recipe or of --repo."""
    return tuple(name for name, each in recipe.repositories.items() if not each.url and name not in places)


def select(
    recipe: Recipe,
    versions: tuple[str, ...] = (),
    *,
    source: str,
    repositories: tuple[str, ...],
    refs: tuple[str, ...],
    match: str,
    groups: tuple[str, ...],
    offline: bool,
) -> Selection:
    """The selection from options as typed.

    Raises UsageError for an option that is malformed, names nothing of the recipe, or makes no
    sense with the source.
    """
    chosen = _by_name("--repo", repositories, recipe)
    overrides = _by_name("--ref", refs, recipe)
    for name, location in chosen:
        try:
            check_url(location)
        except ValueError as error:
            raise UsageError(
                f"not a repository: {error}",
                where=f"--repo {name}",
                remedy=f"run again with --repo {name}=URL or --repo {name}=PATH",
            ) from None
    for name, ref in overrides:
        try:
            check_ref(ref)
        except ValueError as error:
            raise UsageError(
                f"not a ref: {error}",
                where=f"--ref {name}",
                remedy=f"run again with --ref {name}=REF, a branch, tag or full commit id",
            ) from None
    if source == "index" and chosen:
        raise UsageError(
            "the index source reads published packages; --repo means nothing to it",
            where="--source index",
            remedy="run again with --source git",
        )
    recipe.selected(groups)
    selection = Selection(recipe, versions, source, dict(chosen), dict(overrides), match, groups, offline)
    if source == "folder":
        _check_folders(selection)
    return selection


def _check_folders(selection: Selection) -> None:
    """Raise UsageError where no folder is given, and for what means nothing to folders."""
    folders, places = selection.folders, selection.repositories
    if not folders:
        name = next(iter(places), selection.recipe.releases)
        raise UsageError(
            f"the folder source needs a folder for {name}{', not a URL' if places else ''}",
            where=f"--repo {name}={without_credentials(places[name])}" if places else "--source folder",
            remedy="run again with --source git" if places else f"run again with --repo {name}=PATH",
        )
    meaningless = [f"--ref {name}" for name in selection.refs if name in folders]
    if selection.match == "pin" and folders.keys() == selection.recipe.repositories.keys():
        meaningless.append("--match pin")
    if meaningless:
        raise UsageError(
            f"the folder source reads folders as they are; {meaningless[0]} means nothing to it",
            where="--source folder",
            remedy="run again with --source git",
        )


def _by_name(option: str, pairs: tuple[str, ...], recipe: Recipe) -> list[tuple[str, str]]:
    """The pairs as typed, all to be checked; of two for one name the later counts."""
    found = []
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not value or name not in recipe.repositories:
            near = nearest(name, recipe.repositories) or next(iter(recipe.repositories))
            why = f"{name!r} is no repository of recipe {recipe.name}" if equals else "it isn't NAME=VALUE"
            raise UsageError(
                f"{option} can't be read: {why}; there are {', '.join(recipe.repositories)}",
                where=option,
                remedy=f"run again with {option} {near}=VALUE",
            )
        found.append((name, value))
    return found
