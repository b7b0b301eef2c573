"""What to make of a release for Python, decided: names and modules. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from protogen.errors import ProtosUnresolved
from protogen.languages import editions
from protogen.languages.python import naming, renaming
from protogen.languages.python import section as sections
from protogen.languages.python.exports import exports
from protogen.languages.python.plan import PythonPlan
from protogen.protos.descriptors import line_of
from protogen.releases import package_versions

if TYPE_CHECKING:
    from protogen.languages.base import Request
    from protogen.recipe.model import Recipe


_LANGUAGE = "python"


def check(settings: Mapping[str, str], recipe: Recipe) -> None:
    """Raises UsageError and RecipeError for what can't be, whatever the release."""
    _checked_names(settings, recipe, {})


def _checked_names(
    settings: Mapping[str, str], recipe: Recipe, modules: Mapping[str, str]
) -> tuple[str, str]:
    """What the package is called by importers and by installers."""
    section = sections.load(recipe)
    package = settings.get("python_package") or section.package
    distribution = settings.get("python_distribution") or section.distribution
    naming.check_package(package, modules)
    naming.check_distribution(
        distribution, [name for each in recipe.repositories.values() for name in each.packages]
    )
    return package, distribution


def plan(request: Request) -> PythonPlan:
    """The decisions; raises what Language.plan raises."""
    section = sections.raised(sections.load(request.recipe), request.outline)
    files = request.outline.files
    modules = naming.modules(file.name for file in files)
    package, distribution = _checked_names(request.settings, request.recipe, modules)
    _refuse_unholdable(request)
    renamings = renaming.renamings(files)
    version = request.release.package_version
    refused = package_versions.refusal(_LANGUAGE, version)
    return PythonPlan(
        section=section,
        package=package,
        distribution=distribution,
        version=package_versions.pep440(version),
        modules=modules,
        exports=exports(request, modules, renamings),
        renamings=renamings,
        has_services=any(file.services for file in files),
        remarks=(
            *((f"{refused}; --package-version X.Y.Z names a public one",) if refused else ()),
            *editions.remark(
                request.outline, f"Python {section.python} and protobuf {section.protobuf}, or newer"
            ),
        ),
    )


def _refuse_unholdable(request: Request) -> None:
    """Raises ProtosUnresolved for what protobuf's own Python can't hold."""
    for file, path in renaming.unholdable(request.outline.files):
        line = line_of(request.descriptor_set.read_bytes(), file.name, path)
        where = f"{file.name}:{line}" if line else file.name
        raise ProtosUnresolved(
            f"{path} in {where} can't be: of that name is an attribute that protobuf's own Python, where "
            "it isn't compiled, has in every message's class",
            where=where,
            remedy="rename it, or generate the other languages: --lang go,java",
        )
