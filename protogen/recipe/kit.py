"""A recipe's kit: source that packages hold beside their stubs, read from the recipe's folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from protogen.errors import Location, RecipeError
from protogen.recipe.document import Document, doc

FOLDER = "kit"
"""The folder beside the recipe that has a folder for each language."""
_MOST_BYTES = 1 << 20


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a recipe says of the kit's files of one name."""

    needs: Annotated[
        tuple[str, ...], doc("Protos without which a package does without these files, by import name.")
    ] = ()


class KitFile(msgspec.Struct, frozen=True):
    """A file of a kit, as the recipe has it."""

    path: str
    """Below the language's folder."""
    text: str
    needs: tuple[str, ...] = ()
    """Protos without which a package does without it."""

    @property
    def part(self) -> str:
        """The name by which the recipe speaks of it, in all languages: without extension, in lower case."""
        return part_name(self.path)


def part_name(path: str) -> str:
    """What the part is called that a file of a kit belongs to."""
    return path.rpartition("/")[2].partition(".")[0].lower()


def read(folder: Path, document: Document, parts: Mapping[str, Part]) -> dict[str, tuple[KitFile, ...]]:
    """The kit beside a recipe, by language; empty where there is none.

    folder: the recipe's own. parts: what the recipe says, by name. Raises RecipeError for a file that can't
    be read, and for a part that no file belongs to.
    """
    kit: dict[str, tuple[KitFile, ...]] = {}
    for path in sorted(folder.glob(f"{FOLDER}/*/**/*")):
        if path.is_file() and not _is_litter(path):
            language, _, name = path.relative_to(folder / FOLDER).as_posix().partition("/")
            known = parts.get(part_name(name), Part())
            kit[language] = (*kit.get(language, ()), KitFile(name, _text(path), known.needs))
    present = {file.part for files in kit.values() for file in files}
    for name in parts:
        if name not in present:
            expected = f"one of {', '.join(sorted(present))}" if present else "no parts: there is no kit"
            raise document.error(f"no file of the kit is called {name!r}", ("kit", name), expected)
    return kit


def texts(kit: Mapping[str, tuple[KitFile, ...]]) -> Iterator[str]:
    """All that a digest of a recipe has to cover of its kit."""
    for language, files in sorted(kit.items()):
        for file in files:
            yield f"{language}/{file.path}\0{file.text}\0"


def _is_litter(path: Path) -> bool:
    """Whether a file is what an editor or an interpreter left beside the source."""
    return path.name.startswith(".") or path.name.endswith(("~", ".pyc")) or "__pycache__" in path.parts


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
        if len(content) > _MOST_BYTES:
            raise ValueError
        return content.decode()
    except OSError as error:
        problem = error.strerror or "unreadable"
    except ValueError:
        problem = f"not UTF-8 text of at most {_MOST_BYTES >> 20} MiB"
    raise RecipeError.at(Location(str(path), 0, "", f"can't be read: {problem}"))
