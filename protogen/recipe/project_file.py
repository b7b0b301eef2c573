"""protogen.yaml: the options of a repository that vendors clients, by their long names with `_`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from protogen.recipe import document as documents
from protogen.recipe.document import Document
from protogen.system.suggestions import nearest

FILE = "protogen.yaml"


@dataclass(frozen=True)
class Setting:
    """What an option takes."""

    kind: str
    """`flag`, `number`, `text`, `texts` (a list, or one), `pairs` (a mapping, or a list of NAME=VALUE), or
    `mapping`, which is of the shape."""
    choices: tuple[str, ...] = ()
    """Where only these are meant."""
    help: str = ""
    """What it says of itself."""
    shape: type[msgspec.Struct] | None = None


_EXPECTED = {
    "flag": "true or false",
    "number": "a whole number",
    "text": "text",
    "texts": "text, or a list of texts",
    "pairs": "a mapping of names to values",
}


def parse(text: str, known: Mapping[str, Setting], file: str = FILE) -> dict[str, Any]:
    """The settings by option name: lists as tuples, pairs as `NAME=VALUE`, mappings as canonical JSON.

    Raises RecipeError, naming file, line, key and what was expected.
    """
    document = documents.parse(text, file)
    found = {}
    for key, value in document.value.items():
        setting = known.get(key)
        if setting is None:
            hint = nearest(key, known) or f"one of {', '.join(sorted(known))}"
            raise document.error("unknown key", (key,), hint)
        read = _read(document, key, value, setting)
        if read is None:
            raise document.error("can't be read", (key,), _EXPECTED[setting.kind])
        if setting.choices and (wrong := [each for each in _each(read) if each not in setting.choices]):
            raise document.error(f"{wrong[0]!r}", (key,), f"one of {', '.join(setting.choices)}")
        found[key] = read
    return found


def _read(document: Document, key: str, value: Any, setting: Setting) -> Any:
    if setting.shape:
        return msgspec.json.encode(document.convert((key,), setting.shape), order="sorted").decode()
    if setting.kind == "flag":
        return value if isinstance(value, bool) else None
    if setting.kind == "number":
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    # As written: `version: 2.10` is not the number 2.1.
    if setting.kind == "pairs" and isinstance(value, dict):
        values = [document.scalars.get((key, name)) for name in value]
        return None if None in values else tuple(f"{k}={v}" for k, v in zip(value, values, strict=True))
    if setting.kind in {"texts", "pairs"} and isinstance(value, list):
        items = [document.scalars.get((key, index)) for index in range(len(value))]
        return None if None in items else tuple(items)
    text = document.scalars.get((key,))
    return (text,) if text is not None and setting.kind in {"texts", "pairs"} else text


def _each(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)
