"""Names in Go: packages for directories, files a build doesn't skip, the module path. Pure."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protogen.errors import ProtosUnresolved, UsageError
from protogen.imports import strongly_connected

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from protogen.outline import File, Type

# Source of both lists: internal/syslist of the Go toolchain. A file name that ends in one of them
# is left out of builds for any other system.
_SYSTEMS = frozenset(
    "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 "
    "windows zos".split()
)
_PROCESSORS = frozenset(
    "386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le "
    "ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm".split()
)
# Packages below these can't be imported from outside, or aren't built at all.
_HIDDEN = frozenset({"internal", "vendor", "testdata"})
_KEYWORDS = frozenset(
    "break case chan const continue default defer else fallthrough for func go goto if import interface map "
    "package range return select struct switch type var".split()
)
# Names that module zips can't hold. Source: golang.org/x/mod/module.CheckFilePath.
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
)
_SHORTENED = re.compile(r"~\d+$")
_ELEMENT = re.compile(r"[A-Za-z0-9._~-]+")
_NO_ELEMENT = re.compile(r"[^A-Za-z0-9._~-]")
_NEXT_WORD = re.compile(r"[._]([a-z])")
_FIRST_LETTER = re.compile(r"(?:^|(?<=[0-9]))[a-z]")


@dataclass(frozen=True)
class GoPackage:
    """One Go package: its folder in the module (empty for the module's own), name, and protos."""

    folder: str
    name: str
    protos: tuple[str, ...]

    def import_path(self, module: str) -> str:
        """Where a consumer imports it from."""
        return f"{module}/{self.folder}" if self.folder else module


def packages(files: Sequence[File], entry_points: Iterable[str]) -> tuple[GoPackage, ...]:
    """The Go packages of the files, sorted by folder.

    A directory is a package; directories that import each other are one, since Go has no import
    cycles: it takes the place of the one with most entry points, then most files.
    Raises ProtosUnresolved where two protos of one package declare the same Go name.
    """
    directories = {file.name: file.directory for file in files}
    edges: dict[str, dict[str, None]] = {directory: {} for directory in directories.values()}
    for file in files:
        for dependency in file.dependencies:
            if directories.get(dependency, file.directory) != file.directory:
                edges[file.directory][directories[dependency]] = None
    entries = Counter(directories[name] for name in entry_points if name in directories)
    sizes = Counter(directories.values())
    found: list[GoPackage] = []
    taken: set[str] = set()
    groups = strongly_connected(edges)
    # Those whose folder keeps its name come first, so that a renamed one gives way.
    homes = [(min(group, key=lambda d: (-entries[d], -sizes[d], d)), set(group)) for group in groups]
    for home, group in sorted(homes, key=lambda item: (importable_folder(item[0]) != item[0], item[0])):
        protos = tuple(sorted(name for name, directory in directories.items() if directory in group))
        folder = _free(importable_folder(home), taken)
        found.append(GoPackage(folder, package_name(folder), protos))
    _check_names(found, files)
    return tuple(sorted(found, key=lambda package: package.folder))


def importable_folder(directory: str) -> str:
    """The directory with every element renamed that would hide its packages from a consumer."""
    return "/".join(map(_importable_element, directory.split("/"))) if directory else ""


def package_name(folder: str) -> str:
    """The package clause for a folder: its last element as a Go identifier."""
    name = re.sub(r"[^0-9A-Za-z_]", "_", folder.rpartition("/")[2]).strip("_") or "protos"
    if name[0].isdigit():
        name = f"p{name}"
    if name in _KEYWORDS or name in {"main", "init"} or name.endswith("_test"):
        name = f"{name}pb"
    return name


def file_stems(package: GoPackage) -> dict[str, str]:
    """The name of each proto's Go files, without `.pb.go` and `_grpc.pb.go`; unique in the package."""
    taken: set[str] = set()
    stems = {}
    plain = {proto: proto.rpartition("/")[2].removesuffix(".proto") for proto in package.protos}
    # Names that need no change come first, those from the package's own folder before merged ones.
    for proto, stem in sorted(
        plain.items(),
        key=lambda item: (buildable_stem(item[1]) != item[1], not _at_home(item[0], package), item[0]),
    ):
        wanted, number = buildable_stem(stem), 1
        candidate = wanted
        while {f"{candidate}.pb.go".lower(), f"{candidate}_grpc.pb.go".lower()} & taken:
            number += 1
            candidate = f"{wanted}_{number}_proto"
        taken |= {f"{candidate}.pb.go".lower(), f"{candidate}_grpc.pb.go".lower()}
        stems[proto] = candidate
    return stems


def buildable_stem(stem: str) -> str:
    """The file name that Go builds everywhere: no hidden file, no system, processor or test at its end."""
    name = _NO_ELEMENT.sub("_", stem).lstrip("_.") or "proto"
    head, dot, tail = name.partition(".")
    parts = head.split("_")
    if len(parts) > 1 and parts[-1] == "test":
        parts.pop()
    constrained = len(parts) > 1 and (parts[-1] in _SYSTEMS or parts[-1] in _PROCESSORS)
    if constrained or head.endswith("_test") or head.lower() in _DEVICES:
        return f"{head}_proto{dot}{tail}"
    return name


def module_path(wanted: str, version: str) -> str:
    """The module path with the `/vN` that Go demands from major version 2 on.

    Raises UsageError for a path that Go refuses, or that ends in another version.
    """
    _check_module(wanted)
    major = int(version.split(".", 1)[0])
    if wanted.startswith("gopkg.in/"):
        endings, needed = re.search(r"(\.v\d+)+$", wanted), f".v{major}"
    else:
        endings, needed = re.search(r"(/v[\d.]+)+$", wanted), f"/v{major}" if major >= 2 else ""
    if not endings:
        return wanted + needed
    if endings[1] == needed:
        return wanted
    plain = wanted[: endings.start()]
    raise UsageError(
        f"the module path ends in {endings[1]!r}, but version {version} needs "
        + (f"{needed!r}" if needed else "no such ending"),
        where=f"--go-module {wanted}",
        remedy=f"run again with --go-module {plain}",
    )


def _check_module(path: str) -> None:
    """Source of the rules: golang.org/x/mod/module.CheckPath."""
    elements = path.split("/")
    first = elements[0]
    problem = ""
    if not path or len(path) > 250:
        problem = "it is empty or longer than 250 characters"
    elif any(
        not _ELEMENT.fullmatch(element) or element[0] == "." or element[-1] == "." for element in elements
    ):
        problem = "each part is of ASCII letters, digits and - . _ ~, with no dot at either end"
    elif "." not in first or not re.fullmatch(r"[a-z0-9.-]+", first) or first.startswith("-"):
        problem = "its first part must look like a domain, in lower case and with a dot"
    elif any(element.partition(".")[0].lower() in _DEVICES for element in elements):
        problem = "a part is a name that Windows reserves"
    elif any(_SHORTENED.search(element.partition(".")[0]) for element in elements):
        problem = "a part ends in ~ and digits, like the short names of Windows"
    if problem:
        raise UsageError(
            f"{path!r} can't be a Go module: {problem}",
            where="--go-module",
            remedy="run again with a path such as --go-module example.com/team/client",
        )


def _importable_element(element: str) -> str:
    name = _NO_ELEMENT.sub("_", element).lstrip("_.").rstrip(".") or "protos"
    head, dot, tail = name.partition(".")
    if name.lower() in _HIDDEN or head.lower() in _DEVICES or _SHORTENED.search(head):
        return f"{head}pb{dot}{tail}"
    return name


def _free(folder: str, taken: set[str]) -> str:
    """The folder, or it with `pb` added until no other has it on a file system that ignores case."""
    while folder.lower() in taken:
        folder = f"{folder}pb"
    taken.add(folder.lower())
    return folder


def _at_home(proto: str, package: GoPackage) -> bool:
    return importable_folder(proto.rpartition("/")[0]) == package.folder


def _check_names(found: Iterable[GoPackage], files: Sequence[File]) -> None:
    by_name: Mapping[str, File] = {file.name: file for file in files}
    for package in found:
        declared: dict[str, str] = {}
        for proto in package.protos:
            for name in _go_names(by_name[proto].types, ""):
                other = declared.setdefault(name, proto)
                if other != proto:
                    raise ProtosUnresolved(
                        f"{other} and {proto} both declare {name} in the Go package {package.folder or '.'}",
                        where=package.folder or ".",
                        remedy="leave one of them out of the recipe's entry points",
                    )


def _go_names(types: Iterable[Type], prefix: str) -> Iterable[str]:
    for type_ in types:
        name = prefix + camel_case(type_.name)
        yield name
        yield from _go_names(type_.nested, f"{name}_")


def camel_case(name: str) -> str:
    """A proto name as protoc-gen-go writes it.

    Source of the rule: GoCamelCase in google.golang.org/protobuf/internal/strs.
    """
    if name.startswith("_"):
        name = f"X{name[1:2].upper()}{name[2:]}"
    name = _NEXT_WORD.sub(lambda match: match[1].upper(), name).replace(".", "_")
    return _FIRST_LETTER.sub(lambda match: match[0].upper(), name)
