"""What of protos the modules of protoc-gen-es can't have, which it writes all the same. Pure.

Source of the names of properties: reflect/names.ts of @bufbuild/protobuf 2.12.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from protogen.languages.clashes import Clash, Place, same_name
from protogen.languages.typescript.modules import method_name
from protogen.protos.outline import File, Type, all_types

# As a compiler of TypeScript says: those of its own types, and words that mean something before a type.
_NO_TYPE = frozenset("any await infer intrinsic keyof never readonly symbol undefined unique unknown".split())
# Of modules, and what a module of CommonJS has already.
_NO_VALUE = frozenset("__dirname __filename arguments await eval exports module require".split())
_NO_PATH = re.compile(r"[%#?]|(?:^|/)node_modules/")


def clashes(files: Iterable[File]) -> Iterator[tuple[File, Clash]]:
    """What each file declares that would not compile, or not load."""
    paths: dict[str, Place] = {}
    for file in files:
        yield from ((file, clash) for clash in (*_of_path(file, paths), *_of_names(file), *_of_members(file)))


def _of_path(file: File, paths: dict[str, Place]) -> Iterator[Clash]:
    here = Place(file.name)
    if _NO_PATH.search(file.name):
        yield Clash(f"no module is found whose path has %, #, ? or a folder node_modules: {file.name}", here)
    if (other := paths.setdefault(file.name.lower(), here)) is not here:
        yield Clash(f"{other} and {here} differ in the case of letters only", other, here)


def _of_names(file: File) -> Iterator[Clash]:
    values = [each.name for each in file.services] + [each.name for each in file.extensions]
    named = [(each.name, _NO_TYPE | (_NO_VALUE if each.kind == "enum" else set())) for each in file.types]
    for name, taken in [*named, *((value, _NO_VALUE) for value in values)]:
        if name in taken:
            yield Clash(f"{name} means something else there", Place(file.name, name))


def _of_members(file: File) -> Iterator[Clash]:
    for path, type_ in all_types(file.types):
        yield from _alike(file, path, ((_property(name), name) for name in _properties(type_)))
        # Which of a oneof is set is told by name.
        for oneof in {each.oneof for each in type_.fields if each.oneof and not each.synthetic}:
            fields = [each.name for each in type_.fields if each.oneof == oneof]
            yield from _alike(file, path, ((_property(name), name) for name in fields))
    for service in file.services:
        methods = [each.name for each in service.methods]
        yield from _alike(file, service.name, ((method_name(name), name) for name in methods))


def _properties(type_: Type) -> Iterator[str]:
    for field in type_.fields:
        if not field.oneof or field.synthetic:
            yield field.name
    yield from sorted({each.oneof for each in type_.fields if each.oneof and not each.synthetic})


def _property(name: str) -> str:
    return re.sub(r"_+([^_]?)", lambda found: found[1].upper(), name)


def _alike(file: File, path: str, named: Iterable[tuple[str, str]]) -> Iterator[Clash]:
    first: dict[str, Place] = {}
    for there, name in named:
        place = Place(file.name, f"{path}.{name}")
        if not there:
            yield Clash(f"nothing is left of {place}", place)
        elif (other := first.setdefault(there, place)) is not place:
            yield same_name(there, other, place)
