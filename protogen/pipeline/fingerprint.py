"""What packages depend on, as one key for each language: the same key, the same package."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from protogen.languages.documents import known_license
from protogen.system.cache import digest

if TYPE_CHECKING:
    from protogen.languages.base import Language
    from protogen.protos.closure import Closure
    from protogen.recipe.model import Recipe
    from protogen.releases.release import Release
    from protogen.system.context import Context


_METADATA = frozenset({".dist-info", ".egg-info"})
_FORMAT = 4


@dataclass(frozen=True)
class Wanted:
    """What a run is to make, as far as packages depend on it. out: by language.

    closure: the protos, where the release doesn't tell them from all others.
    """

    recipe: Recipe
    languages: tuple[Language[Any, Any], ...]
    settings: Mapping[str, str]
    groups: tuple[str, ...]
    release: Release
    out: Callable[[str], Path]
    closure: Closure | None = None


def keys(wanted: Wanted, context: Context) -> dict[str, str]:
    """By language: SHA-256 over all that its package, the manifest and the remarks depend on.

    Raises UsageError where a language can't work in its surroundings.
    """
    recipe = wanted.recipe
    shared = {
        "format": _FORMAT,
        "installation": context.once.get("installation", installation),
        "recipe": (recipe.name, recipe.digest, digest(known_license(recipe.license))),
        "release": astuple(wanted.release),
        "protos": _protos(wanted.closure) if wanted.closure else "as the commits have them",
        "groups": wanted.groups,
    }
    return {language.name: _key(shared, language, wanted) for language in wanted.languages}


def _protos(closure: Closure) -> dict[str, object]:
    graph, protos = closure.graph, closure.protos
    return {
        "content": graph.digest(),
        "form": protos.form.value,
        "entry_points": graph.entry_points,
        "well_known": sorted(graph.well_known),
        "licenses": {name: dict(texts) for name, texts in protos.licenses.items()},
        "lacking": protos.lacking,
        "notices": protos.notices,
    }


def _key(shared: Mapping[str, object], language: Language[Any, Any], wanted: Wanted) -> str:
    out = wanted.out(language.name)
    keys = sorted(option.key for option in language.entry.options)
    own = {
        "language": language.name,
        "settings": [(key, wanted.settings[key]) for key in keys if key in wanted.settings],
        "inputs": language.cache_inputs(wanted.recipe, wanted.settings, out),
    }
    return digest(json.dumps({**shared, **own}, sort_keys=True))


def installation(package: Path = Path(__file__).parents[1], path: Iterable[str] | None = None) -> str:
    """SHA-256 over protogen's own files, the interpreter, and names and versions of all that is installed.

    package: protogen's folder. path: the folders that modules are imported from.
    """
    own = sorted(_own_files(package))
    return digest("\n".join((sys.version, sys.platform, os.uname().machine, *own, *_distributions(path))))


def _own_files(package: Path) -> Iterable[str]:
    for folder, folders, files in os.walk(package):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in files:
            path = os.path.join(folder, name)  # noqa: PTH118 - hundreds of them, and Path takes as long as reading
            with open(path, "rb", buffering=0) as file:  # noqa: PTH123
                yield f"{path.removeprefix(str(package))} {digest(file.read())}"


def _distributions(path: Iterable[str] | None) -> list[str]:
    """The folders that hold the metadata of distributions: they are called by name and version."""
    found = set()
    for folder in sys.path if path is None else path:
        with suppress(OSError):
            found |= {each.name for each in Path(folder).iterdir() if each.suffix in _METADATA}
    return sorted(found)
