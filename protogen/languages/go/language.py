"""Go: what a language is asked, answered by planning, naming and the proof beside this module."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from protogen.errors import UsageError
from protogen.languages import documents, kit
from protogen.languages.base import Language
from protogen.languages.build_dir import BuildDir
from protogen.languages.go import GO, identifiers, naming, planning
from protogen.languages.go.enclosing import enclosing_path
from protogen.languages.go.planning import GoPlan
from protogen.languages.go.requirements import Requirements, directive, go_sum, module_texts
from protogen.languages.go.section import PLUGINS, PROTOBUF, GoSection
from protogen.languages.package import Artifacts, Coordinates, Installed, Package, Request
from protogen.languages.toolchain.go import GO as CLIENT
from protogen.languages.toolchain.toolbox import Tool, Toolbox
from protogen.protos.outline import Outline
from protogen.recipe.model import Recipe

_EXAMPLES = Path(__file__).with_name("examples")


class Go(Language[GoSection, GoPlan]):
    """One module a release; a directory of protos is a package, cycles are merged, nothing is dropped."""

    entry = GO
    title = "Go"
    ecosystem = "golang"
    client = CLIENT
    packages = PLUGINS
    section = GoSection
    placeholders = ("import",)
    # Measured: 375 MiB with four compilers at a time and nothing in the build cache.
    proving_memory = 512 * 1024**2

    def raised(self, section: GoSection, outline: Outline) -> GoSection:
        """What a recipe says of the requirements of others holds for its own only."""
        raised = super().raised(section, outline)
        if raised.require == section.require:
            return raised
        return GoSection(raised.module, raised.tools, raised.go, raised.require, example=raised.example)

    def version(self, version: str) -> str:
        """With a `v` before, and as a pseudo-version where it is of a commit."""
        return naming.module_version(version)

    def refusal(self, version: str) -> str:
        """A pseudo-version is none that a tag may have."""
        return naming.version_refusal(version)

    def tools(self, section: GoSection) -> tuple[Tool, ...]:
        """The plugins, and go.sum where the recipe leaves it out."""
        wanted = Requirements.of(section, grpc=True)
        return (*super().tools(section), *([] if wanted.complete else [go_sum(wanted)]))

    def install(self, request: Request, plan: GoPlan, toolbox: Toolbox) -> Installed:
        """The plugins, and go.mod and go.sum for a module of its own."""
        tools = super().install(request, plan, toolbox).tools
        return Installed(
            tools, {} if plan.enclosing else module_texts(plan.requirements, plan.module, toolbox)
        )

    def cache_inputs(self, recipe: Recipe, settings: Mapping[str, str], out: Path) -> str:
        """The import path, in the module around it."""
        wanted = self._module(recipe, settings)
        if wanted == ".":
            return enclosing_path(out)
        if wanted:
            naming.check_module(wanted)
        return ""

    def check_artifacts(self, recipe: Recipe, settings: Mapping[str, str]) -> None:
        """A package in the module around it has no version of its own."""
        if self._module(recipe, settings) == ".":
            raise UsageError(
                "a Go package in the module around it is published with that module, not on its own",
                where="--go-module . --artifacts",
                remedy="leave out --artifacts, or give --go-module PATH for a module of its own",
            )

    def _module(self, recipe: Recipe, settings: Mapping[str, str]) -> str:
        return settings.get("go_module") or self.read(recipe).module

    def plan(self, request: Request) -> GoPlan:
        """See planning."""
        return planning.plan(request, self.raised(self.read(request.recipe), request.outline))

    def facts(self, request: Request, plan: GoPlan, installed: Installed) -> dict[str, Any]:
        """What README.md and doc.go show."""
        root = next((package for package in plan.packages if not package.folder), None)
        return {
            "module": plan.module,
            "go": directive(installed.texts.get("go.mod", "")) or plan.section.go,
            "module_version": plan.version,
            "enclosing": plan.enclosing,
            "package": root.name if root else re.sub(r"[-_]", "", request.recipe.name),
            "packages": [
                {"path": package.import_path(plan.module), "name": package.name} for package in plan.packages
            ],
            "example": example(plan, request),
            "placeholder": plan.module.startswith("example.com/") and not request.settings.get("go_module"),
            "externals": [(each.proto, planning.import_path(each)) for each in plan.externals],
            "carried": plan.carried,
            "protobuf": plan.section.require[PROTOBUF],
        }

    def stands_for(self, kind: str, name: str, request: Request, plan: GoPlan) -> str:
        """`@import{PROTO}` and `@import{FOLDER}`, and the module as `@import{}`."""
        return import_path(plan, name) if kind == "import" else ""

    def write(self, request: Request, plan: GoPlan, installed: Installed) -> dict[str, bytes]:
        """The templates, and go.mod and go.sum."""
        own = {name: text.encode() for name, text in installed.texts.items()}
        return own | super().write(request, plan, installed)

    def layout(self, plan: GoPlan, generated: Mapping[str, bytes]) -> dict[str, bytes]:
        """In the packages' folders."""
        return {plan.outputs[path]: content for path, content in generated.items()}

    def coordinates(self, package: Package[GoPlan]) -> tuple[Coordinates, ...]:
        """The module, then those that it requires."""
        plan = package.plan
        modules = [(plan.module, plan.version), *sorted(plan.requirements.direct.items())]
        split = ((*path.rpartition("/")[::2], version) for path, version in modules)
        return tuple(Coordinates(self.ecosystem, *each) for each in split)

    def packed(self, package: Package[GoPlan]) -> dict[str, bytes]:
        """The files of a module proxy; none of a package in the module around it."""
        from protogen.languages.go import proof

        return {} if package.plan.enclosing else proof.served(package)

    def prove(self, package: Package[GoPlan], built: Artifacts, build_dir: BuildDir) -> None:
        """Build and vet the module, and require it from outside."""
        from protogen.languages.go import proof

        proof.prove(package, self.consumer(package) if built.files else {}, build_dir)

    def consumer(self, package: Package[GoPlan]) -> dict[str, str]:
        """A module that requires the package and nothing else, and makes its first stub."""
        from protogen.languages.go import proof

        plan, request = package.plan, package.request
        homes = {proto: each.import_path(plan.module) for each in plan.packages for proto in each.protos}
        stubs = (
            (homes[file.name], f"New{identifiers.camel_case(service.name)}Client")
            for file in request.outline.files
            for service in file.services
            if file.name in homes
        )
        folder = self.kit_folder(request, plan)
        kit_paths = (
            {
                f"{plan.module}/{path.rpartition('/')[0]}"
                for path in package.files
                if path.startswith(folder) and path.endswith(".go") and not path.endswith("_test.go")
            }
            if "go" in request.recipe.kit
            else set()
        )
        kit_example, beside = self.kit_example(request, plan), plan.neighbours
        texts = self.rendered(
            "consumer",
            request,
            plan,
            package.installed,
            lowest=directive(package.files["go.mod"].decode()),
            paths=sorted({plan.module, *homes.values(), *kit_paths, *map(planning.import_path, beside)}),
            unknown=plan.unknown,
            requires=sorted({each.package: each.version for each in beside}.items()),
            stub=next(stubs, ()),
        )
        return texts | ({f"{proof.EXAMPLE}/main.go": f"{kit_example}\n"} if kit_example else {})


def import_path(plan: GoPlan, name: str) -> str:
    """The import path of a proto's package, of a folder's, or of the module; empty for what there isn't.

    A proto that a published package serves has that package's, where the module requires it.
    """
    if not name:
        return plan.module
    homes = {proto: package for package in plan.packages for proto in package.protos}
    folders = {proto.rpartition("/")[0]: package for proto, package in homes.items()}
    if package := homes.get(name) or folders.get(name):
        return package.import_path(plan.module)
    required = plan.requirements.direct
    elsewhere = {
        each.proto: planning.import_path(each) for each in plan.externals if each.package in required
    }
    # Folders of google's protos have one package for each of them.
    beside = {path for proto, path in elsewhere.items() if proto.rpartition("/")[0] == name}
    return elsewhere.get(name) or (beside.pop() if len(beside) == 1 else "")


def example(plan: GoPlan, request: Request) -> str:
    """A program that makes a call: the recipe's own, else one for the first plain RPC; empty without RPCs."""
    homes = {proto: package for package in plan.packages for proto in package.protos}
    if plan.section.example:
        own = kit.filled_in(
            plan.section.example, lambda kind, name: import_path(plan, name) if kind == "import" else ""
        )
        return own.strip()
    call = next(documents.plain_calls(request.outline, homes), None)
    if not call:
        return ""
    home, types = homes[call.file.name], homes[call.declaring.name]
    facts = {
        "home": home.import_path(plan.module),
        "types": types.import_path(plan.module),
        "message": identifiers.camel_case(call.message),
        "service": identifiers.camel_case(call.service.name),
        "method": identifiers.camel_case(call.method.name),
    }
    return documents.render(_EXAMPLES, facts)["main.go"].strip()
