"""What C++ and CMake call things, and what they have no name for. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.errors import ProtosUnresolved, UsageError
from protogen.languages.clashes import refused
from protogen.languages.cpp import declared
from protogen.languages.documents import path_in
from protogen.protos.outline import all_types

if TYPE_CHECKING:
    from protogen.languages.package import Request
    from protogen.protos.outline import File, Outline

_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
# Targets that CMake keeps for itself, and what this package is built with.
_TAKEN = frozenset(
    "all all_build clean depend edit_cache help install list_install_components package package_source "
    "preinstall rebuild_cache run_tests test zero_check grpc grpcpp protobuf threads".split()
)
# What stands in lists, commands and paths of CMake, make and Ninja as it is, if quotes are around it.
_PATH = re.compile(r"(?![-@ ])[\w ./+,=@~-]+(?<! )")
# protoc puts an underscore behind where it declares messages and fields; for packages only newer ones do,
# and gRPC's plugin does it nowhere.
KEYWORDS = frozenset(Path(__file__).with_name("keywords.txt").read_text(encoding="ascii").split())


def check_package(name: str) -> None:
    """Raises UsageError for a name that a CMake package can't have."""
    taken = name.lower() in _TAKEN
    if taken or not _PACKAGE.fullmatch(name):
        plain = "-".join(re.findall(r"[A-Za-z0-9]+", name))
        raise UsageError(
            f"{name!r} can't be a CMake package: "
            + ("the name is taken" if taken else "it takes letters, digits, and - or _ after the first"),
            where="--cmake-package",
            remedy=f"run again with --cmake-package {plain or 'api'}-client",
        )


def stem(proto: str) -> str:
    """What the names of a proto's generated files begin with."""
    return re.sub(r"\.proto(?:devel)?$", "", proto)


def check(files: Collection[File], request: Request) -> None:
    """Raises ProtosUnresolved for paths that CMake can't hold, and for names that C++ can't."""
    for file in files:
        found = [] if _PATH.fullmatch(file.name) else [(file.name, "")]
        found += [each for each in _as_they_are(file, request.outline) if each[0] in KEYWORDS]
        parts = file.package.split(".")
        found += [(each, "") for each in parts if each in declared.MACROS]
        # Generated code writes names of std without colons before it.
        found += [("std", "") for each in parts[1:] if each == "std"]
        found += [("std", path) for path, each in all_types(file.types) if each.name == "std"]
        for name, declaration in found:
            raise ProtosUnresolved(
                f"C++ can't express {file.name}: {name!r} is {_meaning(name)}"
                if _meaning(name)
                else f"CMake, and the tools that it drives, can't hold the path {name!r}",
                where=request.location(file.name, declaration),
                remedy="rename it, or leave the file out of the recipe's entry points",
            )
    for clash in declared.clashes(files):
        raise refused(f"C++ can't express {clash.first.file}", clash, request)


def _meaning(name: str) -> str:
    if name == "std":
        return "the namespace of C++'s library"
    return "a keyword" if name in KEYWORDS else "a macro" if name in declared.MACROS else ""


def _as_they_are(file: File, outline: Outline) -> Iterator[tuple[str, str]]:
    """The names that generators take as they are, each with the declaration that has or takes it."""
    yield from ((part, "") for part in file.package.split("."))
    for service in file.services:
        yield service.name, service.name
        for method in service.methods:
            declaration = f"{service.name}.{method.name}"
            yield method.name, declaration
            for message in (method.input, method.output):
                parts = path_of(outline, message)[1].split(".")
                yield from ((each, declaration) for each in accumulate(parts, "{}_{}".format))


def path_of(outline: Outline, name: str) -> tuple[str, str]:
    """The package of a message, and its path in the file, by its full name."""
    file = outline.file_of(name)
    assert file, "the set is closed"
    return file.package, path_in(file, name)


def qualified(package: str, path: str) -> str:
    """The C++ name of what a proto declares."""
    return "::".join([*filter(None, package.split(".")), class_name(path)])


def class_name(path: str) -> str:
    """What protoc calls a message: a nested one stands beside its outer one, and begins with its name."""
    name = ""
    for part in path.split("."):
        name = f"{name}_{part}" if name else part
        name += "_" if name in KEYWORDS else ""
    return name
