"""ProtoSet: what a source yields. Values only; every later stage reads it and none changes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protogen.releases.release import Release


class Form(Enum):
    """How a source holds its protos."""

    TEXT = "text"
    DESCRIPTOR = "descriptor"


@dataclass(frozen=True)
class Origin:
    """Where a proto was found: repository of the recipe, import root in it, path below the repository."""

    repository: str
    root: str
    path: str

    def __str__(self) -> str:
        return f"{self.repository}:{self.path}"


@dataclass(frozen=True)
class ProtoFile:
    """One proto under its import name: its text, or its serialized FileDescriptorProto."""

    name: str
    origin: Origin
    content: bytes


def _nowhere(name: str) -> tuple[Origin, ...]:
    return ()


@dataclass(frozen=True)
class Absent:
    """Why an import name that no place holds is missing, and what to do about it."""

    message: str
    remedy: str


def _nothing_known(name: str) -> Absent | None:
    return None


@dataclass(frozen=True)
class ProtoSet:
    """The protos of one release, ready to be resolved.

    entry_points: import names, sorted. find: every place that holds an import name, in the order
    of the import roots. roots: the import roots in that order, for messages. licenses: the texts
    of license files, by repository and file. lacking: entry points that this source can't offer,
    by import name. notices: what the user should know of how the protos were read, a sentence each.
    absent: what is known of an import name that find doesn't find.
    elsewhere: places of an import name that no root leads to, the likeliest first.
    """

    release: Release
    form: Form
    entry_points: tuple[str, ...]
    find: Callable[[str], tuple[ProtoFile, ...]]
    roots: tuple[str, ...]
    licenses: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    lacking: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    absent: Callable[[str], Absent | None] = _nothing_known
    elsewhere: Callable[[str], tuple[Origin, ...]] = _nowhere
