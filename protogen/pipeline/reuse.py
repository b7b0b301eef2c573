"""Packages that needn't be made again: kept whole in the cache, by a key over all that they depend on.

They stand there and not beside the package's manifest, since the key depends on what is installed, and
packages are the same on every machine.
"""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from protogen.errors import OutputUnwritable
from protogen.languages.documents import known_license
from protogen.languages.kit import setting_keys
from protogen.publish.target import Target
from protogen.system import cache, distributions
from protogen.system.files import digest

if TYPE_CHECKING:
    from protogen.languages.base import Language
    from protogen.languages.package import Package
    from protogen.pipeline.job import Job, Outcome, Prepared
    from protogen.protos.closure import Closure
    from protogen.releases.release import Release
    from protogen.system.context import Context


# To be raised with every change of what a key is over, or of a record.
_FORMAT = 6
# Generated code shrinks to a seventh. More effort saves a quarter of that, and takes three times as long.
_EFFORT = 1
# What is at the version that the recipe names because its ecosystem's client put it there. A tool
# that was given, or found on PATH, may be another one next time under the same name.
_MOVABLE = frozenset({"given", "PATH"})


class Record(msgspec.Struct, frozen=True):
    """A package that was made, with what the summary tells of it."""

    manifest: str
    """SHA-256 of the manifest that it was published with."""
    remarks: tuple[str, ...]
    missing_entry_points: tuple[str, ...]
    """Entry points that the source couldn't offer."""
    files: int
    """The number of protos."""
    notices: tuple[str, ...]
    package: bytes
    """Its origin and its tree, compressed."""

    def target(self, language: str, out: Path) -> Target:
        """The package, to be published into a folder."""
        parts = msgspec.msgpack.decode(zlib.decompress(self.package))
        return Target(language, out, parts["tree"], parts["origin"])


def compressed(target: Target) -> bytes:
    """The package, as a record holds it."""
    return zlib.compress(msgspec.msgpack.encode({"origin": target.origin, "tree": target.tree}), _EFFORT)


def gives_tools(job: Job, context: Context) -> bool:
    """Whether the user gave a tool of one of the languages, which no key is over."""
    return any(context.given_tools.keys() & {*language.entry.programs} for language in job.languages)


def recall(job: Job, keys: Mapping[str, str], context: Context) -> dict[str, Record]:
    """By language, what was made under the keys; empty unless all of them are known."""
    if gives_tools(job, context):
        return {}
    known = {}
    for name, key in keys.items():
        content = context.cache.read("packages", key)
        if content is None:
            return {}
        known[name] = msgspec.msgpack.decode(content, type=Record)
    return known


def keep(prepared: Prepared, outcome: Outcome, keys: Mapping[str, str], context: Context) -> None:
    """Keep the packages that the same inputs make again. A cache that can't be written does without."""
    for target, published in zip(prepared.targets, outcome.published, strict=True):
        key, package = keys[target.language], prepared.packages[target.language]
        if not is_lasting(package) or context.cache.find("packages", key):
            continue
        record = Record(
            published.manifest,
            package.plan.remarks,
            outcome.missing_entry_points,
            outcome.files,
            outcome.notices,
            compressed(target),
        )
        with suppress(OutputUnwritable):
            context.cache.put("packages", key, msgspec.msgpack.encode(record))


def is_lasting(package: Package[Any]) -> bool:
    """Whether the same inputs make the package again: not where a tool that may move made it."""
    return _MOVABLE.isdisjoint(tool.found for tool in package.installed.tools.values())


def keys(job: Job, release: Release, closure: Closure | None, context: Context) -> dict[str, str]:
    """By language: the cache's key over all that its package, the manifest and the remarks depend on.

    closure: the protos, where the release doesn't tell them from all others.
    Raises UsageError where a language can't work in the place where its package will stand.
    """
    recipe = job.recipe
    shared = {
        "format": _FORMAT,
        "installation": context.once.get("installation", installation),
        "recipe": (recipe.name, recipe.digest, digest(known_license(recipe.license))),
        "release": astuple(release),
        "protos": _protos(closure) if closure else "as the commits have them",
        "groups": job.groups,
    }
    return {language.name: _key(shared, language, job, release.name) for language in job.languages}


def _protos(closure: Closure) -> dict[str, object]:
    graph, protos = closure.graph, closure.protos
    return {
        "content": graph.digest(),
        "form": protos.form.value,
        "entry_points": graph.entry_points,
        "well_known": sorted(graph.well_known),
        "licenses": {name: dict(texts) for name, texts in protos.licenses.items()},
        "missing_entry_points": protos.missing_entry_points,
        "notices": protos.notices,
    }


def _key(shared: Mapping[str, object], language: Language[Any, Any], job: Job, version: str) -> str:
    out = job.out(version, language.name)
    options = setting_keys(language.entry)
    own = {
        "settings": [(key, job.settings[key]) for key in options if key in job.settings],
        "inputs": language.cache_inputs(job.recipe, job.settings, out),
    }
    return cache.key(language.name, shared, own)


def installation(package: Path = Path(__file__).parents[1], path: Iterable[str] | None = None) -> str:
    """SHA-256 over protogen's own files, the interpreter, and names and versions of all that is installed.

    package: protogen's folder. path: the folders that modules are imported from.
    """
    own = sorted(_own_files(package))
    others = sorted({each.name for each in distributions.metadata(path)})
    return digest("\n".join((sys.version, sys.platform, os.uname().machine, *own, *others)))


def _own_files(package: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(package):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in files:
            path = os.path.join(folder, name)  # noqa: PTH118 - hundreds of them, and Path takes as long as reading
            with open(path, "rb", buffering=0) as file:  # noqa: PTH123
                yield f"{path.removeprefix(str(package))} {digest(file.read())}"
