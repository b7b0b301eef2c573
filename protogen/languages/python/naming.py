"""Names in Python: a module for every proto, the import package, the distribution. Pure."""

from __future__ import annotations

import keyword
import re
import sys
from collections.abc import Iterable, Mapping

from protogen.errors import UsageError
from protogen.releases.release import is_prerelease, is_semver

# The package's own module beside the protos' top folders, and what the root calls the pool in it.
POOL = "_pool"
POOL_NAME = "descriptor_pool"
# The module that names what Python has other uses for; only where there is such.
RENAMING = "_renaming"
# What the generated code itself imports from outside.
_RUNTIMES = frozenset({"google", "grpc"})
# What the root calls its own, and calls by these names when it is asked for an export.
ROOT_OWN = frozenset({POOL_NAME, "importlib", "globals", "getattr", "sorted", "AttributeError", "_EXPORTS"})
_OWN = frozenset({POOL, RENAMING}) | ROOT_OWN
_DUNDER = re.compile("__.*__")
_OTHER = re.compile(r"[^0-9A-Za-z_]")
# Source: packaging.python.org, "Names and normalization".
_DISTRIBUTION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_COMMIT = re.compile(r"(.*?)\.(g[0-9a-f]{7,40})")


def pep440(version: str) -> str:
    """As Python writes it; a commit becomes the local part: `0.0.0-dev.1.gabc0123` -> `0.0.0.dev1+gabc0123`.

    Raises UsageError for a PRE that PEP 440 has no word for.
    """
    if not is_prerelease(version) and is_semver(version):
        return version  # the same in both, and without packaging, which takes 4 ms to import
    from packaging.version import InvalidVersion, Version

    plain, dash, pre = version.partition("-")
    commit = _COMMIT.fullmatch(pre)
    pre, local = (commit[1], f"+{commit[2]}") if commit else (pre, "")
    # PEP 440 reads a bare number after a dash as a later version, where X.Y.Z-1 is an earlier one.
    if not (dash and pre[:1].isdigit()):
        try:
            spelled = Version(f"{plain}.{pre}{local}" if dash else plain)
        except InvalidVersion:
            spelled = None
        # To PEP 440 -r1, -rev1 and -post1 are later versions, too.
        if spelled and (not dash or spelled.is_prerelease):
            return str(spelled)
    raise UsageError(
        f"version {version!r} has no form in Python",
        where="--package-version",
        remedy=f"run again with --package-version {plain}, or {plain}-rc.1, -beta.1, -alpha.1, -dev.1",
    )


def version_refusal(version: str) -> str:
    """Why public indexes won't take the version; empty where they do.

    Raises UsageError where pep440 does.
    """
    spelled = pep440(version)
    return f"{spelled} has a local part, which public package indexes refuse" if "+" in spelled else ""


def modules(protos: Iterable[str]) -> dict[str, str]:
    """The dotted module of each proto's messages, below the import package: `a/b.proto` -> `a.b_pb2`.

    Every module can be imported by a plain statement, unlike with protoc, which keeps folders such
    as `class/`. No two share a file, on file systems that ignore case too.
    """
    plain = {proto: proto.removesuffix(".proto").split("/") for proto in sorted(set(protos))}
    folders = _folders(parts[:-1] for parts in plain.values())
    taken = set(folders)
    found = {}
    # Names that need no change come first, so that a changed one gives way.
    for proto, parts in sorted(plain.items(), key=lambda item: (_letters(item[1][-1]) != item[1][-1], item)):
        folder = folders[_lower(parts[:-1])] if len(parts) > 1 else ()
        stem, number = _letters(parts[-1]), 1
        name = f"{stem}_pb2"
        while not taken.isdisjoint(places := _places(folder, name)):
            number += 1
            name = f"{stem}_{number}_pb2"
        taken |= places
        found[proto] = ".".join((*folder, name))
    return dict(sorted(found.items()))


def identifier(element: str) -> str:
    """The path element as a name that an import statement takes."""
    name = _letters(element)
    return f"{name}_" if keyword.iskeyword(name) or name in _OWN or _DUNDER.fullmatch(name) else name


def folders_of(modules: Iterable[str]) -> tuple[str, ...]:
    """Every package that the modules stand in, by dotted name, sorted."""
    found = set()
    for module in modules:
        parts = module.split(".")[:-1]
        found |= {".".join(parts[: length + 1]) for length in range(len(parts))}
    return tuple(sorted(found))


def check_package(name: str, modules: Mapping[str, str]) -> None:
    """Refuse an import package that can't be imported, or that hides another one.

    Raises UsageError.
    """
    tops = {module.split(".")[0] for module in modules.values()} | {
        proto.split("/")[0] for proto in modules if "/" in proto
    }
    problem = ""
    if not (name.isidentifier() and name.isascii()) or keyword.iskeyword(name):
        problem = "it is not one Python name of ASCII letters, digits and _"
    elif name in sys.stdlib_module_names or name.startswith("__"):
        problem = "that is a module of Python's own"
    elif name.lower() in _RUNTIMES:
        problem = "that belongs to the runtime that the package imports"
    elif name.lower() in {top.lower() for top in tops}:
        problem = "that is a top folder of the protos, whose name belongs to other packages"
    if problem:
        raise UsageError(
            f"{name!r} can't be the import package: {problem}",
            where="--python-package",
            remedy="run again with a name of your own, such as --python-package my_client",
        )


def check_distribution(name: str, published: Iterable[str]) -> None:
    """Refuse a distribution name that no index takes, or that is one of the published packages.

    Raises UsageError.
    """
    problem = ""
    if not _DISTRIBUTION.fullmatch(name):
        problem = "it is of ASCII letters and digits, with - _ . between them"
    elif normalized(name) in {normalized(each) for each in published}:
        problem = "that is a published package, which pip would replace"
    if problem:
        raise UsageError(
            f"{name!r} can't be the distribution: {problem}",
            where="--python-distribution",
            remedy="run again with a name of your own, such as --python-distribution my-client",
        )


def normalized(distribution: str) -> str:
    """The distribution name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _letters(element: str) -> str:
    name = _OTHER.sub("_", element)
    return f"_{name}" if name[:1].isdigit() else name


def _places(folder: tuple[str, ...], name: str) -> set[str]:
    """The two modules of a proto, as a file system compares them that ignores case."""
    place = _lower((*folder, name))
    return {place, f"{place}_grpc"}


def _folders(paths: Iterable[list[str]]) -> dict[str, tuple[str, ...]]:
    """Importable folders by lower-case name; those that differ only in case become one."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted(set(map(tuple, paths))):
        for length in range(1, len(path) + 1):
            above = found[_lower(path[: length - 1])] if length > 1 else ()
            found.setdefault(_lower(path[:length]), (*above, identifier(path[length - 1])))
    return found


def _lower(parts: Iterable[str]) -> str:
    return ".".join(identifier(part) for part in parts).lower()
