"""Source of a recipe in a package: examples and the kit, with its names for their placeholders. Pure.

A placeholder is `@KIND{NAME}`; each language says which kinds it knows, and what they stand for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from protogen.errors import Location, RecipeError
from protogen.recipe.kit import FOLDER, KitFile

if TYPE_CHECKING:
    from protogen.languages.entry import Entry
    from protogen.languages.package import Request
    from protogen.protos.outline import Outline

README = "readme"
"""The part of a kit that no package holds as a file: its README shows it in place of a call by the stubs."""
WITHOUT = "without_kit"
"""The key of the setting that leaves the kit out, of every language."""
GENERATED = "generate_externals"
"""The key of the setting that has all protos generated, of every language."""
_PLACEHOLDER = re.compile(r"@(\w+)\{([^{}\n]*)\}")


def setting_keys(entry: Entry) -> list[str]:
    """The keys of all settings that a language's packages may depend on."""
    return sorted([*(option.key for option in entry.options), WITHOUT, GENERATED])


def filled_in(text: str, stands_for: Callable[[str, str], str]) -> str:
    """The text with what its placeholders stand for; those that stand for nothing are left."""
    return _PLACEHOLDER.sub(lambda match: stands_for(match[1], match[2]) or match[0], text)


def unknown(text: str, stands_for: Callable[[str, str], str]) -> tuple[str, ...]:
    """The placeholders of the text that stand for nothing, as they are written."""
    return tuple(match[0] for match in _PLACEHOLDER.finditer(text) if not stands_for(match[1], match[2]))


def files(language: str, request: Request, stands_for: Callable[[str, str], str]) -> dict[str, bytes]:
    """The kit's files of a language, by path; those that lack a proto are left out.

    Raises RecipeError for a placeholder that stands for nothing in this release.
    """
    found = {}
    for file in request.recipe.kit.get(language, ()):
        if file.part != README and not _missing(file, request.outline):
            found[file.path] = _text(file, language, request, stands_for).encode()
    return found


def example(language: str, request: Request, stands_for: Callable[[str, str], str]) -> str:
    """The program for the README that makes a call by the kit; empty where the kit has none for this release.

    Raises RecipeError for a placeholder that stands for nothing in it.
    """
    for file in request.recipe.kit.get(language, ()):
        if file.part == README and not _missing(file, request.outline):
            return _text(file, language, request, stands_for).strip()
    return ""


def placed(own: Mapping[str, bytes], kit: Mapping[str, bytes], language: str) -> dict[str, bytes]:
    """A package's files with the kit's.

    Raises RecipeError for a file of the kit in the place of another.
    """
    for path in sorted(own.keys() & kit.keys()):
        raise RecipeError(
            f"{language}: a file of the recipe's kit and one of the package's own are both called {path}",
            where=path,
            remedy="call the kit's file something else, or run again with --without-kit",
        )
    return {**own, **kit}


def remarks(language: str, request: Request) -> Iterator[str]:
    """What the summary tells of files that the release's protos don't suffice for."""
    for file in request.recipe.kit.get(language, ()):
        missing = _missing(file, request.outline)
        if missing and file.part != README:
            yield f"without the kit's {file.path}, which needs {', '.join(missing)}"


def refusals(
    language: str, title: str, placeholders: Collection[str], kit: Iterable[KitFile]
) -> Iterator[RecipeError]:
    """What is wrong with a kit whatever the release: placeholders of a kind that the language hasn't."""
    known = " or ".join(f"@{kind}{{NAME}}" for kind in placeholders)
    for file in kit:
        for match in _PLACEHOLDER.finditer(file.text):
            if match[1] not in placeholders:
                line = file.text.count("\n", 0, match.start()) + 1
                place = f"{FOLDER}/{language}/{file.path}"
                problem = f"{match[0]} stands for nothing in {title}"
                yield RecipeError.at(Location(place, line, "", problem, known))


def _text(file: KitFile, language: str, request: Request, stands_for: Callable[[str, str], str]) -> str:
    for placeholder in unknown(file.text, stands_for):
        raise _unknown(file, placeholder, language, request.release.name)
    return filled_in(file.text, stands_for)


def _missing(file: KitFile, outline: Outline) -> list[str]:
    names = {each.name for each in outline.files}
    return [proto for proto in file.needs if proto not in names]


def _unknown(file: KitFile, placeholder: str, language: str, release: str) -> RecipeError:
    return RecipeError(
        f"{placeholder} in the kit of the recipe stands for nothing in {release}",
        where=f"{FOLDER}/{language}/{file.path}",
        remedy=f"say which proto it needs in the recipe, kit: {{{file.part}: {{needs: [PROTO]}}}}, "
        "or run again with --without-kit",
    )
