"""What to make of a release for Java, decided: names, options, invocations. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from protogen.errors import UsageError
from protogen.languages import sections
from protogen.languages.clashes import refused
from protogen.languages.java import clashes, naming, pom
from protogen.languages.java.identifiers import Placement, check_coordinate, check_package, identifier
from protogen.languages.java.section import GRPC_PLUGIN, PROTOC, JavaSection
from protogen.languages.package import Generator, Plan, Request, invocations
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
# Its folders of protos, in 2.64.1; all their classes are in packages of com.google.
_FOLDERS = frozenset(
    "google/api google/apps/card/v1 google/cloud google/cloud/audit google/cloud/location google/geo/type "
    "google/logging/type google/longrunning google/rpc google/rpc/context google/shopping/type "
    "google/type".split()
)


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
    files = [file for file in request.outline.files if not _in_runtime(file, request)]
    placed = naming.placements(
        files,
        identifier(request.recipe.name.lower()),
        check_package(prefix) if prefix else "",
    )
    _check_names(files, placed, request)
    without = clashes.clashing_services(files, placed)
    served = any(file.services for file in files)
    # Without services nothing requires the other jar.
    held_twice = held_twice_in(files, placed) if served else ()
    return JavaPlan(
        section=section,
        version=naming.maven_version(request.release.package_version),
        group=check_coordinate("--java-group", group, GROUP),
        name=check_coordinate("--java-artifact", artifact, request.recipe.name),
        prefix=prefix,
        placements=placed,
        patches=naming.patches(files, placed, without),
        invocations=invocations(_GENERATORS, files),
        has_services=served,
        pom=pom.read(settings),
        placeholder=group == GROUP,
        remarks=_remarks(group, section, held_twice, without, request),
        held_twice=held_twice,
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


def held_twice_in(files: Iterable[File], placed: Mapping[str, Placement]) -> tuple[str, ...]:
    """The protos whose classes a program would have from this package and from the common jar."""
    return tuple(
        sorted(
            file.name
            for file in files
            if file.directory in _FOLDERS and placed[file.name].package.startswith("com.google.")
        )
    )


def _in_runtime(file: File, request: Request) -> bool:
    """Whether protobuf-java has the file's classes; of what protoc brings it lacks features of others."""
    package = file.options.get("java_package", "")
    return file.name in request.well_known and f"{package}.".startswith("com.google.protobuf.")


def _remarks(
    group: str,
    section: JavaSection,
    held_twice: tuple[str, ...],
    without: tuple[str, ...],
    request: Request,
) -> tuple[str, ...]:
    found = []
    if group == GROUP:
        found.append(
            f"the Maven group {group} is a placeholder; replace it with --java-group GROUP before you publish"
        )
    if held_twice:
        more = f" and {len(held_twice) - 1} more" if len(held_twice) > 1 else ""
        found.append(
            f"classes of {held_twice[0]}{more} are in {COMMON_JAR} too, which gRPC requires: a"
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
