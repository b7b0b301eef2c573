"""The closure of the entry points in published packages: a walk along the descriptors' imports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from protogen.protos.protoset import Origin, ProtoFile
from protogen.recipe.roots import Root
from protogen.sources.index.pb2_modules import (
    Descriptor,
    Place,
    as_imported,
    extract,
    folders_tried,
    module_path,
)
from protogen.sources.index.wheel_archive import Range, WheelArchive
from protogen.system.paths import fixed_prefix, pattern

Spread = Callable[[Callable[[Any], None], Sequence[Any]], None]

# The compiler brings these along; a package's own copy is never asked for.
_WELL_KNOWN = "google/protobuf/"
_ALIKE = 8


@dataclass(frozen=True)
class PackagedProtos:
    """The compiled protos of one repository: an open wheel, and the folders that it renamed."""

    repository: str
    wheel: WheelArchive
    folders: Mapping[str, str]
    _read: dict[str, Descriptor] = field(default_factory=dict)
    _by_file: dict[str, list[str]] = field(default_factory=dict)

    def places(self, name: str) -> tuple[Place, ...]:
        """Where the module of an import name may be, the likeliest first.

        Its own path, then folders that were renamed, then below any other folder: the roots of a
        repository may lie anywhere in its package.
        """
        wanted = module_path(name)
        direct = [place for place in folders_tried(wanted, self.folders) if place.path in self.wheel.modules]
        below = [
            Place(path[: -len(wanted) - 1], path)
            for path in self._same_file(wanted)
            if path.endswith(f"/{wanted}")
        ]
        known = {place.path for place in direct}
        return (*direct, *(place for place in below[:_ALIKE] if place.path not in known))

    def alike(self, path_pattern: str) -> tuple[str, ...]:
        """The modules whose path says that their proto may match the pattern, sorted."""
        # protoc writes `_` for what a module's name can't hold; the descriptor decides later.
        expression = pattern(path_pattern.replace("-", "_"))
        start = fixed_prefix(path_pattern.replace("-", "_"))
        return tuple(
            sorted(
                path
                for path in self.wheel.modules
                if (name := as_imported(path, self.folders)).startswith(start) and expression.fullmatch(name)
            )
        )

    def descriptor(self, path: str) -> Descriptor:
        """What the module holds. Raises SourceRefused."""
        if path not in self._read:
            where = f"{path} in {self.wheel.wheel.name}"
            self._read[path] = extract(self.wheel.read(path), where=where)
        return self._read[path]

    def find(self, name: str) -> ProtoFile | None:
        """The proto of an import name, where a module's own descriptor says that it is that."""
        for place in self.places(name):
            descriptor = self.descriptor(place.path)
            if descriptor.name == name:
                return ProtoFile(name, Origin(self.repository, place.root, place.path), descriptor.content)
        return None

    def unread(self, paths: Iterable[str]) -> tuple[Range, ...]:
        """The ranges of the wheel to fetch before these modules are read."""
        return self.wheel.unread(path for path in paths if path not in self._read)

    def _same_file(self, path: str) -> Sequence[str]:
        if not self._by_file:
            for module in sorted(self.wheel.modules, key=lambda module: (module.count("/"), module)):
                self._by_file.setdefault(module.rpartition("/")[2], []).append(module)
        return self._by_file.get(path.rpartition("/")[2], ())


def import_patterns(path_pattern: str, roots: Iterable[Root]) -> tuple[str, ...]:
    """The pattern of paths in a repository as patterns of import names, one for each root it is below."""
    return tuple(root.name_of(path_pattern) for root in roots if root.is_above(path_pattern))


def matching(
    package: PackagedProtos, patterns: Iterable[str], spread: Spread, exclude: Iterable[str] = ()
) -> tuple[str, ...]:
    """The import names in the package that one of the patterns matches and none of exclude, sorted."""
    expressions, excluded = ([pattern(text) for text in texts] for texts in (patterns, exclude))
    paths = sorted({path for text in patterns for path in package.alike(text)})
    spread(package.wheel.fetch, package.unread(paths))
    names = {package.descriptor(path).name for path in paths}
    return tuple(
        sorted(
            name
            for name in names
            if any(each.fullmatch(name) for each in expressions)
            and not any(each.fullmatch(name) for each in excluded)
        )
    )


def closure(
    entry_points: Iterable[str],
    packages: Sequence[PackagedProtos],
    spread: Spread,
    aliases: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, tuple[ProtoFile, ...]]:
    """Every import name that the entry points reach, with each package's proto of it.

    Nothing for one that no package has. Each level's modules are fetched at the same time.
    spread: calls a function with each item of a sequence, in parallel. aliases: see ProtoSet.
    """
    found: dict[str, tuple[ProtoFile, ...]] = {}
    level = list(dict.fromkeys(entry_points))
    while level:
        fetches = [
            (package.wheel, span)
            for package in packages
            for span in package.unread(place.path for name in level for place in package.places(name)[:1])
        ]
        spread(lambda fetch: fetch[0].fetch(fetch[1]), fetches)
        following: dict[str, None] = {}
        for name in level:
            files = [(package, file) for package in packages if (file := package.find(name))]
            found[name] = tuple(file for _, file in files)
            for package, file in files:
                imports = package.descriptor(file.origin.path).imports
                following.update((aliases.get(each, each), None) for each in imports)
        level = [name for name in following if name not in found and not name.startswith(_WELL_KNOWN)]
    return found
