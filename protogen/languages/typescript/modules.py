"""The modules that protoc-gen-es makes of protos, and the names that each of them exports. Pure.

Source of the names: names.ts and safe-identifier.ts of @bufbuild/protoplugin 2.12.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import count

from protogen.protos.outline import File, all_types

_RESERVED = frozenset(
    "break case catch class const continue debugger default delete do else export extends false finally for "
    "function if import in instanceof new null return super switch this throw true try typeof var void while "
    "with yield enum implements interface let package private protected public static Object bigint number "
    "boolean string object globalThis Uint8Array Partial".split()
)
_PROPERTIES = frozenset(["constructor", "toString", "toJSON", "valueOf"])


@dataclass(frozen=True)
class Module:
    """What is generated of one proto."""

    proto: str
    path: str
    """In the package's halves, without an ending."""
    exports: Mapping[str, bool]
    """By name whether it is a value, or a type only."""


def modules(files: Iterable[File], entry_points: Collection[str]) -> tuple[Module, ...]:
    """A module for each file, those of entry points first."""
    return tuple(map(_module, sorted(files, key=lambda each: (each.name not in entry_points, each.name))))


def shared(of: Iterable[Module]) -> list[tuple[str, Module, Module]]:
    """The names that several modules export, each with the first of them, in the order given, and another."""
    first: dict[str, Module] = {}
    named = [(name, first.setdefault(name, module), module) for module in of for name in module.exports]
    return [each for each in named if each[1] is not each[2]]


def path(proto: str) -> str:
    """Where a module is in the package's halves, without an ending."""
    return f"{proto.removesuffix('.proto')}_pb"


def safe(name: str) -> str:
    """A name of a proto as an identifier."""
    return f"{name}$" if name in _RESERVED else name


def method_name(name: str) -> str:
    """What a client calls an RPC."""
    own = name[:1].lower() + name[1:]
    return f"{own}$" if own in _PROPERTIES else own


def _module(file: File) -> Module:
    exports: dict[str, bool] = {}

    def add(name: str, *, is_value: bool) -> None:
        salted = (safe(name + "$" * (number > 0) + str(number - 1) * (number > 1)) for number in count())
        exports[next(each for each in salted if each not in exports)] = is_value

    types = [(path.replace(".", "_"), type_) for path, type_ in all_types(file.types)]
    for name, type_ in types:
        add(name, is_value=type_.kind == "enum")
    add("file_" + re.sub(r"[^a-zA-Z0-9_]+", "_", path(file.name)[: -len("_pb")]), is_value=True)
    for name, type_ in types:
        add(f"{name}Schema", is_value=True)
        for extension in type_.extensions:
            add(f"{name}_{extension.name}", is_value=True)
    for other in [each.name for each in file.services] + [each.name for each in file.extensions]:
        add(other, is_value=True)
    return Module(file.name, path(file.name), exports)
