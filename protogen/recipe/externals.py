"""The `externals` of a recipe: protos that aren't generated, since published packages serve. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from protogen.recipe.document import Document, doc
from protogen.recipe.document import Path as KeyPath
from protogen.system.paths import check_relative, pattern

_LANGUAGE_KEYS = "languages, each with {package: NAME, version: LOWEST}, or null"


class External(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The published package that serves in one language."""

    package: Annotated[
        str, doc("A Go module, Maven coordinates, a crate: by default the one that protogen knows.")
    ] = ""
    version: Annotated[str, doc("The lowest version that serves.")] = ""
    import_: Annotated[
        str, doc("What generated code imports, where the protos' own options name something else.")
    ] = msgspec.field(default="", name="import")


class Externals(msgspec.Struct, frozen=True):
    """What a recipe says of externals."""

    known: bool = True
    """Whether packages serve that the recipe doesn't name."""
    own: tuple[tuple[str, Mapping[str, External | None] | None], ...] = ()
    """By pattern of import names, and by language; None for what is generated all the same."""

    def said_of(self, name: str, language: str) -> tuple[bool, External | None]:
        """Whether it speaks of a proto in that language, and the package; the first pattern counts."""
        for text, languages in self.own:
            if (languages is None or language in languages) and pattern(text).fullmatch(name):
                return True, languages[language] if languages else None
        return False, None

    def languages(self) -> dict[str, str]:
        """The languages that it speaks of, each with a pattern where it does."""
        return {name: text for text, languages in reversed(self.own) for name in languages or ()}


NONE = Externals(known=False)
"""All is generated."""


def read(document: Document, given: bool | Mapping[str, Any]) -> Externals:
    """The externals of a recipe.

    Raises RecipeError.
    """
    if isinstance(given, bool):
        return Externals(known=given)
    return Externals(own=tuple((text, _languages(document, text)) for text in given))


def _languages(document: Document, text: str) -> Mapping[str, External | None] | None:
    path = ("externals", text)
    try:
        check_relative(text)
    except ValueError as error:
        raise document.error(str(error), path, "a pattern of import names, such as google/api/**") from None
    if not text.endswith((".proto", "**")):
        raise document.error(f"{text!r}", path, "a pattern that ends in .proto or **")
    value = document.at(path)
    if value is None:
        return None
    if not isinstance(value, dict) or not value:
        raise document.error("names no language", path, _LANGUAGE_KEYS)
    return {name: _external(document, (*path, name)) for name in value}


def _external(document: Document, path: KeyPath) -> External | None:
    if document.at(path) is None:
        return None
    found = document.convert(path, External)
    if found == External():
        raise document.error("says nothing", path, "{package: NAME, version: LOWEST}, or null")
    return found
