"""A mapping that a person wrote, read as types: complaints name file, line, key and what was expected."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

import msgspec

from protogen.errors import RecipeError, Spot

T = TypeVar("T")

MAX_CHARACTERS = 1_000_000

_AT = re.compile(r"(?: - at `(?:key in )?(?P<path>\$[^`]*)`)$")
_STEP = re.compile(r"\.(?P<key>[A-Za-z_][\w-]*)|\[(?P<index>\d+)\]|(?P<any>\[\.\.\.\])")


@dataclass(frozen=True)
class Document:
    """A parsed YAML mapping, and by path: the line (from 1) of each key and item, scalars as written."""

    file: str
    value: dict[str, Any]
    lines: Mapping[tuple[str | int, ...], int]
    scalars: Mapping[tuple[str | int, ...], str]

    def error(self, message: str, path: tuple[str | int, ...], expected: str = "") -> RecipeError:
        """The complaint about what stands at path."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        return RecipeError.at(Spot(self.file, self.lines.get(known, 1), dotted(path), message, expected))

    def convert(self, path: tuple[str | int, ...], to: type[T]) -> T:
        """What stands at path, checked against the type; nothing is coerced.

        Raises RecipeError.
        """
        value: Any = self.value
        for step in path:
            value = value[step]
        try:
            return msgspec.convert(value, to, strict=True)
        except msgspec.ValidationError as error:
            message, below = _split(str(error))
            unknown = re.search(r"unknown field `([^`]*)`", message)
            if unknown:
                names = ", ".join(_field_names(to, below))
                raise self.error(
                    "unknown key", (*path, *below, unknown[1]), names and f"one of {names}"
                ) from None
            raise self.error(message[0].lower() + message[1:], (*path, *below)) from None


def dotted(path: tuple[str | int, ...]) -> str:
    """The path as a person writes it: `repositories.a.roots[0]`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def _split(message: str) -> tuple[str, tuple[str | int, ...]]:
    at = _AT.search(message)
    if not at:
        return message, ()
    steps: list[str | int] = []
    for step in _STEP.finditer(at["path"]):
        if step["any"]:
            break
        steps.append(step["key"] if step["key"] else int(step["index"]))
    return message[: at.start()], tuple(steps)


def _field_names(to: Any, below: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys of the struct that stands below one of this type; none where no struct is found there."""
    for step in below:
        if isinstance(step, int):
            to = (*get_args(to), None)[0]
        else:
            types = {field.encode_name: field.type for field in _fields(to)}
            to = types.get(step) or (*get_args(to), None)[-1]
    return tuple(field.encode_name for field in _fields(to))


def _fields(to: Any) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(to) if isinstance(to, type) and issubclass(to, msgspec.Struct) else ()
