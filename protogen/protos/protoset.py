"""ProtoSet: what a source yields. Values only; every later stage reads it and none changes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from protogen.system.paths import pattern

if TYPE_CHECKING:
    from protogen.recipe.model import Preference
    from protogen.releases.release import Release


class Form(Enum):
    """How a source holds its protos."""

    TEXT = "text"
    DESCRIPTOR = "descriptor"


@dataclass(frozen=True)
class Origin:
    """Where a proto was found."""

    repository: str
    """Its name in the recipe."""
    root: str
    """The import root in it."""
    path: str
    """Below the repository."""

    def __str__(self) -> str:
        return f"{self.repository}:{self.path}"


@dataclass(frozen=True)
class ProtoFile:
    """One proto under its import name: its text, or its serialized FileDescriptorProto."""

    name: str
    origin: Origin
    content: bytes


@dataclass(frozen=True)
class Absent:
    """Why an import name that no place holds is missing, and what to do about it."""

    message: str
    remedy: str


@dataclass(frozen=True)
class ProtoSet:
    """The protos of one release, ready to be resolved."""

    release: Release
    form: Form
    entry_points: tuple[str, ...]
    """Import names, sorted."""
    find: Callable[[str], tuple[ProtoFile, ...]]
    """Every place that holds an import name, in the order of the import roots."""
    roots: tuple[str, ...]
    """The import roots in that order, for messages."""
    licenses: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The texts of license files, by repository and file."""
    missing_entry_points: tuple[str, ...] = ()
    """Entry points that this source can't offer, by import name."""
    notices: tuple[str, ...] = ()
    """What the user should know of how the protos were read, a sentence each."""
    want: Callable[[Sequence[str]], object] = lambda names: None
    """Told of import names that will be looked for next, so that what holds them is fetched together."""
    absent: Callable[[str], Absent | None] = lambda name: None
    """What is known of an import name that find doesn't find."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Import names -> the names of the files that they mean; find knows both."""
    strip_options: tuple[str, ...] = ()
    """Proto packages whose options the compiled set leaves out."""
    proposal: Callable[[str], str] = lambda name: ""
    """What the recipe could say so that an import name is found that isn't; empty where nothing helps."""


def preferred(
    preferences: Sequence[Preference], name: str, found: tuple[ProtoFile, ...]
) -> tuple[ProtoFile, ...]:
    """Those of the places of an import that the first fitting preference chooses; all where none fits."""
    for each in preferences if len(found) > 1 else ():
        chosen = tuple(file for file in found if _is_from(file, each))
        if chosen and pattern(each.pattern).fullmatch(name):
            return chosen
    return found


def _is_from(file: ProtoFile, preference: Preference) -> bool:
    return file.origin.repository == preference.repository and preference.root in ("", file.origin.root)
