"""What to make of a release for Go, decided: names, options, invocations. Pure but for the go.mod around."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from protogen.errors import ProtosUnresolved
from protogen.languages import clashes, externals, sections
from protogen.languages.go import grouping, identifiers, naming
from protogen.languages.go.enclosing import enclosing_path
from protogen.languages.go.requirements import Requirements
from protogen.languages.go.section import GRPC, PROTOBUF, GoSection
from protogen.languages.package import External, Generator, Plan, Request, invocations
from protogen.languages.published import read_table
from protogen.protos.outline import File, all_types

_GENERATORS = (
    Generator("go", ("paths=source_relative",), "protoc-gen-go"),
    Generator("go-grpc", ("paths=source_relative",), "protoc-gen-go-grpc", services_only=True),
)
# What most servers have.
_HEALTH = "grpc/health/v1/health.proto"
# The folder of the well-known types in Go's own protobuf module.
_WELL_KNOWN = re.compile(r"^google\.golang\.org/protobuf/")


@dataclass(frozen=True, kw_only=True)
class GoPlan(Plan):
    """Decisions for one release."""

    section: GoSection
    module: str
    """Its path, with `/vN`."""
    enclosing: bool
    """Whether the package is part of the module around it."""
    packages: tuple[naming.GoPackage, ...]
    outputs: Mapping[str, str]
    """What the plugins write -> where it belongs."""
    carried: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Protos that popular modules carry too, by module."""
    neighbours: tuple[External, ...] = ()
    """What the proof puts beside the module: published packages of its protos, and of gRPC's own."""
    unknown: tuple[str, ...] = ()
    """What published packages must have, which the proof looks for: full names of types and fields."""

    @property
    def requirements(self) -> Requirements:
        """What the module requires."""
        imported = [each for each in self.externals if each.imported]
        return Requirements.of(self.section, grpc=self.has_services, externals=imported)


def plan(request: Request, section: GoSection) -> GoPlan:
    """The decisions; raises what Language.plan raises."""
    wanted = request.settings.get("go_module") or section.module
    version = request.release.package_version
    within = wanted == "."
    if within:
        module = enclosing_path(request.out)
    else:
        module = naming.module_path(wanted or f"example.com/{request.recipe.name}", version)
    files = [file for file in request.outline.files if not _in_runtime(file, request)]
    elsewhere = served(request, section)
    runtime = {file.name for file in request.outline.files if _in_runtime(file, request)}
    brought = {*runtime, *elsewhere.names}
    own = [file for file in files if file.name not in brought]
    others = [file for file in request.outline.files if file.name in brought]
    packages = grouping.packages(
        own, request.entry_points, module=module, others=others, mounts=request.recipe.mounts
    )
    _check_message_sets(request)
    _check_names(packages, request)
    _check_stubs(section, request)
    parameters = [*_mappings(packages, module), *_well_known(request)]
    parameters += [f"M{each.proto}={import_path(each)}" for each in elsewhere.externals]
    return GoPlan(
        section=section,
        version=naming.module_version(version),
        name=module,
        module=module,
        enclosing=within,
        packages=packages,
        invocations=invocations(_GENERATORS, own, *parameters),
        outputs=_outputs(packages),
        has_services=any(file.services for file in own),
        externals=elsewhere.externals,
        carried=elsewhere.carried,
        unknown=elsewhere.unknown,
        neighbours=neighbours(elsewhere, section, grpc=any(file.services for file in own)),
        remarks=(
            *_remarks(module, section, request, elsewhere.imported, enclosing=within),
            *elsewhere.remarks,
            *_of_carried(elsewhere.carried),
        ),
    )


def served(request: Request, section: GoSection) -> externals.Served:
    """What published modules serve of a set.

    Raises ProtosUnresolved for a proto that gRPC registers otherwise, RecipeError for an external that can't
    be imported.
    """
    declared = {file.name: file.options.get("go_package", "") for file in request.outline.files}
    found = externals.served(
        "go", read_table(Path(__file__).parent), request, title="Go", libraries=section.require
    )
    homes = [
        each if import_path(each) else replace(each, options={"go_package": declared[each.proto]})
        for each in found.externals
    ]
    for each in homes:
        if "." not in import_path(each).partition("/")[0] or not each.version:
            lacks = "no lowest version" if import_path(each) else "no import path: its go_package names none"
            expected = "go: {package: MODULE, version: v1.2.3, import: PATH}"
            raise externals.unclear(request, f"{each.proto} has {lacks}", expected)
    return replace(found, externals=tuple(homes))


def neighbours(elsewhere: externals.Served, section: GoSection, *, grpc: bool) -> tuple[External, ...]:
    """What a program may well import beside the module: it must start all the same.

    Not the packages of the very protos that the recipe is for: there is no client but with one of both.
    """
    table = read_table(Path(__file__).parent)
    found = {each.proto: each for each in elsewhere.imported}
    beside = {
        module: names for module, names in elsewhere.carried.items() if module not in elsewhere.subjects
    }
    if grpc and GRPC not in elsewhere.subjects:
        beside[GRPC] = (*beside.get(GRPC, ()), _HEALTH)
    for module, names in beside.items():
        if (known := table.packages.get(module)) is None:
            continue
        for name in known.files.keys() & {*names}:
            version = known.version or section.require[GRPC]
            found.setdefault(name, External(name, module, version, known.files[name].options))
    return tuple(each for _, each in sorted(found.items()))


def import_path(external: External) -> str:
    """The Go package of a proto that isn't generated."""
    return external.options.get("go_package", "").partition(";")[0]


def _check_message_sets(request: Request) -> None:
    """Raises ProtosUnresolved for a message of a kind that Go's protobuf has no more."""
    for file in request.outline.files:
        for path, type_ in all_types(file.types):
            if type_.message_set:
                raise ProtosUnresolved(
                    f"Go can't express {file.name}: {path} is a message set, and Go's protobuf has none",
                    where=request.location(file.name, path),
                    remedy="generate the other languages, or leave the file out of the recipe's entry points",
                )


def _check_names(packages: Iterable[naming.GoPackage], request: Request) -> None:
    """Raises ProtosUnresolved for two declarations of a file that Go gives one name; others stand apart."""
    files = {file.name: file for file in request.outline.files}
    for package in packages:
        clash = len(package.protos) == 1 and identifiers.clash(identifiers.together(package.protos, files))
        if clash:
            raise clashes.refused(f"Go can't express {package.protos[0]}", clash, request)


def _check_stubs(section: GoSection, request: Request) -> None:
    """Raises ProtosUnresolved for what the plugin of stubs refuses of the files that services need."""
    version = section.tools["protoc-gen-go-grpc"]
    if tuple(map(int, re.findall(r"\d+", version))) >= (1, 6):
        return
    for file in clashes.served(request.outline.files):
        for clash in clashes.too_alike(file):
            otherwise = "set protoc-gen-go-grpc: v1.6.0 in languages.go.tools"
            raise clashes.refused(f"Go's stubs can't be made of {file.name}", clash, request, otherwise)


def _mappings(packages: tuple[naming.GoPackage, ...], module: str) -> list[str]:
    """An M flag for every proto; without `;name` plugins disagree about names in one folder."""
    return [
        f"M{proto}={package.import_path(module)};{package.name}"
        for package in packages
        for proto in package.protos
    ]


def _well_known(request: Request) -> list[str]:
    return [
        f"M{file.name}={file.options['go_package']}"
        for file in request.outline.files
        if _in_runtime(file, request)
    ]


def _in_runtime(file: File, request: Request) -> bool:
    """Whether Go's protobuf module has the file; of what protoc brings it lacks features of others."""
    return file.name in request.well_known and bool(_WELL_KNOWN.match(file.options.get("go_package", "")))


def _outputs(packages: tuple[naming.GoPackage, ...]) -> dict[str, str]:
    outputs = {}
    for package in packages:
        for proto, stem in naming.file_stems(package).items():
            written = proto.removesuffix(".proto")
            folder = f"{package.folder}/" if package.folder else ""
            for ending in naming.ENDINGS:
                outputs[written + ending] = f"{folder}{stem}{ending}"
    return outputs


def _of_carried(carried: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    return tuple(
        f"{names[0]}{f' and {len(names) - 1} more' if len(names) > 1 else ''} of this module"
        f" {'are' if len(names) > 1 else 'is'} in {module} too: a program with both ends at start with"
        " `already registered`"
        for module, names in carried.items()
    )


def _remarks(
    module: str,
    section: GoSection,
    request: Request,
    elsewhere: Iterable[External],
    *,
    enclosing: bool,
) -> tuple[str, ...]:
    floors = f"Go {section.go} and {PROTOBUF} {section.require[PROTOBUF]}, or newer"
    newer = sections.remark(request.outline, floors)
    if enclosing:
        required = {each.package: each.version for each in elsewhere} | section.require
        wanted = " ".join(f"{path}@{version}" for path, version in sorted(required.items()))
        return (f"in the module around it, run once: go get {wanted}", *newer)
    if not request.settings.get("go_module") and module.startswith("example.com/"):
        return (f"{module} is a placeholder; replace it with --go-module PATH before you publish", *newer)
    return newer
