"""What a recipe is wanted for: the options, checked. Pure."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from protogen.analysis.draft.text import recipe_name
from protogen.errors import UsageError
from protogen.recipe import model
from protogen.system.locations import absolute, check_ref, check_url
from protogen.system.paths import check_relative


@dataclass(frozen=True)
class Wish:
    """What a recipe is wanted for.

    location: of the repository that holds the entry points. folders: where these are in it.
    others: further repositories by name. refs: refs to look at, by repository. releases: those
    to look at, none for the newest. file: what the recipe will be called.
    """

    location: str
    folders: tuple[str, ...] = (".",)
    others: Mapping[str, str] = field(default_factory=dict)
    refs: Mapping[str, str] = field(default_factory=dict)
    releases: tuple[str, ...] = ()
    file: str = "FILE"

    @property
    def primary(self) -> str:
        """The name of the repository that holds the entry points."""
        return _name(self.location)

    @property
    def locations(self) -> dict[str, str]:
        """Every repository's location by name, the primary one first."""
        return {self.primary: self.location, **self.others}


def wish(
    location: str,
    *,
    folders: tuple[str, ...],
    others: tuple[str, ...],
    refs: tuple[str, ...],
    releases: tuple[str, ...],
    file: str,
) -> Wish:
    """What the options ask for, checked.

    Raises UsageError.
    """
    primary = _name(location)
    named = _pairs("--repo", others, "extra")
    overrides = _pairs("--ref", refs, primary)
    for folder in folders:
        _refuse(check_relative, folder, "--folder", "--folder FOLDER, a folder inside the repository")
    for name, each in {primary: location, **named}.items():
        where = "LOCATION" if name == primary else f"--repo {name}"
        _refuse(check_url, each, where, "a URL or a path of a git repository")
    for name, ref in overrides.items():
        _refuse(check_ref, ref, f"--ref {name}", f"--ref {name}=REF, a branch, tag or full commit id")
    for name in named:
        if not model.NAME.fullmatch(name) or len(name) > model.MAX_NAME or name == primary:
            why = "is the first repository's own" if name == primary else "can't be a name"
            raise UsageError(
                f"--repo {name}: {name!r} {why}", where="--repo", remedy="run again with --repo other=URL"
            )
    for name in overrides:
        if name not in {primary, *named}:
            raise UsageError(
                f"--ref {name}: there is no repository {name!r}",
                where="--ref",
                remedy=f"run again with --ref {primary}=REF",
            )
    return Wish(location, folders or (".",), named, overrides, releases, file)


def _name(location: str) -> str:
    """The name of a repository; a path such as `.` has that of the folder."""
    return recipe_name(os.path.normpath(place) if (place := absolute(location)).startswith("/") else place)


def _pairs(option: str, given: tuple[str, ...], example: str) -> dict[str, str]:
    found = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals or not name or not value:
            raise UsageError(
                f"{option} can't be read: it isn't NAME=VALUE",
                where=option,
                remedy=f"run again with {option} {example}=VALUE",
            )
        found[name] = value
    return found


def _refuse(check: Callable[[str], None], value: str, where: str, expected: str) -> None:
    """Turn a refusal of a check into a UsageError."""
    try:
        check(value)
    except ValueError as error:
        raise UsageError(f"{error}", where=where, remedy=f"run again with {expected}") from None
