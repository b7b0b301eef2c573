"""The Go language: plan, tools, package."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from protogen.errors import UsageError
from protogen.languages.base import Invocation, Option, Provided
from protogen.languages.go import artifacts, coordinates, documents, naming, needs, verify
from protogen.languages.go import section as sections
from protogen.languages.go.plan import GoPlan
from protogen.languages.go.resolution import module_texts
from protogen.toolchain.go import provide_plugin

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from protogen.languages.base import Artifacts, Coordinates, Package, Request, Workshop
    from protogen.languages.go.section import GoSection
    from protogen.recipe import Recipe
    from protogen.toolchain.need import Need
    from protogen.toolchain.toolbox import Toolbox

# The folder of the well-known types in Go's own protobuf module.
_WELL_KNOWN = re.compile(r"^google\.golang\.org/protobuf/")


class Go:
    """One module a release; a directory of protos is a package, cycles are merged, nothing is dropped."""

    name = "go"
    options: tuple[Option, ...] = (
        Option("go_module", "PATH", "Go module path without /vN, or . for the module around the output"),
    )
    # Measured: 375 MiB with four compilers at a time and nothing in the build cache.
    proving_memory = 512 * 1024**2
    section = sections.GoSection
    tools: tuple[str, ...] = ("go", *sections.PLUGINS)

    def needs(self, recipe: Recipe) -> tuple[Need, ...]:
        """See Language."""
        return needs.needs(recipe)

    def plan(self, request: Request) -> GoPlan:
        """See Language."""
        section = sections.load(request.recipe)
        wanted = request.settings.get("go_module") or section.module
        version = request.release.package_version
        enclosing = wanted == "."
        if enclosing:
            module = enclosing_path(request.out)
        else:
            module = naming.module_path(wanted or f"example.com/{request.recipe.name}", version)
        own = [file for file in request.outline.files if file.name not in request.well_known]
        packages = naming.packages(own, request.entry_points)
        parameters = ("paths=source_relative", *_mappings(packages, module), *_well_known(request))
        served = tuple(file.name for file in own if file.services)
        invocations = [
            Invocation("go", parameters, tuple(sorted(file.name for file in own)), "protoc-gen-go")
        ]
        if served:
            invocations.append(Invocation("go-grpc", parameters, tuple(sorted(served)), "protoc-gen-go-grpc"))
        return GoPlan(
            section=section,
            module=module,
            enclosing=enclosing,
            packages=packages,
            invocations=tuple(invocations),
            outputs=_outputs(packages),
            has_services=bool(served),
            remarks=_remarks(module, section, request, enclosing=enclosing),
        )

    def provide(self, request: Request, plan: GoPlan, toolbox: Toolbox) -> Provided:
        """See Language."""
        used = [invocation.plugin for invocation in plan.invocations]
        tools = {
            name: provide_plugin(toolbox, name, sections.PLUGINS[name], plan.section.tools[name])
            for name in used
        }
        if plan.enclosing:
            return Provided(tools)
        return Provided(tools, module_texts(plan.section, plan.module, toolbox, grpc=plan.has_services))

    def package(
        self, request: Request, plan: GoPlan, provided: Provided, generated: Mapping[str, bytes]
    ) -> dict[str, bytes]:
        """See Language."""
        tree = {plan.outputs[path]: content for path, content in generated.items()}
        tree |= {name: text.encode() for name, text in provided.texts.items()}
        tree |= {name: text.encode() for name, text in documents.render(request, plan, provided).items()}
        return tree

    def coordinates(self, package: Package[GoPlan]) -> tuple[Coordinates, ...]:
        """See Language."""
        return coordinates.coordinates(package)

    def build(self, package: Package[GoPlan], shop: Workshop, *, complete: bool) -> Artifacts:
        """See Language."""
        return artifacts.build(package, shop, complete=complete)

    def prove(self, package: Package[GoPlan], built: Artifacts, shop: Workshop) -> None:
        """See Language."""
        verify.prove(package, built, shop)


def enclosing_path(out: Path) -> str:
    """The import path of a folder inside a module, from the go.mod above it.

    Raises UsageError where there is none.
    """
    out = out.absolute()
    for folder in out.parents:
        go_mod = folder / "go.mod"
        if go_mod.is_file():
            match = re.search(r'^\s*module\s+"?([^\s"]+)"?', go_mod.read_text(encoding="utf-8"), re.MULTILINE)
            if match:
                return f"{match[1]}/{out.relative_to(folder).as_posix()}"
    raise UsageError(
        f"--go-module . needs a go.mod in a folder above {out}",
        where=str(out),
        remedy="run go mod init there first, or give --go-module PATH for a module of its own",
    )


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
        if file.name in request.well_known and _WELL_KNOWN.match(file.options.get("go_package", ""))
    ]


def _outputs(packages: tuple[naming.GoPackage, ...]) -> dict[str, str]:
    outputs = {}
    for package in packages:
        for proto, stem in naming.file_stems(package).items():
            written = proto.removesuffix(".proto")
            folder = f"{package.folder}/" if package.folder else ""
            for ending in (".pb.go", "_grpc.pb.go"):
                outputs[written + ending] = f"{folder}{stem}{ending}"
    return outputs


def _remarks(module: str, section: GoSection, request: Request, *, enclosing: bool) -> tuple[str, ...]:
    if enclosing:
        wanted = " ".join(f"{path}@{version}" for path, version in sorted(section.require.items()))
        return (f"in the module around it, run once: go get {wanted}",)
    if not request.settings.get("go_module") and module.startswith("example.com/"):
        return (f"{module} is a placeholder; replace it with --go-module PATH before you publish",)
    return ()
