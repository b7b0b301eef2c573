"""Where each proto's Java classes go: upstream's own names, changed only where they can't be. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from protogen.languages.java.clashes import meant_otherwise
from protogen.languages.java.declared import top_level
from protogen.languages.java.identifiers import IMPORTED, Placement, camel_case, identifier, package_name
from protogen.protos.outline import File, all_types

# The words that Maven sorts before a release; it sorts every other one after it.
_EARLIER = re.compile(r"(?:alpha|beta|milestone|rc|cr|snapshot)(?![a-z])|[abm]\d", re.IGNORECASE | re.ASCII)

# What Maven takes for a snapshot, whatever stands before, or for a build of one by its moment and number.
_SNAPSHOT = re.compile(r".*snapshot|(?:.*-)?\d{8}\.\d{6}-\d+", re.IGNORECASE | re.ASCII)


def maven_version(version: str) -> str:
    """A SemVer version so that Maven orders releases as SemVer does: `1.0.0-dev.1` -> `1.0.0-alpha-dev.1`.

    Maven takes a word that it doesn't know for a later version, where SemVer's pre-releases are
    earlier ones; after `alpha` it compares the word within the alphas.
    """
    plain, dash, pre = version.partition("-")
    return version if not dash or _EARLIER.match(pre) else f"{plain}-alpha-{pre}"


def version_refusal(version: str) -> str:
    """Why repositories of releases won't take the version; empty where they do."""
    snapshot = _SNAPSHOT.fullmatch(maven_version(version))
    return f"{version} is a snapshot, which repositories of releases refuse" if snapshot else ""


def upstream(file: File) -> Placement:
    """Where protoc puts the file as it is.

    Source: compiler/java/name_resolver.cc of protobuf 25 and 33. protoc appends OuterClass only to a name
    that it made up, and only for types of the same file, at any depth; from edition 2024 on it appends
    Proto to each such name, and there each type decides whether it stands in the outer class.
    """
    by_type = file.edition >= "2024"
    outer = file.options.get("java_outer_classname", "")
    if "java_outer_classname" not in file.options:
        stem = file.name.rpartition("/")[2]
        outer = camel_case(stem.removesuffix(".protodevel").removesuffix(".proto"))
        if by_type:
            outer += "Proto"
        elif outer in _declared(file):
            outer += "OuterClass"
    return Placement(
        file.options.get("java_package", file.package),
        outer,
        by_type or "java_multiple_files" in file.options,
        frozenset(type_.name for type_ in file.types if type_.in_file_class) if by_type else frozenset(),
    )


def placements(files: Sequence[File], fallback: str, prefix: str = "") -> dict[str, Placement]:
    """The placement of each file, so that all compile together on any file system.

    No class is in the default package; no two of a package differ by case only. Names that
    upstream declares or had by default stay wherever they are fine; prefix, a package, goes before
    all. fallback: the package of files that have no place at all.
    """
    homes = packages(files, fallback)
    taken: defaultdict[str, set[str]] = defaultdict(set)
    # Types and services can't be renamed: where two clash, one file gets a package of its own.
    for file in sorted(files, key=lambda each: (not each.options.get("java_package"), each.name)):
        classes = _lowered(file)
        homes[file.name] = _free_package(homes[file.name], file, classes, taken)
        taken[homes[file.name].lower()] |= classes
    found = _with_outers(files, homes, taken)
    if prefix:
        return {name: replace(each, package=f"{prefix}.{each.package}") for name, each in found.items()}
    return _legible(files, found)


def _with_outers(
    files: Sequence[File], homes: Mapping[str, str], taken: defaultdict[str, set[str]]
) -> dict[str, Placement]:
    found = {}
    for file in sorted(files, key=_outer_order):
        home, before = homes[file.name], upstream(file)
        # A class of the name would hide the package from all code around.
        parts = {"com", "java", "io", home.split(".")[0], *_parts_below(home, homes.values())}
        outer = _free_outer(before.outer, file, taken[home.lower()], parts)
        taken[home.lower()].add(outer.lower())
        found[file.name] = replace(before, package=home, outer=outer)
    return found


def _legible(files: Sequence[File], placed: dict[str, Placement]) -> dict[str, Placement]:
    """The placements, with the packages renamed whose name means something else in the code that names it."""
    classes = defaultdict(set)
    for file in files:
        for each in top_level(file, placed[file.name]):
            classes[placed[file.name].package].add(each.name)
    barred: defaultdict[str, set[str]] = defaultdict(set)
    for file in files:
        own = placed[file.name].package
        meant = meant_otherwise(file, placed[file.name]) | classes[own]
        for name in (file.name, *file.dependencies):
            if name in placed:
                barred[placed[name].package] |= meant
    homes = {each.package for each in placed.values()}
    renamed = {home: _renamed(home, barred[home], classes, homes) for home in sorted(homes)}
    return {name: replace(each, package=renamed[each.package]) for name, each in placed.items()}


def _renamed(home: str, barred: set[str], classes: Mapping[str, set[str]], homes: set[str]) -> str:
    """The package, with underscores after those parts that would be taken for something else."""
    parts: list[str] = []
    for part in home.split("."):
        # The runtime loads no class of others from below java.
        taken = classes.get(".".join(parts), set()) if parts else barred | IMPORTED | {"java"}
        parts.append(_free(part, taken))
    found = ".".join(parts)
    return found if found == home else _free(found, homes)


def _free(name: str, taken: Collection[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _parts_below(home: str, homes: Iterable[str]) -> set[str]:
    """What packages directly below a package are called."""
    return {other[len(home) + 1 :].split(".")[0] for other in homes if other.startswith(f"{home}.")}


def patches(
    files: Sequence[File], placed: Mapping[str, Placement], without: Collection[str] = ()
) -> dict[str, dict[str, str]]:
    """The file options that make protoc put each file where it is placed; nothing for files as they are.

    without: the files of which no generic services are made.
    """
    changed: dict[str, dict[str, str]] = {}
    for file in files:
        before, after = upstream(file), placed[file.name]
        options = {}
        if after.package != before.package:
            options["java_package"] = after.package
        if after.outer != before.outer:
            options["java_outer_classname"] = after.outer
        if file.name in without:
            options["java_generic_services"] = "false"
        if options:
            changed[file.name] = options
    return changed


def packages(files: Sequence[File], fallback: str) -> dict[str, str]:
    """The Java package of each file, before any clash.

    The one that it declares. Else a file without declarations of its own, which only passes imports
    on, stands with what it imports; any other with most of its siblings: files of the same proto
    package that declare one, of its directory first. Else its proto package.
    """
    together: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for file in files:
        if file.options.get("java_package"):
            for key in ((file.package,), (file.package, file.directory)):
                together[key][package_name(file.options["java_package"])] += 1
    homes: dict[str, str] = {}
    for file in files:
        home = package_name(file.options.get("java_package", ""))
        if not home and not (file.types or file.services or file.extensions):
            home = next((homes[name] for name in file.dependencies if name in homes), "")
        homes[file.name] = (
            home
            or _most(together[file.package, file.directory])
            or _most(together[file.package,])
            or package_name(file.package)
            or package_name(file.directory.replace("/", "."))
            or fallback
        )
    return homes


def _most(counts: Counter[str]) -> str:
    """The most frequent, of several the first by name; empty where there is none."""
    return min(counts, key=lambda package: (-counts[package], package), default="")


def _outer_order(file: File) -> tuple[bool, bool, bool, str]:
    """Who keeps its outer class's name: the one that declares it, else the one that has use for it."""
    return (
        "java_outer_classname" not in file.options,
        "java_package" not in file.options,
        not file.types,
        file.name,
    )


def _free_package(home: str, file: File, classes: set[str], taken: Mapping[str, set[str]]) -> str:
    candidate, number = home, 1
    while classes & taken.get(candidate.lower(), set()):
        own = identifier(camel_case(file.name.rpartition("/")[2].removesuffix(".proto")).lower())
        candidate = f"{home}.{own}{number if number > 1 else ''}"
        number += 1
    return candidate


def _free_outer(wanted: str, file: File, taken: set[str], barred: set[str]) -> str:
    """The outer class's name: no other class's of the package, no type's that it encloses, none barred."""
    own = {type_.name.lower() for type_ in file.types} | {each.name.lower() for each in file.services}
    exact = _declared(file) | barred
    base = identifier(wanted)
    candidate, number = base, 1
    while candidate in exact or candidate.lower() in own | taken:
        candidate = f"{base.removesuffix('OuterClass')}OuterClass{number if number > 1 else ''}"
        number += 1
    return candidate


def _lowered(file: File) -> set[str]:
    """The file's classes directly in the package, without its outer class, in lower case.

    Two that differ by case only are let pass: no option tells them apart.
    """
    placed = upstream(file)
    alone: list[str] = [f"{service.name}Grpc" for service in file.services]
    inside: list[str] = []
    for type_ in file.types:
        classes = alone if placed.alone(type_.name) else inside
        classes += [type_.name, f"{type_.name}OrBuilder"] if type_.kind == "message" else [type_.name]
    return {name.lower() for name in alone}


def _declared(file: File) -> set[str]:
    """Every type and service of the file, at any depth."""
    return {*(type_.name for _, type_ in all_types(file.types)), *(service.name for service in file.services)}
