"""What was made of which inputs, remembered in the cache: a run that would make the same again needn't.

The memory is a digest for each package, never its content. It stands in the cache and not in the
package's manifest, since it depends on what is installed, and packages are the same on every machine.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from protogen.cache import digest
from protogen.errors import OutputUnwritable
from protogen.languages.documents import known_license
from protogen.publish.standing import Expected, standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from protogen.cache import Cache
    from protogen.closure import Closure
    from protogen.languages.base import Language, Package
    from protogen.publish.target import Published
    from protogen.recipe import Recipe
    from protogen.release import Release
    from protogen.workbench import Workbench

KIND = "made"
_METADATA = frozenset({".dist-info", ".egg-info"})
_FORMAT = 2
# What is at the version that the recipe names because its ecosystem's client put it there. A tool
# that was given, or found on PATH, may be another one next time under the same name.
_MOVABLE = frozenset({"given", "PATH"})


@dataclass(frozen=True)
class Wanted:
    """What a run is to make, as far as packages depend on it. out: by language.

    closure: the protos, where the release doesn't tell them from all others.
    """

    recipe: Recipe
    languages: tuple[Language[Any], ...]
    settings: Mapping[str, str]
    groups: tuple[str, ...]
    release: Release
    out: Callable[[str], Path]
    closure: Closure | None = None


@dataclass(frozen=True)
class Standing:
    """Packages that are there already. remarks: what the summary tells of each, by language.

    lacking: entry points that the source couldn't offer. files: the number of protos.
    """

    published: tuple[Published, ...]
    remarks: Mapping[str, tuple[str, ...]]
    lacking: tuple[str, ...]
    files: int


def keys(wanted: Wanted, bench: Workbench) -> dict[str, str]:
    """By language: SHA-256 over all that its package, the manifest and the remarks depend on.

    Raises UsageError where a language can't work in its surroundings.
    """
    recipe = wanted.recipe
    shared = {
        "format": _FORMAT,
        "installation": bench.once.get("installation", installation),
        "recipe": (recipe.name, recipe.digest, digest(known_license(recipe.license))),
        "release": astuple(wanted.release),
        "protos": _protos(wanted.closure) if wanted.closure else "as the commits have them",
        "groups": wanted.groups,
        "settings": sorted(wanted.settings.items()),
    }
    return {language.name: _key(shared, language, wanted) for language in wanted.languages}


def _protos(closure: Closure) -> dict[str, object]:
    graph, protos = closure.graph, closure.protos
    return {
        "content": graph.digest(),
        "form": protos.form.value,
        "entry_points": graph.entry_points,
        "well_known": sorted(graph.well_known),
        "licenses": sorted(protos.licenses.items()),
        "lacking": protos.lacking,
    }


def _key(shared: Mapping[str, object], language: Language[Any], wanted: Wanted) -> str:
    out = wanted.out(language.name)
    own = {
        "language": language.name,
        "surroundings": language.surroundings(wanted.recipe, wanted.settings, out),
    }
    return digest(json.dumps({**shared, **own}, sort_keys=True))


def recall(wanted: Wanted, places: Mapping[str, str], bench: Workbench) -> Standing | None:
    """The packages, if each stands in its folder as a run with the same keys wrote it; else None.

    Raises UsageError for output folders that can't be.
    """
    if any(bench.given_tools.keys() & {*language.tools} for language in wanted.languages):
        return None
    known = {}
    for name, place in places.items():
        record = bench.cache.read(KIND, place, mendable=True)
        if record is None:
            return None
        known[name] = json.loads(record)
    published = standing(
        [Expected(name, wanted.out(name), record["manifest"]) for name, record in known.items()]
    )
    if not published:
        return None
    remarks = {name: tuple(record["remarks"]) for name, record in known.items()}
    any_ = next(iter(known.values()))
    return Standing(published, remarks, tuple(any_["lacking"]), any_["files"])


def remember(place: str, package: Package[Any], manifest: str, closure: Closure, cache: Cache) -> None:
    """Note what was published of a closure under a key, unless a tool that may move made it.

    manifest: SHA-256 of the one that stands there. A cache that can't be written does without.
    """
    if not _MOVABLE.isdisjoint(tool.found for tool in package.provided.tools.values()):
        return
    noted = {
        "manifest": manifest,
        "remarks": package.plan.remarks,
        "lacking": closure.protos.lacking,
        "files": len(closure.graph.files),
    }
    record = json.dumps(noted).encode()
    with suppress(OutputUnwritable):
        if cache.read(KIND, place, mendable=True) != record:
            cache.write(record, KIND, place)


def installation(package: Path = Path(__file__).parent, path: Iterable[str] | None = None) -> str:
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
