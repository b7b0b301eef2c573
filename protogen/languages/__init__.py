"""The languages: one entry each, and those that installed distributions bring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from protogen.errors import Location, RecipeError, UnknownLanguage
from protogen.languages import installed
from protogen.languages.cpp import CPP
from protogen.languages.go import GO
from protogen.languages.java import JAVA
from protogen.languages.proto import PROTO
from protogen.languages.python import PYTHON
from protogen.languages.rust import RUST
from protogen.languages.typescript import TYPESCRIPT
from protogen.system.suggestions import nearest

if TYPE_CHECKING:
    from protogen.languages.base import Language
    from protogen.languages.entry import Entry
    from protogen.recipe.model import Recipe

OWN: Final[dict[str, Entry]] = {each.name: each for each in (GO, JAVA, PYTHON, TYPESCRIPT, CPP, RUST, PROTO)}
"""Those that come with protogen, which no distribution replaces."""
ALL: Final = "all"
"""The word for the languages that protogen has had from the first on; see Entry.in_all."""
EVERY: Final = "every"
"""The word for all languages of the registry."""
SEVERAL: Final = (ALL, EVERY)
LANGUAGES: Final[dict[str, Entry]] = {**OWN, **installed.entries(), **OWN}


def load_language(name: str) -> Language[Any, Any]:
    """The language of that name in the registry."""
    language: Language[Any, Any] = LANGUAGES[name].load()
    return language


def choose(names: tuple[str, ...]) -> tuple[Language[Any, Any], ...]:
    """The languages by name or by a word for several, in the order of the registry.

    Raises UnknownLanguage, naming the nearest.
    """
    chosen = set(names)
    for name in names:
        if name in SEVERAL:
            chosen.update(each for each, entry in LANGUAGES.items() if name == EVERY or entry.in_all)
        elif name not in LANGUAGES:
            raise UnknownLanguage(
                f"there is no language {name!r}; there are {', '.join((*LANGUAGES, *SEVERAL))}",
                where="--lang",
                remedy=f"run again with --lang {nearest(name, (*LANGUAGES, *SEVERAL)) or ALL}",
            )
    return tuple(load_language(name) for name in LANGUAGES if name in chosen)


def refusals_of(name_or_file: str) -> tuple[RecipeError, ...]:
    """All that is wrong with a recipe: its first complaint, else those about the languages' sections."""
    from protogen.recipe import model

    try:
        return refusals(model.load(name_or_file))
    except RecipeError as error:
        return (error,)


def refusals(recipe: Recipe) -> tuple[RecipeError, ...]:
    """What is wrong with the sections: each language's first complaint, and sections of no language."""
    from protogen.languages import kit
    from protogen.recipe.kit import FOLDER

    found = []
    for name in recipe.languages:
        if name not in LANGUAGES:
            known = f"one of {', '.join(LANGUAGES)}"
            found.append(recipe.document.error("no such language", ("languages", name), known))
    for name, text in recipe.externals.languages().items():
        if name not in LANGUAGES:
            problem, known = "no such language", f"one of {', '.join(LANGUAGES)}"
        elif not (load_language(name).folder / "externals.json").is_file():
            problem, known = (
                f"packages for {load_language(name).title} have copies of their own",
                "go or java",
            )
        else:
            continue
        found.append(recipe.document.error(problem, ("externals", text, name), known))
    for name, files in recipe.kit.items():
        if name in LANGUAGES:
            language = load_language(name)
            found += kit.refusals(name, language.title, language.placeholders, files)
        else:
            problem, known = f"no such language: {name}", f"one of {', '.join(LANGUAGES)}"
            found.append(RecipeError.at(Location(f"{FOLDER}/{name}", 0, "", problem, known)))
    for name in LANGUAGES:
        try:
            if name in recipe.languages:
                load_language(name).read(recipe)
        except RecipeError as error:
            found.append(error)
    return tuple(found)
