"""The Python language: plan and package. It needs no tools: all is written from the descriptor set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protogen import package_versions
from protogen.languages.base import Option, Provided
from protogen.languages.python import artifacts, coordinates, documents, naming, needs, verify
from protogen.languages.python import section as sections
from protogen.languages.python.exports import exports
from protogen.languages.python.plan import PythonPlan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from protogen.languages.base import Artifacts, Coordinates, Package, Request, Workshop
    from protogen.recipe import Recipe
    from protogen.toolchain.need import Need
    from protogen.toolchain.toolbox import Toolbox


class Python:
    """One wheel project a release, whose import package holds every proto of the set, also google's."""

    name = "python"
    options: tuple[Option, ...] = (
        Option("python_package", "NAME", "Python import package that everything is nested in"),
        Option("python_distribution", "NAME", "Name of the Python package on an index"),
    )
    proving_memory = 128 * 1024**2
    section = sections.PythonSection
    tools: tuple[str, ...] = ()

    def needs(self, recipe: Recipe) -> tuple[Need, ...]:
        """See Language."""
        return needs.needs(recipe)

    def plan(self, request: Request) -> PythonPlan:
        """See Language."""
        section = sections.load(request.recipe)
        package = request.settings.get("python_package") or section.package
        distribution = request.settings.get("python_distribution") or section.distribution
        files = request.outline.files
        modules = naming.modules(file.name for file in files)
        naming.check_package(package, modules)
        published = [name for each in request.recipe.repositories.values() for name in each.packages]
        naming.check_distribution(distribution, published)
        version = request.release.package_version
        refused = package_versions.refusal(self.name, version)
        return PythonPlan(
            section=section,
            package=package,
            distribution=distribution,
            version=package_versions.pep440(version),
            modules=modules,
            exports=exports(request, modules),
            has_services=any(file.services for file in files),
            remarks=(f"{refused}; --package-version X.Y.Z names a public one",) if refused else (),
        )

    def provide(self, request: Request, plan: PythonPlan, toolbox: Toolbox) -> Provided:
        """See Language."""
        return Provided({})

    def package(
        self, request: Request, plan: PythonPlan, provided: Provided, generated: Mapping[str, bytes]
    ) -> dict[str, bytes]:
        """See Language.

        Raises ProtosUnresolved for a file whose syntax the declared runtimes don't know.
        """
        from protogen.languages.python.generated import generated_files

        inside = {
            **generated_files(request.descriptor_set.read_bytes(), plan.modules),
            **documents.root_module(plan),
        }
        tree = {f"src/{plan.package}/{path}": text for path, text in inside.items()}
        tree |= documents.project_files(request, plan, provided)
        return {path: text.encode() for path, text in tree.items()}

    def coordinates(self, package: Package[PythonPlan]) -> tuple[Coordinates, ...]:
        """See Language."""
        return coordinates.coordinates(package)

    def build(self, package: Package[PythonPlan], shop: Workshop, *, complete: bool) -> Artifacts:
        """See Language."""
        return artifacts.build(package, shop, complete=complete)

    def prove(self, package: Package[PythonPlan], built: Artifacts, shop: Workshop) -> None:
        """See Language."""
        verify.prove(package, built, shop)
