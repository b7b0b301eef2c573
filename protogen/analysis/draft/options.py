"""What `recipe new` is asked for: its options, checked. Pure."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from protogen.errors import UsageError
from protogen.recipe import model
from protogen.system.locations import absolute, check_ref, check_url
from protogen.system.paths import check_relative


@dataclass(frozen=True)
class DraftOptions:
    """What a recipe is drafted from."""

    location: str
    """Of the repository that holds the entry points."""
    folders: tuple[str, ...] = (".",)
    """Where the entry points are in it."""
    others: Mapping[str, str] = field(default_factory=dict)
    """Further repositories by name."""
    refs: Mapping[str, str] = field(default_factory=dict)
    """Refs to look at, by repository."""
    releases: tuple[str, ...] = ()
    """Releases to look at; none for the newest."""
    file: str = "FILE"
    """What the recipe will be called."""

    @property
    def primary(self) -> str:
        """The name of the repository that holds the entry points; `.` has that of the folder."""
        place = absolute(self.location)
        return recipe_name(os.path.normpath(place) if place.startswith("/") else place)

    @property
    def locations(self) -> dict[str, str]:
        """Every repository's location by name, the primary one first."""
        return {self.primary: self.location, **self.others}


def read_options(
    location: str,
    *,
    folders: tuple[str, ...],
    others: tuple[str, ...],
    refs: tuple[str, ...],
    releases: tuple[str, ...],
    file: str,
) -> DraftOptions:
    """The options as the command line has them, checked.

    Raises UsageError.
    """
    primary = DraftOptions(location).primary
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
    return DraftOptions(location, folders or (".",), named, overrides, releases, file)


def recipe_name(location: str) -> str:
    """A name for what is at a URL or path, by its last part."""
    last = location.rstrip("/").removesuffix(".git").rstrip("/")
    last = re.split(r"[/:]", last)[-1]
    plain = re.sub(r"[^a-z0-9]+", "-", last.lower()).strip("-")
    named = plain if plain[:1].isalpha() else f"api-{plain}".rstrip("-")
    return named[: model.MAX_NAME].rstrip("-")


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
