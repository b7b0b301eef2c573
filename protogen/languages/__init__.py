"""The languages, one entry each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from protogen.errors import UnknownLanguage
from protogen.languages.go import Go
from protogen.languages.java import Java
from protogen.languages.python import Python
from protogen.system.suggestions import nearest

if TYPE_CHECKING:
    from protogen.languages.base import Language

LANGUAGES: Final[dict[str, Language[Any]]] = {
    "go": Go(),
    "java": Java(),
    "python": Python(),
}


def choose(names: tuple[str, ...]) -> tuple[Language[Any], ...]:
    """The languages by name, in the order of the registry; `all` is every one.

    Raises UnknownLanguage, naming the nearest.
    """
    for name in names:
        if name not in LANGUAGES and name != "all":
            raise UnknownLanguage(
                f"there is no language {name!r}; there are {', '.join((*LANGUAGES, 'all'))}",
                where="--lang",
                remedy=f"run again with --lang {nearest(name, LANGUAGES) or 'all'}",
            )
    return tuple(language for name, language in LANGUAGES.items() if name in names or "all" in names)
