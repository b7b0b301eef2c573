"""Which protos form a Go package: a directory, but for import cycles and names that meet. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from protogen.languages.go import identifiers
from protogen.languages.go.naming import GoPackage, below, importable_folder, package_name
from protogen.protos.imports import strongly_connected
from protogen.protos.outline import File, Type, all_types

# Parameters and variables of generated functions below which types of imported packages are named: of
# RPCs, and of getters that return another package's enum.
_LOCAL_TO_RPC = frozenset("c cOpts ctx dec err in info interceptor m opts req srv stream".split())
_LOCAL_TO_GETTER = frozenset("x")
# Import names that generated code could declare itself.
_DECLARABLE = re.compile(r"[A-Z_]|is[A-Z]|file_|.*Client\d*$")
_NUMBER = re.compile(r"\d+$")


def packages(
    files: Sequence[File],
    entry_points: Iterable[str],
    *,
    module: str,
    others: Iterable[File] = (),
    mounts: Iterable[str] = (),
) -> tuple[GoPackage, ...]:
    """The Go packages of the files, sorted by folder.

    A directory is a package; directories that import each other are one, since Go has no import
    cycles: it takes the place of the one with most entry points, then most files. Where two names of
    such a package meet, it is split: by the go_package that its files declare, else by proto package,
    else file by file, so that they meet in packages of one file only. others: files of the set that
    Go's own modules hold. mounts: what names of the API's own files may begin with, and no folder does.
    """
    entries = frozenset(entry_points)
    protos = _Protos(
        {file.name: file for file in (*files, *others)},
        frozenset(file.name for file in files),
        entries,
        _needless({file.directory for file in files}, entries, mounts),
    )
    found = _placed(protos.parts(), protos)
    return tuple(sorted(_importable(found, protos, module), key=lambda package: package.folder))


@dataclass(frozen=True)
class _Part:
    """Protos that form a package."""

    protos: tuple[str, ...]
    suffix: tuple[str, ...] = ()
    """Elements below the directory that it has in common with others."""


@dataclass(frozen=True)
class _Protos:
    """All protos by name, and which of them are the module's own."""

    files: Mapping[str, File]
    own: frozenset[str]
    entries: frozenset[str]
    mount: str = ""
    """What no folder begins with, though directories do."""

    def imports(self, name: str) -> list[str]:
        return [each for each in self.files[name].dependencies if each in self.own]

    def home(self, protos: Iterable[str]) -> str:
        """The directory of most entry points, then most files."""
        entries, sizes = Counter[str](), Counter[str]()
        for name in protos:
            directory = self.files[name].directory
            entries[directory] += name in self.entries
            sizes[directory] += 1
        return min(sizes, key=lambda each: (-entries[each], -sizes[each], each))

    def folder(self, protos: Iterable[str]) -> str:
        """The home directory, without the mount."""
        return below(self.mount, self.home(protos))

    def clashes(self, protos: Iterable[str]) -> bool:
        return identifiers.clash(identifiers.together(protos, self.files)) is not None

    def parts(self) -> list[_Part]:
        found: list[_Part] = []
        for group in self.condensed(self.own, lambda name: self.files[name].directory):
            found += self.split(group) if len(group) > 1 and self.clashes(group) else [_Part(group)]
        return found

    def condensed(self, protos: Collection[str], key: Callable[[str], Hashable]) -> list[tuple[str, ...]]:
        """The protos by key; those of keys that import each other are together."""
        numbers: dict[Hashable, str] = {}
        by_key: defaultdict[str, list[str]] = defaultdict(list)
        for name in sorted(protos):
            by_key[numbers.setdefault(key(name), name)].append(name)
        home = {name: first for first, names in by_key.items() for name in names}
        edges: dict[str, dict[str, None]] = {first: {} for first in by_key}
        for name, first in home.items():
            edges[first] |= {home[each]: None for each in self.imports(name) if each in home}
        return [
            tuple(sorted(name for first in group for name in by_key[first]))
            for group in strongly_connected(edges)
        ]

    def split(self, group: tuple[str, ...]) -> list[_Part]:
        """A package whose names meet, as several."""
        for elements in (self._go_package, self._proto_package):
            parts = self.condensed(group, elements)
            if len(parts) > 1 and not any(map(self.clashes, parts)):
                return self._suffixed(parts, elements)
        return self._beside_largest(self._one_by_one(group))

    def _go_package(self, name: str) -> tuple[str, ...]:
        """The elements of the import path that the file declares; without one, those of its proto package."""
        path = self.files[name].options.get("go_package", "").partition(";")[0]
        return tuple(filter(None, path.split("/"))) or self._proto_package(name)

    def _proto_package(self, name: str) -> tuple[str, ...]:
        return tuple(filter(None, self.files[name].package.split(".")))

    def _one_by_one(self, group: tuple[str, ...]) -> list[tuple[str, ...]]:
        """Each proto with the first others that it goes with: no name meets, no import goes in a circle."""
        parts: list[list[str]] = []
        for name in self._imports_first(group):
            directory = self.files[name].directory
            # A file's own directory comes first; the sort keeps the order of the rest.
            for part in sorted(parts, key=lambda each: self.files[each[0]].directory != directory):
                if not self.clashes([*part, name]) and self._is_acyclic(group, [*part, name], parts):
                    part.append(name)
                    break
            else:
                parts.append([name])
        return [tuple(sorted(part)) for part in parts]

    def _imports_first(self, group: tuple[str, ...]) -> list[str]:
        within = set(group)
        edges = {name: [each for each in self.imports(name) if each in within] for name in group}
        return [name for component in strongly_connected(edges) for name in component]

    def _is_acyclic(self, group: tuple[str, ...], part: list[str], parts: list[list[str]]) -> bool:
        home = {name: each[0] for each in (*parts, part) for name in each}
        sizes = len({home.get(name, name) for name in group})
        return len(self.condensed(group, lambda name: home.get(name, name))) == sizes

    def _suffixed(
        self, parts: Sequence[tuple[str, ...]], elements: Callable[[str], tuple[str, ...]]
    ) -> list[_Part]:
        """The parts; those with one home directory get what tells them apart as their suffix."""
        found = []
        for part in parts:
            home = self.home(part)
            siblings = [elements(self._first(each)) for each in parts if self.home(each) == home]
            suffix = _telling(elements(self._first(part)), siblings, home) if len(siblings) > 1 else ()
            found.append(_Part(part, suffix))
        return found

    def _beside_largest(self, parts: Sequence[tuple[str, ...]]) -> list[_Part]:
        """The parts; of one home directory the largest has it, the others' suffix is a file's name."""
        largest: dict[str, tuple[str, ...]] = {}
        for part in parts:
            home = self.home(part)
            largest[home] = max(
                largest.get(home, ()), part, key=lambda each: (len(self.entries & {*each}), len(each))
            )
        return [
            _Part(part, () if part in largest.values() else (_stem(self._first(part)),)) for part in parts
        ]

    def _first(self, part: tuple[str, ...]) -> str:
        return min(part, key=lambda name: (name not in self.entries, name))


def _needless(directories: set[str], entries: Collection[str], mounts: Iterable[str]) -> str:
    """The mount that tells nothing: all entry points are below it, and no folder without it is another's."""
    for mount in sorted(mounts, key=len, reverse=True):
        mounted = {each for each in directories if f"{each}/".startswith(f"{mount}/")}
        folders = {below(mount, each).lower() for each in mounted}
        others = {each.lower() for each in directories - mounted}
        if all(each.startswith(f"{mount}/") for each in entries) and folders.isdisjoint(others):
            return mount
    return ""


def _stem(name: str) -> str:
    return name.rpartition("/")[2].removesuffix(".proto")


def _telling(elements: tuple[str, ...], siblings: Sequence[tuple[str, ...]], home: str) -> tuple[str, ...]:
    """What tells these from the siblings': the last where that is enough, else all that differ.

    Nothing, for the one whose elements all others begin with or the home directory ends in.
    """
    common = 0
    while common < len(elements) and all(each[: common + 1] == elements[: common + 1] for each in siblings):
        common += 1
    rest = elements[common:]
    if not rest or tuple(home.split("/"))[-len(elements) :] == elements:
        return ()
    return rest[-1:] if sum(each[-1:] == rest[-1:] for each in siblings) == 1 else rest


def _placed(parts: Iterable[_Part], protos: _Protos) -> list[GoPackage]:
    """The parts in their folders."""
    wanted = [("/".join(filter(None, (protos.folder(part.protos), *part.suffix))), part) for part in parts]
    taken: set[str] = set()
    found = []
    # Those whose folder keeps its name come first, so that a renamed one gives way.
    for folder, part in sorted(
        wanted, key=lambda each: (importable_folder(each[0]) != each[0], each[0], each[1].protos)
    ):
        free = _free(importable_folder(folder), taken)
        found.append(GoPackage(free, package_name(free), part.protos, protos.mount))
    return found


def _importable(found: list[GoPackage], protos: _Protos, module: str) -> list[GoPackage]:
    """The packages, those renamed whose import name would mean something else where it is used.

    Plugins import a package by the last element of its path.
    """
    homes = {name: package for package in found for name in package.protos}
    importing: defaultdict[str, set[str]] = defaultdict(set)
    for name, home in homes.items():
        for other in _visible(name, protos):
            if homes[other] is not home:
                importing[homes[other].folder].add(name)
    taken = {package.folder.lower() for package in found}
    names: dict[str, frozenset[str]] = {}

    def declared(package: GoPackage) -> frozenset[str]:
        if package.folder not in names:
            each = identifiers.together(package.protos, protos.files)
            names[package.folder] = frozenset(_NUMBER.sub("", one.name) for one in each if not one.owner)
        return names[package.folder]

    def is_fine(folder: str, importers: Iterable[str]) -> bool:
        path = f"{module}/{folder}" if folder else module
        name = identifiers.sanitized(path.rpartition("/")[2])
        if any(name in _local(protos.files[each]) for each in importers):
            return False
        return not _DECLARABLE.match(name) or not any(
            _NUMBER.sub("", name) in declared(homes[each]) for each in importers
        )

    renamed = []
    for package in found:
        folder, importers = package.folder, sorted(importing[package.folder])
        if importers and not is_fine(folder, importers):
            while folder.lower() in taken or not is_fine(folder, importers):
                folder = f"{folder}pb" if folder else "protos"
            taken.add(folder.lower())
        renamed.append(package if folder == package.folder else _moved(package, folder))
    return renamed


def _moved(package: GoPackage, folder: str) -> GoPackage:
    return replace(package, folder=folder, name=package_name(folder))


def _local(file: File) -> frozenset[str]:
    rpc = _LOCAL_TO_RPC if file.services else frozenset()
    return rpc | (_LOCAL_TO_GETTER if _has_enum_field(file.types) else frozenset())


def _has_enum_field(types: Iterable[Type]) -> bool:
    return any(
        field.kind == "enum" and not field.repeated for _, type_ in all_types(types) for field in type_.fields
    )


def _visible(name: str, protos: _Protos) -> set[str]:
    """The module's own protos whose types a file may use: what it imports, and what those import publicly."""
    found: set[str] = set()
    waiting = list(protos.files[name].dependencies)
    while waiting:
        each = waiting.pop()
        if each in protos.files and each not in found:
            found.add(each)
            waiting += protos.files[each].public
    return found & protos.own


def _free(folder: str, taken: set[str]) -> str:
    """The folder, or it with `pb` added until no other has it on a file system that ignores case."""
    while folder.lower() in taken:
        folder = f"{folder}pb"
    taken.add(folder.lower())
    return folder
