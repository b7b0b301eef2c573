"""What published packages declare of protos, by the languages' tables, and how a set's protos differ."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec

from protogen.protos.outline import Field, File, Type, all_types
from protogen.system.paths import pattern


class PublishedFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a package has of a proto."""

    package: str
    """The proto package."""
    options: dict[str, str] = {}
    """Where the package has the code: file options."""
    declares: dict[str, dict[str, str]] = {}
    """By message, enum, extension and service: fields, values and methods, with what they are."""


class PublishedPackage(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A package that has code of protos."""

    version: str = ""
    """The lowest that serves; empty for that of the library that generated code needs anyway."""
    folders: tuple[str, ...] = ()
    """Where in it the protos are that it is taken for; all, where none is named."""
    brought: tuple[str, ...] = ()
    """Patterns of protos that gRPC's own library has from it: a second copy can't be."""
    stubs: str = ""
    """The package that has the stubs of its services, where that is another."""
    files: dict[str, PublishedFile] = {}
    """By import name."""


class Table(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The packages that protogen knows of an ecosystem: a file `externals.json`."""

    packages: dict[str, PublishedPackage] = {}
    carriers: dict[str, str] = {}
    """Packages that nothing is taken from, by the folder of protos that they have too."""

    def find(self, name: str) -> tuple[str, PublishedFile | None]:
        """The package that has a proto, and what it has of it; empty where none has."""
        for package, each in self.packages.items():
            if name in each.files:
                return package, each.files[name]
        return "", None

    def is_brought(self, name: str, package: str) -> bool:
        """Whether gRPC's own library has the proto."""
        brought = self.packages[package].brought if package in self.packages else ()
        return any(pattern(each).fullmatch(name) for each in brought)


@lru_cache(maxsize=8)
def read_table(folder: Path) -> Table:
    """The table of the language whose module is in the folder; an empty one where it has none."""
    path = folder / "externals.json"
    return msgspec.json.decode(path.read_bytes(), type=Table) if path.is_file() else Table()


def conflicts(file: File, known: PublishedFile) -> frozenset[str]:
    """What a proto declares under a name or number that means something else in the package."""
    own = declared(file)
    found = set()
    for name, parts in own.items():
        there = known.declares.get(name)
        if there is None:
            continue
        numbers = {number: part for part, what in there.items() if (number := _number(what))}
        for part, what in parts.items():
            if there.get(part, what) != what or numbers.get(_number(what), part) != part:
                found.add(f"{name}.{part}")
    return frozenset(found)


def lacking(file: File, known: PublishedFile) -> frozenset[str]:
    """What a proto declares and the package doesn't have: full names of types, services and their parts."""
    prefix = f"{file.package}." if file.package else ""
    found = set()
    for name, parts in declared(file).items():
        there = known.declares.get(name)
        if there is None:
            found.add(f"{prefix}{name}")
        else:
            found |= {f"{prefix}{name}.{part}" for part in parts.keys() - there.keys()}
    return frozenset(found)


def declared(file: File) -> dict[str, dict[str, str]]:
    """What a proto declares, as a table has it."""
    found: dict[str, dict[str, str]] = {}
    for path, type_ in all_types(file.types):
        found[path] = _parts(type_)
    for service in file.services:
        found[service.name] = {
            method.name: " ".join(
                (
                    *(["stream"] if method.client_streaming else []),
                    method.input,
                    *(["stream"] if method.server_streaming else []),
                    method.output,
                )
            )
            for method in service.methods
        }
    for extension in file.extensions:
        found[extension.name] = {"": _described(extension)}
    return found


def _parts(type_: Type) -> dict[str, str]:
    if type_.kind == "enum":
        return dict.fromkeys(type_.values, "")
    return {each.name: _described(each) for each in type_.fields}


def _described(each: Field) -> str:
    """A field as a table has it: `3 repeated google.protobuf.Any`."""
    shape = "map" if each.map else "repeated" if each.repeated else ""
    return " ".join(filter(None, (str(each.number), shape, each.type or each.kind)))


def _number(described: str) -> str:
    """A field's number; empty for what has none."""
    first = described.partition(" ")[0]
    return first if first.isdigit() else ""
