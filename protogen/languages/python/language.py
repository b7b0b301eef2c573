"""The Python language, which needs no tools: all is written from the descriptor set.

Its parts are imported when they are used: every command asks for its options.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.languages.option import Option

if TYPE_CHECKING:
    from protogen.languages.base import Artifacts, Coordinates, Package, Provided, Request, Workshop
    from protogen.languages.python.plan import PythonPlan
    from protogen.languages.python.section import PythonSection
    from protogen.languages.toolchain.need import Need
    from protogen.languages.toolchain.toolbox import Toolbox
    from protogen.recipe.model import Recipe


class Python:
    """One wheel project a release, whose import package holds every proto of the set, also google's."""

    name = "python"
    options: tuple[Option, ...] = (
        Option("python_package", "NAME", "Python import package that everything is nested in"),
        Option("python_distribution", "NAME", "Name of the Python package on an index"),
    )
    proving_memory = 128 * 1024**2
    tools: tuple[str, ...] = ()

    @property
    def section(self) -> type[PythonSection]:
        """See Language."""
        from protogen.languages.python.section import PythonSection

        return PythonSection

    def needs(self, recipe: Recipe) -> tuple[Need, ...]:
        """See Language."""
        from protogen.languages.python import needs

        return needs.needs(recipe)

    def surroundings(self, recipe: Recipe, settings: Mapping[str, str], out: Path) -> str:
        """See Language: nothing."""
        from protogen.languages.python import planning

        planning.check(settings, recipe)
        return ""

    def plan(self, request: Request) -> PythonPlan:
        """See Language."""
        from protogen.languages.python import planning

        return planning.plan(request)

    def provide(self, request: Request, plan: PythonPlan, toolbox: Toolbox) -> Provided:
        """See Language."""
        from protogen.languages.base import Provided

        return Provided({})

    def prefetch(self, recipe: Recipe, toolbox: Toolbox) -> None:
        """See Language: nothing."""

    def write(self, request: Request, plan: PythonPlan, provided: Provided) -> dict[str, bytes]:
        """See Language: everything."""
        from protogen.languages.python import documents
        from protogen.languages.python.generated import generated_files

        inside = {
            **generated_files(request.descriptor_set.read_bytes(), plan.modules, plan.renamings),
            **documents.root_module(plan),
        }
        tree = {f"src/{plan.package}/{path}": text for path, text in inside.items()}
        tree |= documents.project_files(request, plan, provided)
        return {path: text.encode() for path, text in tree.items()}

    def place(self, plan: PythonPlan, generated: Mapping[str, bytes]) -> dict[str, bytes]:
        """See Language: nothing, for there are no generators."""
        return {}

    def coordinates(self, package: Package[PythonPlan]) -> tuple[Coordinates, ...]:
        """See Language."""
        from protogen.languages.python import coordinates

        return coordinates.coordinates(package)

    def build(self, package: Package[PythonPlan], shop: Workshop, *, complete: bool) -> Artifacts:
        """See Language."""
        from protogen.languages.python import artifacts

        return artifacts.build(package, shop, complete=complete)

    def prove(self, package: Package[PythonPlan], built: Artifacts, shop: Workshop) -> None:
        """See Language."""
        from protogen.languages.python import verify

        verify.prove(package, built, shop)
