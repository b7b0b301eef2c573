"""What to make of a release for Python, decided: names, modules, and what the root offers. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from protogen.errors import ProtosUnresolved
from protogen.languages import sections
from protogen.languages.package import Plan, Request
from protogen.languages.python import naming, renaming
from protogen.languages.python.names import service_names
from protogen.languages.python.section import PythonSection
from protogen.protos.outline import Outline, all_types
from protogen.recipe.model import Recipe

# The first whose compiled Python, upb, keeps names in JSON apart from those of fields and oneofs in the
# proto. In 3.20 it isn't upb, and those between refuse the file.
_NAMES_APART = "4.25.0"


@dataclass(frozen=True, kw_only=True)
class PythonPlan(Plan):
    """Decisions for one release."""

    section: PythonSection
    package: str
    """The import package."""
    modules: Mapping[str, str]
    """Proto -> module of its messages, below the import package."""
    exports: Mapping[str, str]
    """What the root offers -> the module that has it."""
    renamings: renaming.Renamings
    """What has another name in Python than its own."""


def checked_names(
    settings: Mapping[str, str], section: PythonSection, recipe: Recipe, modules: Mapping[str, str]
) -> tuple[str, str]:
    """What the package is called by importers and by installers.

    Raises UsageError for names that can't be.
    """
    package = settings.get("python_package") or section.package
    distribution = settings.get("python_distribution") or section.distribution
    naming.check_package(package, modules)
    naming.check_distribution(
        distribution, [package.name for each in recipe.repositories.values() for package in each.published]
    )
    return package, distribution


def raised(section: PythonSection, outline: Outline) -> PythonSection:
    """The section, with the first protobuf that takes the messages' names in JSON."""
    if not _alike_in_json(outline):
        return section
    return msgspec.structs.replace(section, protobuf=sections.newer(section.protobuf, _NAMES_APART))


def _alike_in_json(outline: Outline) -> str:
    """A message with a field whose name in JSON is another's in the proto; empty for none."""
    return next(
        (
            f"{path} in {file.name}"
            for file in outline.files
            for path, type_ in all_types(file.types)
            if type_.alike_in_json
        ),
        "",
    )


def plan(request: Request, section: PythonSection) -> PythonPlan:
    """The decisions; raises what Language.plan raises."""
    files = request.outline.files
    modules = naming.modules(file.name for file in files)
    package, distribution = checked_names(request.settings, section, request.recipe, modules)
    _refuse_unholdable(request)
    renamings = renaming.renamings(files)
    version = request.release.package_version
    refused = naming.version_refusal(version)
    return PythonPlan(
        section=section,
        version=naming.pep440(version),
        name=distribution,
        package=package,
        modules=modules,
        exports=exports(request, modules, renamings),
        renamings=renamings,
        has_services=any(file.services for file in files),
        remarks=(
            *((f"{refused}; --package-version X.Y.Z names a public one",) if refused else ()),
            *_of_json(request.outline, section),
            *sections.remark(
                request.outline, f"Python {section.python} and protobuf {section.protobuf}, or newer"
            ),
        ),
    )


def _of_json(outline: Outline, section: PythonSection) -> tuple[str, ...]:
    message = _alike_in_json(outline)
    # What an edition needs is newer.
    if not message or outline.newest:
        return ()
    return (
        f"a field of {message} is called in JSON as another field or a oneof is: the package asks for"
        f" protobuf {section.protobuf} or newer",
    )


def _refuse_unholdable(request: Request) -> None:
    """Raises ProtosUnresolved for what protobuf's own Python can't hold."""
    for file, path in renaming.unholdable(request.outline.files):
        where = request.location(file.name, path)
        raise ProtosUnresolved(
            f"{path} in {where} can't be: of that name is an attribute that protobuf's own Python, where "
            "it isn't compiled, has in every message's class",
            where=where,
            remedy="rename it, or leave python out of --lang",
        )


def exports(request: Request, modules: Mapping[str, str], renamings: renaming.Renamings) -> dict[str, str]:
    """The root's names, sorted, and the module below it that each comes from.

    Stubs and servicers of the entry points' services, the messages that these take and give, and
    the messages and enums of the entry points. A name that two files have is nobody's.
    """
    reserved = set(naming.ROOT_OWN)
    for module in modules.values():
        top = module.split(".")[0]
        reserved |= {top, f"{top}_grpc"}
    found: dict[str, set[str]] = {}
    for name, module in _candidates(request, modules, renamings):
        found.setdefault(name, set()).add(module)
    return {
        name: min(places)
        for name, places in sorted(found.items())
        if len(places) == 1 and name not in reserved and not name.startswith("_")
    }


def _candidates(
    request: Request, modules: Mapping[str, str], renamings: renaming.Renamings
) -> Iterator[tuple[str, str]]:
    entry_points = frozenset(request.entry_points)
    for file in request.outline.files:
        if file.name not in entry_points:
            continue
        for type_ in file.types:
            yield renaming.python_path(type_.name, renamings.get(file.name, {})), modules[file.name]
        for service in file.services:
            for name in service_names(service.name, [each.name for each in file.services]):
                yield name, f"{modules[file.name]}_grpc"
            for method in service.methods:
                for message in (method.input, method.output):
                    declaring = request.outline.file_of(message)
                    if declaring and message.rpartition(".")[0] == declaring.package:
                        renamed = renamings.get(declaring.name, {})
                        yield (
                            renaming.python_path(message.rpartition(".")[2], renamed),
                            modules[declaring.name],
                        )
