"""A language's section of a recipe: defaults, and what protos in an edition need beyond them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from protogen.errors import ProtosUnresolved
from protogen.protos.outline import Outline
from protogen.recipe.model import Recipe

S = TypeVar("S", bound=msgspec.Struct)


class Pins(msgspec.Struct, Generic[S], frozen=True, forbid_unknown_fields=True):
    """The versions that a language's packages and tools have, and hashes: a file `pins.json`."""

    defaults: S
    """The section of a recipe that says nothing."""
    editions: dict[str, S] = {}
    """By edition of protos, the lowest versions that packages can be made with."""
    hashes: dict[str, str] = {}
    """Of what tools are installed from, by the name that their client has for it."""
    why: dict[str, list[str]] = {}
    """For readers: why it is these versions, by key."""

    def sections(self) -> list[S]:
        """The defaults, then as each edition changes them."""
        found = [self.defaults]
        for edition in self.editions.values():
            changed = {key: value for key in edition.__struct_fields__ if (value := getattr(edition, key))}
            found.append(msgspec.structs.replace(self.defaults, **changed))
        return found


@lru_cache(maxsize=32)
def read_pins(path: Path, section: type[S]) -> Pins[S]:
    """The pins of a language; without a file, the defaults of its section."""
    if not path.is_file():
        return Pins(section())
    pins: Pins[S] = msgspec.json.decode(path.read_bytes(), type=Pins[section])  # type: ignore[valid-type]
    return pins


def with_defaults(name: str, recipe: Recipe, section: type[S], defaults: S, fixed: Collection[str]) -> S:
    """The recipe's section of a language, with the defaults for what it leaves out.

    fixed: mappings that have the keys of the defaults, which a recipe changes one by one.
    Raises RecipeError.
    """
    given = recipe.section(name, section)
    found = {}
    for key in section.__struct_fields__:
        value, default = getattr(given, key), getattr(defaults, key)
        if key in fixed:
            for each in value:
                if each not in default:
                    raise recipe.document.error(
                        f"no {key.removesuffix('s')} {each!r}",
                        ("languages", name, key, each),
                        f"one of {', '.join(default)}",
                    )
            found[key] = {**default, **value}
        else:
            found[key] = value or default
    return section(**found)


def raised(section: S, outline: Outline, table: Mapping[str, S], language: str) -> S:
    """The section, with newer versions where the set is in an edition that needs them.

    table: by edition, the lowest versions. Raises ProtosUnresolved for an edition that it doesn't know.
    """
    newest = outline.newest
    if newest is None:
        return section
    if newest.edition not in table:
        known = f"packages for {language} are made of editions up to {max(table)}" if table else ""
        raise ProtosUnresolved(
            f"{newest.name} is in edition {newest.edition}, and "
            + (known or f"packages for {language} are made of protos with a syntax only"),
            where=newest.name,
            remedy="generate the other languages, or choose an earlier release with --version",
        )
    lowest = table[newest.edition]
    found: dict[str, object] = {}
    for key in section.__struct_fields__:
        value, needed = getattr(section, key), getattr(lowest, key)
        if isinstance(value, str):
            found[key] = newer(value, needed)
        elif isinstance(value, dict):
            found[key] = newer_each(value, needed)
    return msgspec.structs.replace(section, **found)


def edition(outline: Outline) -> str:
    """The highest edition of a set; empty where all files have a syntax."""
    return outline.newest.edition if outline.newest else ""


def newer(given: str, needed: str) -> str:
    """The higher of two versions; the first where they are alike or the second is empty."""
    return max(given, needed, key=_numbers) if needed else given


def newer_each(given: Mapping[str, str], needed: Mapping[str, str]) -> dict[str, str]:
    """The higher versions by name, of all that either names."""
    return {**needed, **{name: newer(version, needed.get(name, "")) for name, version in given.items()}}


def remark(outline: Outline, floors: str) -> tuple[str, ...]:
    """What the summary tells of a package whose protos are in an edition; floors: what it asks for."""
    used = edition(outline)
    return (f"the protos are in edition {used}: the package asks for {floors}",) if used else ()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))
