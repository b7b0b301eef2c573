"""A recipe as it is for one release: without what holds for others only. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TypeVar

from msgspec.structs import replace

from protogen.recipe.model import EntryPoints, Recipe, Repository
from protogen.recipe.periods import Number, Periodic
from protogen.recipe.roots import Root
from protogen.releases.names import Line, ReleaseName, Version, line_of_branch, parse_name, version_of_tag

_Kind = TypeVar("_Kind", bound=Periodic)


def of_release(recipe: Recipe, version: str) -> Recipe:
    """The recipe, as it is for the release of that name.

    A line is as its newest release is; what has no number, such as a branch or commit, as the newest of all.
    Raises UsageError for what can't name a release.
    """
    number = number_of(version, recipe.primary)
    kept = {name: each for name, each in recipe.repositories.items() if each.holds(number)}
    return replace(
        recipe,
        repositories={name: _repository(each, number, kept) for name, each in kept.items()},
        entry_points=_entries(recipe.entry_points, number, kept),
        groups={name: _entries(each, number, kept) for name, each in recipe.groups.items()},
        prefer=tuple(each for each in recipe.prefer if each.repository in kept),
    )


def number_of(version: str, primary: Repository) -> Number:
    """The number that a release's name stands for."""
    named: ReleaseName = parse_name(version, primary.branch, primary.tag)
    if isinstance(named, Line) and not line_of_branch(version, primary.branch):
        # Beside v1.0.1, `v1.0` is a tag and `1.0` the line.
        named = version_of_tag(version, primary.tag) or named
    parts = named.parts if isinstance(named, Version | Line) else ()
    return (*parts, *(math.inf,) * (3 - len(parts)))


def _repository(repository: Repository, number: Number, kept: Mapping[str, Repository]) -> Repository:
    pins = _holding(repository.pins, number)
    return replace(
        repository,
        roots=tuple(each for each in repository.roots if not isinstance(each, Root) or each.holds(number)),
        pins=tuple(pin for pin in pins if pin.repository in kept),
    )


def _entries(
    entries: Iterable[EntryPoints], number: Number, kept: Mapping[str, Repository]
) -> tuple[EntryPoints, ...]:
    return tuple(each for each in _holding(entries, number) if each.repository in kept)


def _holding(parts: Iterable[_Kind], number: Number) -> tuple[_Kind, ...]:
    return tuple(each for each in parts if each.holds(number))
