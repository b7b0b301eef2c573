"""What to make of a release for Java, decided: names, options, invocations. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from protogen.errors import UsageError
from protogen.languages import externals, sections
from protogen.languages.clashes import refused
from protogen.languages.java import clashes, naming, pom
from protogen.languages.java.identifiers import Placement, check_coordinate, check_package, identifier
from protogen.languages.java.section import GRPC_PLUGIN, PROTOC, JavaSection
from protogen.languages.package import External, Generator, Plan, Request, invocations
from protogen.languages.published import read_table
from protogen.protos.outline import File

_GENERATORS = (
    Generator("java", protoc=PROTOC),
    # No annotation: javax.annotation left the JDK with Java 11.
    Generator("grpc-java", ("@generated=omit",), GRPC_PLUGIN, services_only=True),
)
GROUP = "com.example"
"""The Maven group where nobody chose one."""
COMMON_JAR = "com.google.api.grpc:proto-google-common-protos"
"""The jar with classes of protos that grpc-protobuf itself requires."""
SERVICES_JAR = "io.grpc:grpc-services"
"""The jar of gRPC's own services, which has the version of the other libraries of gRPC."""


@dataclass(frozen=True, kw_only=True)
class JavaPlan(Plan):
    """Decisions for one release."""

    section: JavaSection
    group: str
    prefix: str
    """The package before all others, if any."""
    placements: Mapping[str, Placement]
    pom: pom.Pom = field(default_factory=pom.Pom)
    """What the user adds to pom.xml."""
    placeholder: bool = False
    """Nobody chose the group."""
    held_twice: tuple[str, ...] = ()
    """Protos whose classes a jar that the package requires holds too."""

    @property
    def requires(self) -> dict[str, str]:
        """The jars that serve what isn't generated, with their versions."""
        jars = {}
        for each in self.externals:
            if each.imported:
                jars[each.package] = each.version
                if each.serviced and each.stubs and self.has_services:
                    jars[each.stubs] = each.version
        return jars


def check(settings: Mapping[str, str]) -> None:
    """Raises UsageError for what can't be, whatever the release."""
    pom.read(settings)
    for key, example in (("java_group", GROUP), ("java_artifact", "client")):
        if settings.get(key):
            check_coordinate(f"--{key.replace('_', '-')}", settings[key], example)
    if settings.get("java_package"):
        check_package(settings["java_package"])


def plan(request: Request, section: JavaSection) -> JavaPlan:
    """The decisions; raises what Language.plan raises."""
    settings = request.settings
    group = settings.get("java_group") or section.group or GROUP
    artifact = settings.get("java_artifact") or section.artifact or request.recipe.name
    prefix = settings.get("java_package", "")
    outside = served(request, section)
    files = [
        file
        for file in request.outline.files
        if not _in_runtime(file, request) and file.name not in outside.names
    ]
    placed = naming.placements(
        files,
        identifier(request.recipe.name.lower()),
        check_package(prefix) if prefix else "",
    )
    _check_names(files, placed, request)
    without = clashes.clashing_services(files, placed)
    has_services = any(file.services for file in files)
    twice = held_twice(outside, placed)
    # Without services nothing requires that jar.
    held_by_grpc = twice.pop(COMMON_JAR, ()) if has_services else ()
    return JavaPlan(
        section=section,
        version=naming.maven_version(request.release.package_version),
        group=check_coordinate("--java-group", group, GROUP),
        name=check_coordinate("--java-artifact", artifact, request.recipe.name),
        prefix=prefix,
        placements=placed,
        patches=naming.patches(files, placed, without) | _patches(outside.externals, request),
        invocations=invocations(_GENERATORS, files),
        has_services=has_services,
        pom=pom.read(settings),
        placeholder=group == GROUP,
        remarks=(
            *_remarks(group, section, held_by_grpc, without, request),
            *outside.remarks,
            *_of_twice(twice),
        ),
        held_twice=held_by_grpc,
        externals=outside.externals,
    )


def _check_names(files: Sequence[File], placed: Mapping[str, Placement], request: Request) -> None:
    """Raises ProtosUnresolved for a declaration that Java can't have, UsageError for a prefix."""
    prefix = request.settings.get("java_package", "")
    first = prefix.split(".")[0]
    for file, found in clashes.clash_of_each(files, placed):
        if found:
            raise refused(f"Java can't express {file.name}", found, request)
        if first and first in clashes.meant_otherwise(file, placed[file.name]):
            raise UsageError(
                f"{prefix!r} can't stand before all packages: {first} means something else in the code of "
                f"{file.name}",
                where="--java-package",
                remedy=f"run again with --java-package {first}_{prefix[len(first) :]}",
            )


def served(request: Request, section: JavaSection) -> externals.Served:
    """What published jars serve of a set.

    Raises ProtosUnresolved where nothing is left to generate, RecipeError for a jar without a version.
    """
    table = read_table(Path(__file__).parent)
    common = table.packages[COMMON_JAR].files
    services = any(file.services and file.name not in common for file in request.outline.files)
    # gRPC requires it, so that a second copy of a class would be on every class path.
    always = (COMMON_JAR,) if services and not request.settings.get("java_package") else ()
    libraries = {SERVICES_JAR: section.grpc}
    found = externals.served("java", table, request, title="Java", libraries=libraries, always=always)
    for each in found.externals:
        if each.package.count(":") != 1 or not each.version:
            raise externals.unclear(
                request,
                f"{each.proto} has no jar with a version",
                "java: {package: GROUP:ARTIFACT, version: 1.2.3}",
            )
    entries = {*request.entry_points}
    return replace(
        found,
        externals=tuple(
            replace(each, imported=each.imported or each.proto in entries) for each in found.externals
        ),
    )


def held_twice(outside: externals.Served, placed: Mapping[str, Placement]) -> dict[str, tuple[str, ...]]:
    """The protos whose classes are in this package and in a published jar, by jar."""
    table = read_table(Path(__file__).parent)
    found = {}
    for jar, names in outside.carried.items():
        files = table.packages[jar].files
        if same := tuple(
            name for name in names if placed[name].package == files[name].options.get("java_package")
        ):
            found[jar] = same
    return found


def published(external: External, file: File) -> Placement:
    """Where the jar has the classes of a proto that isn't generated."""
    known = external.package in read_table(Path(__file__).parent).packages
    options = {} if known else file.options
    return naming.upstream(msgspec.structs.replace(file, options={**options, **external.options}))


def _patches(served: Iterable[External], request: Request) -> dict[str, dict[str, str]]:
    """The file options by which generated code finds classes in the jars that have them."""
    files = {file.name: file for file in request.outline.files}
    found = {}
    for each in served:
        file = files[each.proto]
        before, after = naming.upstream(file), published(each, file)
        changed = {
            "java_package": after.package if after.package != before.package else "",
            "java_outer_classname": after.outer if after.outer != before.outer else "",
            "java_multiple_files": str(after.multiple).lower() if after.multiple != before.multiple else "",
        }
        if any(changed.values()):
            found[each.proto] = {name: value for name, value in changed.items() if value}
    return found


def _of_twice(twice: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    return tuple(
        f"classes of {names[0]}{f' and {len(names) - 1} more' if len(names) > 1 else ''} are in {jar} too: a"
        " program with both gets them from the jar that comes first"
        for jar, names in twice.items()
    )


def _in_runtime(file: File, request: Request) -> bool:
    """Whether protobuf-java has the file's classes; of what protoc brings it lacks features of others."""
    package = file.options.get("java_package", "")
    return file.name in request.well_known and f"{package}.".startswith("com.google.protobuf.")


def _remarks(
    group: str,
    section: JavaSection,
    held_by_grpc: tuple[str, ...],
    without: tuple[str, ...],
    request: Request,
) -> tuple[str, ...]:
    found = []
    if group == GROUP:
        found.append(
            f"the Maven group {group} is a placeholder; replace it with --java-group GROUP before you publish"
        )
    if held_by_grpc:
        more = f" and {len(held_by_grpc) - 1} more" if len(held_by_grpc) > 1 else ""
        found.append(
            f"classes of {held_by_grpc[0]}{more} are in {COMMON_JAR} too, which gRPC requires: a"
            " program gets them from the jar that comes first; --java-package PREFIX gives this package its"
            " own"
        )
    if without:
        more = f" and {len(without) - 1} more" if len(without) > 1 else ""
        found.append(
            f"java_generic_services of {without[0]}{more} is left out: names of its classes would clash;"
            " gRPC's stubs don't need them"
        )
    return (*found, *sections.remark(request.outline, f"protobuf-java {section.protobuf} or newer"))
