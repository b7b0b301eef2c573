"""The Python language, which needs no tools: all is written from the descriptor set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from protogen.languages.base import Language
from protogen.languages.build_dir import BuildDir
from protogen.languages.package import Artifacts, Coordinates, Installed, Package, Request
from protogen.languages.python import PYTHON, naming, planning
from protogen.languages.python.planning import PythonPlan
from protogen.languages.python.section import FLOORS, PythonSection
from protogen.languages.toolchain.python import PIP
from protogen.protos.outline import Outline
from protogen.recipe.model import Recipe

_NUMBER = re.compile(r"\d{1,4}(?:\.\d{1,4}){1,2}")


class Python(Language[PythonSection, PythonPlan]):
    """One wheel project a release, whose import package holds every proto of the set, also google's."""

    entry = PYTHON
    title = "Python"
    ecosystem = "pypi"
    client = PIP
    section = PythonSection
    fixed = ()
    placeholders = ("module",)
    proving_memory = 128 * 1024**2

    def read(self, recipe: Recipe) -> PythonSection:
        """With names made of the recipe's; floors are numbers."""
        section = super().read(recipe)
        for key in FLOORS:
            value = getattr(section, key)
            if not _NUMBER.fullmatch(value):
                raise recipe.document.error(
                    f"{value!r} is not a version", ("languages", self.name, key), "numbers such as 1.2.3"
                )
        plain = re.sub(r"[^0-9A-Za-z]+", "-", recipe.name)
        return msgspec.structs.replace(
            section,
            package=section.package or f"{plain.replace('-', '_')}_client",
            distribution=section.distribution or f"{plain}-client",
        )

    def version(self, version: str) -> str:
        """As PEP 440 has it."""
        return naming.pep440(version)

    def refusal(self, version: str) -> str:
        """A commit is a local part, which indexes don't take."""
        return naming.version_refusal(version)

    def cache_inputs(self, recipe: Recipe, settings: Mapping[str, str], out: Path) -> str:
        """Nothing."""
        planning.checked_names(settings, self.read(recipe), recipe, {})
        return ""

    def raised(self, section: PythonSection, outline: Outline) -> PythonSection:
        """And for names in JSON."""
        return planning.raised(super().raised(section, outline), outline)

    def plan(self, request: Request) -> PythonPlan:
        """See planning."""
        return planning.plan(request, self.raised(self.read(request.recipe), request.outline))

    def write(self, request: Request, plan: PythonPlan, installed: Installed) -> dict[str, bytes]:
        """Everything: no generator writes Python."""
        from protogen.languages.python import texts
        from protogen.languages.python.modules import generated_files

        inside = generated_files(request, plan.modules, plan.renamings) | texts.root_module(
            plan, has_kit=self.name in request.recipe.kit
        )
        tree = {f"src/{plan.package}/{path}": text for path, text in inside.items()}
        tree |= texts.project_files(request, plan, installed, self.kit_example(request, plan))
        return {path: text.encode() for path, text in tree.items()}

    def stands_for(self, kind: str, name: str, request: Request, plan: PythonPlan) -> str:
        """`@module{PROTO}`, and the import package as `@module{}`."""
        from protogen.languages.python import texts

        return texts.module_of(plan, name) if kind == "module" else ""

    def kit_folder(self, request: Request, plan: PythonPlan) -> str:
        """A package in the import package."""
        from protogen.languages.python import texts

        return f"src/{plan.package}/{texts.KIT}/"

    def coordinates(self, package: Package[PythonPlan]) -> tuple[Coordinates, ...]:
        """The distribution, then what it requires."""
        plan = package.plan
        grpc = (("grpcio", plan.section.grpcio),) if plan.has_services else ()
        return (
            Coordinates(self.ecosystem, "", plan.name, plan.version),
            *(
                Coordinates(self.ecosystem, "", name, constraint=f">={floor}")
                for name, floor in (*grpc, ("protobuf", plan.section.protobuf))
            ),
        )

    def build(self, package: Package[PythonPlan], build_dir: BuildDir, *, complete: bool) -> Artifacts:
        """An sdist and a wheel."""
        from protogen.languages.python import proof

        return proof.build(package, build_dir)

    def prove(self, package: Package[PythonPlan], built: Artifacts, build_dir: BuildDir) -> None:
        """Install the wheel into an environment of its own, import all modules, make every stub."""
        from protogen.languages.python import proof

        proof.prove(package, built, build_dir)
