"""What of a proto Java can't express, though protoc writes it. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from protogen.languages.clashes import Clash, Place, same_name, served, too_alike
from protogen.languages.java.declared import (
    CLASS,
    FIELD,
    METHOD,
    Member,
    declared,
    generic,
    getter,
    shape,
    top_level,
)
from protogen.languages.java.identifiers import KEYWORDS, Placement, method_name
from protogen.protos.outline import Field, File, Outline, all_types

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# With release 8, for which packages are compiled, `_` is an identifier still.
_KEYWORDS = KEYWORDS - {"_"}
# Types that every message inherits: one of these names would mean the inherited type within the message.
_INHERITED = frozenset(
    "BuilderParent ExtendableBuilder ExtendableMessage ExtendableMessageOrBuilder FieldAccessorTable "
    "UnusedPrivateParameter InternalOneOfEnum".split()
)
# Variables that every message inherits.
_INHERITED_VARIABLES = frozenset("alwaysUseFieldBuilders memoizedHashCode memoizedSize unknownFields".split())
# What generated code writes without its package.
_ROOTS = ("com", "java")
_OF_ALL_MESSAGES = "SuppressWarnings"
_OF_NULL_CHECKS = "NullPointerException"
_OF_MAPS = "RuntimeException"
_OF_SERVICES = ("AssertionError", "io")
# Variables and parameters of generated code where it writes full names of classes, by what makes them.
_OF_GENERIC_SERVICES = frozenset("callback channel controller done impl index method request".split())
_LOCALS: Mapping[str, frozenset[str]] = {
    "message": frozenset({"other", "unknownFields", "memoizedSize", "alwaysUseFieldBuilders"}),
    "repeated message": frozenset({"done", "extensionRegistry", "index", "input", "m", "tag"}),
    "map message": frozenset({"builderMap", "entry", "key"}),
    "singular message": frozenset({"value"}),
    "enum field": frozenset(
        "bytes done extensionRegistry from input length oldLimit output rawValue result size tag tmpRaw "
        "tmpValue value".split()
    ),
    "enum": frozenset({"value"}),
    "extension": frozenset({"registry", "s"}),
}


def clash_of_each(
    files: Sequence[File], placed: Mapping[str, Placement]
) -> Iterator[tuple[File, Clash | None]]:
    """Each of the files that are generated together, with its first clash; None where Java takes it."""
    of_grpc = {file.name for file in served(files)}
    of_packages = defaultdict[str, list[Member]](list)
    for file in files:
        of_packages[placed[file.name].package] += top_level(file, placed[file.name])
    for file in files:
        placement = placed[file.name]
        members = list(declared(file, placement))
        beside = [each for each in of_packages[placement.package] if each.place.file != file.name]
        found = list(_clashes(file, placement, members, beside))
        if file.name in of_grpc:
            found += too_alike(file)
        # Where two meet, both are named; of one alone there may be nothing else to say.
        yield file, min(found, key=lambda each: each.second is None, default=None)


def clashing_services(files: Sequence[File], placed: Mapping[str, Placement]) -> tuple[str, ...]:
    """The files whose option `java_generic_services` Java can't have for the names of what it adds."""
    classes = defaultdict[str, set[str]](set)
    for file in files:
        package = placed[file.name].package
        classes[package] |= {each.name.lower() for each in top_level(file, placed[file.name])}
        # The first part below a package is as a class of it.
        above = package.split(".")
        for length in range(1, len(above)):
            classes[".".join(above[:length])].add(above[length].lower())
    found = []
    for file in files:
        placement = placed[file.name]
        added = [*generic(file, placement)] if "java_generic_services" in file.options else []
        alone = {each.name.lower() for each in added if not each.owner}
        if added and (
            alone & classes[placement.package]
            or _first_parts(file, Outline(tuple(files)), placed)
            & (_OF_GENERIC_SERVICES | {each.name for each in added})
            or any(_clashes(file, placement, [*declared(file, placement), *added], ()))
        ):
            found.append(file.name)
    return tuple(found)


def _first_parts(file: File, outline: Outline, placed: Mapping[str, Placement]) -> set[str]:
    """The first part of each package that the code of a file's generic services names."""
    messages = {
        name for service in file.services for each in service.methods for name in (each.input, each.output)
    }
    declaring = {found.name for each in messages if (found := outline.file_of(each))}
    return {placed[name].package.split(".")[0] for name in {file.name, *declaring}}


def _clashes(
    file: File, placement: Placement, members: Sequence[Member], beside: Iterable[Member]
) -> Iterator[Clash]:
    yield from _no_names(members)
    yield from _twice(members)
    yield from _as_encloser(members)
    yield from _inherited(file)
    yield from _obscured(file, placement, members)
    yield from _hidden_getters(file)
    yield from _hiding(file, placement, [*members, *beside])


def _no_names(members: Iterable[Member]) -> Iterator[Clash]:
    for each in members:
        name = each.name.partition("(")[0]
        if name in _KEYWORDS:
            yield Clash(f"{each.place} would be {each.kind} {name}, a reserved word", each.place)
        elif not _IDENTIFIER.fullmatch(name):
            yield Clash(f"{each.place} would be {each.kind} {name!r}, which is no name", each.place)


def _twice(members: Iterable[Member]) -> Iterator[Clash]:
    seen: dict[tuple[str, str, str], Member] = {}
    for each in members:
        other = seen.setdefault((each.owner, each.kind, each.name), each)
        if other is each:
            continue
        first, second = (each, other) if other.common else (other, each)
        if second.common:
            kind = "enum" if second.kind == FIELD and second.name in {"value", "VALUES"} else "class"
            problem = f"{first.place} would be {first.name}, which its {kind} has already"
            yield Clash(problem, first.place, second.place)
        else:
            yield same_name(first.name, first.place, second.place)


def _as_encloser(members: Iterable[Member]) -> Iterator[Clash]:
    classes = {f"{each.owner}.{each.name}".lstrip("."): each for each in members if each.kind == CLASS}
    for path, each in classes.items():
        parts = path.split(".")[:-1]
        if each.name in parts:
            outer = classes[".".join(parts[: parts.index(each.name) + 1])]
            first, second = (outer, each) if each.common else (each, outer)
            problem = f"{first.place} would be a class {each.name} " + (
                "that has a class of that name in it" if each.common else "within another of that name"
            )
            yield Clash(problem, first.place, second.place)


def _inherited(file: File) -> Iterator[Clash]:
    for path, type_ in all_types(file.types):
        if type_.kind == "message" and type_.name in _INHERITED:
            yield Clash(
                f"{path} would be a class {type_.name}, which messages inherit", Place(file.name, path)
            )
        if type_.kind == "message" and "UnusedPrivateParameter" in {each.name for each in type_.nested}:
            place = Place(file.name, f"{path}.UnusedPrivateParameter")
            yield Clash(f"{place} hides a class that messages inherit", place)


def _obscured(file: File, placement: Placement, members: Iterable[Member]) -> Iterator[Clash]:
    """Types that a variable beside them obscures: `Outer.name.method()` would be of the variable.

    Source: Java Language Specification, the chapter on obscuring. Enums call themselves by their name alone,
    so there a variable of any class around counts, but for a constant of the same type.
    """
    variables = {(each.owner, each.name): each.place for each in members if each.kind == FIELD}
    types = dict(all_types(file.types))
    paths = {_class_path(path, placement): path for path in types}
    for path, type_ in types.items():
        place, scope = Place(file.name, path), _class_path(path, placement)
        scopes = [scope.rpartition(".")[0]]
        if type_.kind == "enum":
            scopes = [scope, *_around(scope)]
        for each in scopes:
            other = variables.get((each, type_.name))
            if not other and type_.name in _INHERITED_VARIABLES and each in paths:
                other = Place(file.name, paths[each])
            of_its_type = {f"{path}.{type_.name}", *([path] if type_.name == "UNRECOGNIZED" else [])}
            if other and other.declaration not in of_its_type:
                problem = f"a variable {type_.name} of {other} obscures"
                yield Clash(
                    f"{path} would be a type {type_.name}, which {problem}",
                    place,
                    other if other != place else None,
                )


def _class_path(path: str, placement: Placement) -> str:
    """The class of a type below the package, by the type's path in the file."""
    return path if placement.alone(path) else f"{placement.outer}.{path}"


def _around(path: str) -> Iterator[str]:
    """The classes around one, from the inside."""
    while path := path.rpartition(".")[0]:
        yield path


def _hidden_getters(file: File) -> Iterator[Clash]:
    """An RPC whose method has the name of the one that gives another's descriptor, which stubs call."""
    for service in file.services:
        called = {method_name(each.name): each.name for each in service.methods}
        for each in service.methods:
            if getter(each.name) in called:
                first = Place(file.name, f"{service.name}.{called[getter(each.name)]}")
                second = Place(file.name, f"{service.name}.{each.name}")
                yield Clash(
                    f"{first.declaration} would be {getter(each.name)}, which gives the descriptor of "
                    f"{second.declaration}",
                    first,
                    second,
                )


def _hiding(file: File, placement: Placement, members: Iterable[Member]) -> Iterator[Clash]:
    """Classes and variables that hide what generated code in their scope writes short."""
    users = list(_users(file, placement))
    written = {name for _, _, names in users for name in names}
    for each in members:
        if (
            each.kind == METHOD
            or each.name not in written
            or (each.kind == FIELD and each.name not in _ROOTS)
        ):
            continue
        if each.kind == FIELD and not _is_extension(file, each.place):
            continue
        for path, place, names in users:
            if each.name in names and _within(path, each.owner):
                yield Clash(
                    f"{each.place} would be {each.name}, which hides the {each.name} that the code"
                    f" of {place} means",
                    each.place,
                    place,
                )


def _users(file: File, placement: Placement) -> Iterator[tuple[str, Place, set[str]]]:
    """The classes of the file, and what their code writes short."""
    yield placement.outer, Place(file.name), set(_ROOTS)
    for path, type_ in all_types(file.types):
        names = set(_ROOTS)
        if type_.kind == "message":
            names.add(_OF_ALL_MESSAGES)
            if any(map(_is_checked, type_.fields)):
                names.add(_OF_NULL_CHECKS)
            if any(each.map for each in type_.fields):
                names.add(_OF_MAPS)
        yield _class_path(path, placement), Place(file.name, path), names
    for service in file.services:
        yield f"{service.name}Grpc", Place(file.name, service.name), {*_ROOTS, *_OF_SERVICES}


def _is_checked(field: Field) -> bool:
    """Whether a setter checks for null."""
    return field.map or field.kind in {"string", "bytes", "enum", "message", "group"}


def _is_extension(file: File, place: Place) -> bool:
    parent, _, name = place.declaration.rpartition(".")
    holders = {"": file.extensions} | {path: type_.extensions for path, type_ in all_types(file.types)}
    return place.file == file.name and name in {each.name for each in holders.get(parent, ())}


def _within(path: str, owner: str) -> bool:
    return not owner or path == owner or path.startswith(f"{owner}.")


def meant_otherwise(file: File, placement: Placement) -> set[str]:
    """What the first part of a package can't be called where the file's code names it."""
    found = {each.name for each in declared(file, placement) if each.kind != METHOD}
    for _, type_ in all_types(file.types):
        found |= _LOCALS[type_.kind]
        for field in type_.fields:
            found |= _locals_of(field)
    if file.extensions or any(type_.extensions for _, type_ in all_types(file.types)):
        found |= _LOCALS["extension"]
    return found


def _locals_of(field: Field) -> frozenset[str]:
    what = shape(field, is_open=False)
    if what in {"repeated message", "map message"}:
        return _LOCALS[what]
    if field.kind == "enum":
        return _LOCALS["enum field"]
    return _LOCALS["singular message"] if what == "message" else frozenset()
