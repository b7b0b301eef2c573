"""Protos that published packages serve, so that they aren't generated: which, from which package. Pure.

A language's table `externals.json`, beside its module, has the packages that protogen knows and what is in
them; a recipe changes it by path. A proto is taken from a package of the table where it declares nothing
else than the package has, nothing that is generated needs more than that, and the recipe isn't for the very
protos of the package.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

from protogen.errors import Location, ProtosUnresolved, RecipeError
from protogen.languages.package import External
from protogen.languages.published import (
    PublishedFile,
    PublishedPackage,
    Table,
    conflicts,
    declared,
    lacking,
    read_table,
)
from protogen.protos.outline import File, Outline, Type, all_types
from protogen.recipe.model import Recipe

# Of several names, so many are shown.
_SHOWN = 3


class Asked(Protocol):
    """What decides which packages serve; a request, for instance."""

    @property
    def recipe(self) -> Recipe:
        """What says otherwise."""

    @property
    def outline(self) -> Outline:
        """The set's."""

    @property
    def entry_points(self) -> tuple[str, ...]:
        """What clients are generated for."""

    @property
    def well_known(self) -> frozenset[str]:
        """The compiler's own."""


@dataclass(frozen=True)
class Protos:
    """What the choice is made for, where there is no request for a package."""

    recipe: Recipe
    outline: Outline
    entry_points: tuple[str, ...]
    well_known: frozenset[str]


def everywhere(asked: Asked) -> dict[str, dict[str, str]]:
    """By proto that isn't generated in all languages: by language, the package that serves."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(Path(__file__).parent.glob("*/externals.json")):
        language = path.parent.name
        with suppress(ProtosUnresolved):
            for each in served(language, read_table(path.parent), asked, title="", libraries={}).externals:
                found.setdefault(each.proto, {})[language] = each.package
    return found


@dataclass(frozen=True)
class Served:
    """What published packages serve of a set."""

    externals: tuple[External, ...] = ()
    remarks: tuple[str, ...] = ()
    """What the summary tells, of what is taken from a package and what isn't."""
    carried: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Protos that are generated though a popular package has them too, by package."""
    subjects: frozenset[str] = frozenset()
    """The packages whose very protos the recipe is for, so that they are generated."""
    unknown: tuple[str, ...] = ()
    """Full names of what packages must have, of which the table doesn't tell that."""

    @property
    def names(self) -> frozenset[str]:
        """The protos that aren't generated."""
        return frozenset(each.proto for each in self.externals)

    @property
    def imported(self) -> tuple[External, ...]:
        """Those that generated code imports."""
        return tuple(each for each in self.externals if each.imported)


def served(
    language: str,
    table: Table,
    request: Asked,
    *,
    title: str,
    libraries: Mapping[str, str],
    always: Collection[str] = (),
) -> Served:
    """The protos of the set that published packages serve in a language.

    libraries: versions of those that generated code needs anyway. always: packages that every program with
    the code has, whatever the recipe is for. Raises ProtosUnresolved for a proto that gRPC brings otherwise,
    and where nothing is left to generate.
    """
    return _Choice(language, table, request, title, libraries, always).made()


def unclear(request: Asked, problem: str, expected: str) -> RecipeError:
    """The complaint about an external of the recipe that lacks something."""
    document = request.recipe.document
    line = document.lines.get(("externals",), 1)
    return RecipeError.at(Location(document.file, line, "externals", problem, expected))


@dataclass(frozen=True)
class _Choice:
    language: str
    table: Table
    request: Asked
    title: str
    libraries: Mapping[str, str]
    always: Collection[str]

    def made(self) -> Served:
        files = {
            file.name: file for file in self.request.outline.files if file.name not in self.request.well_known
        }
        found = {name: each for name, file in files.items() if (each := self._external(file))}
        refused: dict[str, str] = {}
        while left := self._left(found, files, refused):
            for name in left:
                del found[name]
        own = [file for name, file in files.items() if name not in found]
        self._check(found, own, files)
        if files and not own:
            raise ProtosUnresolved(
                f"{self.title} has nothing to generate: published packages serve all {len(files)} protos",
                where=self.request.entry_points[0] if self.request.entry_points else self.request.recipe.name,
                remedy="use them, or run again with --generate-externals",
            )
        imported = _visible(own, self.request)
        externals = tuple(replace(found[name], imported=name in imported) for name in sorted(found))
        reached = self._reached(externals, own, files)
        return Served(
            externals,
            (*_sources(externals), *refused.values(), *self._lacking(externals, reached, files)),
            self._carried(file.name for file in own),
            self._subjects,
            tuple(self._unknown(externals, reached)),
        )

    def _external(self, file: File) -> External | None:
        """The package that serves a file by itself, whatever the others are."""
        name, rules = file.name, self.request.recipe.externals
        package, known = self.table.find(name)
        said, own = rules.said_of(name, self.language)
        if self._is_brought(name):
            return self._checked(file, package, known, own.version if own else "")
        if not rules.known or (said and own is None):
            return None
        if own and (own.package or own.import_ or known):
            options = known.options if known and own.package in {"", package} else {}
            return self._of(file, own.package or package, own.version, options | self._home(own.import_))
        if not known or own:
            return None
        if package in self._subjects or file.package != known.package or conflicts(file, known):
            return None
        return self._of(file, package, "", known.options)

    @cached_property
    def _subjects(self) -> frozenset[str]:
        """The packages whose protos the recipe is for; none where it is for others too, which import them."""
        homes: dict[str, set[str]] = {}
        for package, each in self.table.packages.items():
            for name in each.files:
                homes.setdefault(_top(name), set()).add(package)
        found = [homes.get(_top(name), set()) for name in self.request.entry_points]
        return frozenset[str]().union(*found) - {*self.always} if all(found) else frozenset()

    def _checked(self, file: File, package: str, known: PublishedFile | None, version: str) -> External:
        """The package of a proto that gRPC brings."""
        if known is None or file.package != known.package or conflicts(file, known):
            raise self._second(file.name, package)
        return self._of(file, package, version, known.options)

    def _check(self, found: Mapping[str, External], own: Iterable[File], files: Mapping[str, File]) -> None:
        """Raise ProtosUnresolved where what gRPC brings of a proto doesn't suffice."""
        wanted = frozenset[str]().union(*map(_used, own))
        for name, each in found.items():
            known = self.table.find(name)[1]
            if known and self._is_brought(name):
                lacks = {each for each in lacking(files[name], known) if _is_whole(each, files[name])}
                if lacks & wanted or (lacks and name in self.request.entry_points):
                    raise self._second(name, each.package, f", and lacks {min(lacks & wanted or lacks)}")

    def _second(self, name: str, package: str, lacks: str = "") -> ProtosUnresolved:
        return ProtosUnresolved(
            f"{self.title} can't have a {name} that isn't as {package} has it: gRPC brings that{lacks}. A"
            f" program with both {'ends at start' if self.language == 'go' else 'mixes them up'}",
            where=name,
            remedy="take the file of the repository that publishes it, or give this one another name",
        )

    def _home(self, import_: str) -> dict[str, str]:
        return {_HOMES.get(self.language, "import"): import_} if import_ else {}

    def _of(self, file: File, package: str, version: str, options: Mapping[str, str]) -> External:
        known = self.table.packages.get(package, PublishedPackage())
        lowest = version or known.version or self.libraries.get(package, "")
        return External(file.name, package, lowest, options, known.stubs, serviced=bool(file.services))

    def _is_brought(self, name: str) -> bool:
        return self.table.is_brought(name, self.table.find(name)[0])

    def _is_fixed(self, name: str) -> bool:
        """Whether a proto is taken from its package whatever else holds."""
        return self._is_brought(name) or self.request.recipe.externals.said_of(name, self.language)[0]

    @cached_property
    def _uses(self) -> dict[str, frozenset[str]]:
        """The types that each proto's code is of."""
        return {file.name: _used(file) for file in self.request.outline.files}

    def _left(
        self, found: Mapping[str, External], files: Mapping[str, File], refused: dict[str, str]
    ) -> list[str]:
        """Of those found, the ones that are generated after all; refused: filled with reasons, by package."""
        movable = [name for name in found if not self._is_fixed(name)]
        left = [
            name
            for name in movable
            if any(each in files and each not in found for each in files[name].dependencies)
        ]
        if left:
            return left
        own = [name for name in files if name not in found]
        used = frozenset[str]().union(*(self._uses[name] for name in own))
        for name in movable:
            _, known = self.table.find(name)
            lacks = lacking(files[name], known) if known else frozenset()
            if not lacks.isdisjoint(used):
                users = [each for each in own if not lacks.isdisjoint(self._uses[each])]
                package = found[name].package
                missing = sorted(lacks & self._uses[users[0]])
                refused[package] = (
                    f"{package} {found[name].version} lacks {missing[0]}, which {users[0]} uses, so what it"
                    " has is generated: name a newer version of it in the recipe's externals"
                )
                return [each for each in movable if found[each].package == package]
        return []

    def _reached(
        self, externals: Iterable[External], own: Iterable[File], files: Mapping[str, File]
    ) -> dict[str, Type]:
        """The types of externals that generated code leads to, by full name."""
        types = {
            f"{files[each.proto].package}.{path}": type_
            for each in externals
            for path, type_ in all_types(files[each.proto].types)
        }
        found: dict[str, Type] = {}
        pending = [name for file in own for name in _used(file)]
        while pending:
            name = pending.pop()
            if name in types and name not in found:
                found[name] = types[name]
                pending += [each.type for each in types[name].fields if each.type]
        return found

    def _lacking(
        self, externals: Iterable[External], reached: Iterable[str], files: Mapping[str, File]
    ) -> Iterator[str]:
        """What generated code can reach of a package's messages by the protos, and not in the package."""
        by_package: dict[tuple[str, str], list[str]] = {}
        names = frozenset(reached)
        for each in externals:
            published = self.table.find(each.proto)[1]
            if published and self._is_of_table(each):
                lacks = lacking(files[each.proto], published)
                by_package.setdefault((each.package, each.version), []).extend(
                    sorted(lack for lack in lacks if lack.rpartition(".")[0] in names)
                )
        for (package, version), lacks_ in sorted(by_package.items()):
            if lacks_:
                more = f" and {len(lacks_) - _SHOWN} more" if len(lacks_) > _SHOWN else ""
                yield (
                    f"{package} {version} lacks {', '.join(lacks_[:_SHOWN])}{more} of the protos:"
                    " a newer one of the program's serves, or a higher version in the recipe's externals"
                )

    def _unknown(self, externals: Iterable[External], reached: Mapping[str, Type]) -> Iterator[str]:
        """What generated code can reach in packages of which it isn't known what they have: full names."""
        outside = {each.proto for each in externals if not self._is_of_table(each)}
        for name, type_ in sorted(reached.items()):
            file = self.request.outline.file_of(name)
            if file and file.name in outside:
                yield name
                yield from (f"{name}.{each.name}" for each in type_.fields)

    def _is_of_table(self, external: External) -> bool:
        """Whether the table has what that version of the package has."""
        known = self.table.packages.get(external.package)
        version = (known.version or self.libraries.get(external.package, "")) if known else ""
        return known is not None and external.proto in known.files and external.version == version

    def _carried(self, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for name in sorted(names):
            package, _ = self.table.find(name)
            folders = (each for start, each in self.table.carriers.items() if name.startswith(start))
            if package := package or next(folders, ""):
                found.setdefault(package, []).append(name)
        return {package: tuple(protos) for package, protos in found.items()}


_HOMES = {"go": "go_package", "java": "java_package"}


def _is_whole(name: str, file: File) -> bool:
    """Whether a full name is that of a type, an extension or a service, and not of a part."""
    return name[len(file.package) + bool(file.package) :] in declared(file)


def _top(name: str) -> str:
    """The folders of a proto's name that tell whose it is: of google's two, of others the first."""
    first, *rest = name.split("/")
    return f"{first}/{rest[0]}" if first == "google" and rest else first


def _used(file: File) -> frozenset[str]:
    """The full names of the types that a file's code is of, without those of its options."""
    fields = [each for _, type_ in all_types(file.types) for each in (*type_.fields, *type_.extensions)]
    methods = [method for service in file.services for method in service.methods]
    return frozenset(
        {
            *(each.type for each in (*fields, *file.extensions) if each.type),
            *(name for method in methods for name in (method.input, method.output)),
        }
    )


def _visible(own: Iterable[File], request: Asked) -> frozenset[str]:
    """What generated code imports: the files that its protos import, and those that these import publicly."""
    files = {file.name: file for file in request.outline.files}
    found: set[str] = set()
    pending = [name for file in own for name in file.dependencies]
    while pending:
        name = pending.pop()
        if name in files and name not in found:
            found.add(name)
            pending += files[name].public
    return frozenset(found)


def _sources(externals: Iterable[External]) -> Iterator[str]:
    """What the summary tells of each package: `google/rpc from PACKAGE VERSION`."""
    by_package: dict[tuple[str, str], list[str]] = {}
    for each in externals:
        by_package.setdefault((each.package, each.version), []).append(each.proto)
    for (package, version), protos in sorted(by_package.items()):
        yield f"{folders(protos)} from {package} {version}".rstrip()


def folders(protos: Collection[str]) -> str:
    """The folders of protos, as texts have them."""
    found = sorted({name.rpartition("/")[0] or name for name in protos})
    return f"{', '.join(found[:-1])} and {found[-1]}" if len(found) > 1 else "".join(found)
