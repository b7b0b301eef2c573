"""What to make of a release for Java, decided: names, options, invocations. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from protogen.errors import ProtosUnresolved, UsageError
from protogen.languages import editions
from protogen.languages.base import Invocation
from protogen.languages.java import clashes, common_protos, naming, pom
from protogen.languages.java import section as sections
from protogen.languages.java.identifiers import check_coordinate, check_package, identifier
from protogen.languages.java.plan import JavaPlan
from protogen.languages.java.section import GRPC_PLUGIN, PROTOC

if TYPE_CHECKING:
    from protogen.languages.base import Request
    from protogen.languages.java.declared import Place
    from protogen.languages.java.placement import Placement
    from protogen.languages.java.section import JavaSection
    from protogen.protos.outline import File
    from protogen.recipe.model import Recipe


_GROUP = "com.example"


def check(settings: Mapping[str, str], recipe: Recipe) -> None:
    """Raises UsageError and RecipeError for what can't be, whatever the release."""
    sections.load(recipe)
    pom.read(settings)
    for key, example in (("java_group", _GROUP), ("java_artifact", "client")):
        if settings.get(key):
            check_coordinate(f"--{key.replace('_', '-')}", settings[key], example)
    if settings.get("java_package"):
        check_package(settings["java_package"])


def plan(request: Request) -> JavaPlan:
    """The decisions; raises what Language.plan raises."""
    section = sections.raised(sections.load(request.recipe), request.outline)
    settings = request.settings
    group = settings.get("java_group") or section.group or _GROUP
    artifact = settings.get("java_artifact") or section.artifact or request.recipe.name
    prefix = settings.get("java_package", "")
    files = [file for file in request.outline.files if not _in_runtime(file, request)]
    placed = naming.placements(
        files,
        identifier(request.recipe.name.lower()),
        check_package(prefix) if prefix else "",
    )
    _check_names(files, placed, request)
    # Without services nothing requires the other jar.
    served = tuple(sorted(file.name for file in files if file.services))
    held_twice = common_protos.held_twice(files, placed) if served else ()
    names = tuple(sorted(file.name for file in files))
    invocations = [Invocation("java", (), names, protoc=PROTOC)]
    if served:
        # No annotation: javax.annotation left the JDK with Java 11.
        invocations.append(Invocation("grpc-java", ("@generated=omit",), served, GRPC_PLUGIN))
    return JavaPlan(
        section=section,
        group=check_coordinate("--java-group", group, _GROUP),
        artifact=check_coordinate("--java-artifact", artifact, request.recipe.name),
        prefix=prefix,
        placements=placed,
        patches=naming.patches(files, placed),
        invocations=tuple(invocations),
        has_services=bool(served),
        pom=pom.read(settings),
        placeholder=group == _GROUP,
        remarks=_remarks(group, section, held_twice, request),
        held_twice=held_twice,
    )


def _check_names(files: Sequence[File], placed: Mapping[str, Placement], request: Request) -> None:
    """Raises ProtosUnresolved for a declaration that Java can't have, UsageError for a prefix."""
    for file in files:
        found = clashes.clash(file, placed, files)
        if found:
            places = [_where(place, request) for place in (found.first, found.second) if place]
            raise ProtosUnresolved(
                f"Java can't express {file.name}: {found.problem}",
                where=" and ".join(dict.fromkeys(places)),
                remedy=f"rename {'one of the two' if found.second else 'it'}, "
                "or leave the file out of the recipe's entry points",
            )
        prefix = request.settings.get("java_package", "")
        first = prefix.split(".")[0]
        if first in clashes.meant_otherwise(file, placed[file.name]):
            raise UsageError(
                f"{prefix!r} can't stand before all packages: {first} means something else in the code of "
                f"{file.name}",
                where="--java-package",
                remedy=f"run again with --java-package {first}_{prefix[len(first) :]}",
            )


def _where(place: Place, request: Request) -> str:
    from protogen.protos.descriptors import line_of

    line = line_of(request.descriptor_set.read_bytes(), place.file, place.declaration)
    return f"{place.file}:{line}" if line else place.file


def _in_runtime(file: File, request: Request) -> bool:
    """Whether protobuf-java has the file's classes; of what protoc brings it lacks features of others."""
    package = file.options.get("java_package", "")
    return file.name in request.well_known and f"{package}.".startswith("com.google.protobuf.")


def _remarks(
    group: str, section: JavaSection, held_twice: tuple[str, ...], request: Request
) -> tuple[str, ...]:
    found = []
    if group == _GROUP:
        found.append(
            f"the Maven group {group} is a placeholder; replace it with --java-group GROUP before you publish"
        )
    if held_twice:
        more = f" and {len(held_twice) - 1} more" if len(held_twice) > 1 else ""
        found.append(
            f"classes of {held_twice[0]}{more} are in {common_protos.JAR} too, which gRPC requires: a"
            " program gets them from the jar that comes first; --java-package PREFIX gives this package its"
            " own"
        )
    return (*found, *editions.remark(request.outline, f"protobuf-java {section.protobuf} or newer"))
