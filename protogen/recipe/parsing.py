"""YAML to a document, from the cache where the same text was parsed before.

Importing YAML takes a sixth of a run that changes nothing. The text must hold no credentials.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from protogen.errors import OutputUnwritable
from protogen.recipe.document import Document
from protogen.system.cache import key

if TYPE_CHECKING:
    from protogen.system.cache import Cache


# Another one where strictyaml makes something else of the same text, or something else is kept of it.
_FORMAT = 2


def parse(text: str, file: str, cache: Cache) -> Document:
    """The document of a text; file: what messages call it. A cache that can't be written does without.

    Raises RecipeError for a text that isn't one; none of these is kept.
    """
    place = key("recipe", _FORMAT, text)
    kept = cache.read("sets", place)
    if kept is not None:
        return _opened(kept, file)
    from protogen.recipe import strictyaml

    document = strictyaml.parse(text, file)
    with suppress(OutputUnwritable):
        cache.put("sets", place, _kept(document))
    return document


def _kept(document: Document) -> bytes:
    parts = {"value": document.value, "lines": _pairs(document.lines), "scalars": _pairs(document.scalars)}
    return json.dumps(parts).encode()


def _opened(kept: bytes, file: str) -> Document:
    parts = json.loads(kept)
    lines, scalars = ({tuple(path): each for path, each in parts[name]} for name in ("lines", "scalars"))
    return Document(file, parts["value"], lines, scalars)


def _pairs(by_path: Mapping[tuple[str | int, ...], Any]) -> list[tuple[Any, Any]]:
    return list(by_path.items())
