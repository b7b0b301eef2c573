"""The Go language. Its parts are imported when they are used: every command asks for its options."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.languages.option import Option

if TYPE_CHECKING:
    from protogen.languages.base import Artifacts, Coordinates, Package, Provided, Request, Workshop
    from protogen.languages.go.plan import GoPlan
    from protogen.languages.go.section import GoSection
    from protogen.languages.toolchain.need import Need
    from protogen.languages.toolchain.toolbox import Toolbox
    from protogen.recipe.model import Recipe


class Go:
    """One module a release; a directory of protos is a package, cycles are merged, nothing is dropped."""

    name = "go"
    options: tuple[Option, ...] = (
        Option("go_module", "PATH", "Go module path without /vN, or . for the module around the output"),
    )
    # Measured: 375 MiB with four compilers at a time and nothing in the build cache.
    proving_memory = 512 * 1024**2
    tools: tuple[str, ...] = ("go", "protoc-gen-go", "protoc-gen-go-grpc")

    @property
    def section(self) -> type[GoSection]:
        """See Language."""
        from protogen.languages.go.section import GoSection

        return GoSection

    def needs(self, recipe: Recipe) -> tuple[Need, ...]:
        """See Language."""
        from protogen.languages.go import needs

        return needs.needs(recipe)

    def surroundings(self, recipe: Recipe, settings: Mapping[str, str], out: Path) -> str:
        """See Language: the import path, in the module around it."""
        from protogen.languages.go import planning

        return planning.check(settings, recipe.section("go", self.section), out)

    def plan(self, request: Request) -> GoPlan:
        """See Language."""
        from protogen.languages.go import planning

        return planning.plan(request)

    def provide(self, request: Request, plan: GoPlan, toolbox: Toolbox) -> Provided:
        """See Language."""
        from protogen.languages.base import Provided
        from protogen.languages.go import section as sections
        from protogen.languages.go.resolution import module_texts
        from protogen.languages.toolchain.go import provide_plugin

        used = [invocation.plugin for invocation in plan.invocations]
        tools = {
            name: provide_plugin(toolbox, name, sections.PLUGINS[name], plan.section.tools[name])
            for name in used
        }
        if plan.enclosing:
            return Provided(tools)
        return Provided(tools, module_texts(plan.requirements, plan.module, toolbox))

    def prefetch(self, recipe: Recipe, toolbox: Toolbox) -> None:
        """See Language: both plugins, and the module's requirements.

        One after the other: at once, each compiles Go's library for itself, and two processors take half
        as long again.
        """
        from protogen.languages.go import section as sections
        from protogen.languages.go.requirements import Requirements
        from protogen.languages.go.resolution import module_texts
        from protogen.languages.toolchain.go import PLACEHOLDER, provide_plugin

        section = sections.load(recipe)
        for name in [name for name in sections.PLUGINS if name not in toolbox.given]:
            provide_plugin(toolbox, name, sections.PLUGINS[name], section.tools[name])
        module_texts(Requirements.of(section, grpc=True), PLACEHOLDER, toolbox)

    def write(self, request: Request, plan: GoPlan, provided: Provided) -> dict[str, bytes]:
        """See Language."""
        from protogen.languages.go import documents

        texts = {**provided.texts, **documents.render(request, plan, provided)}
        return {name: text.encode() for name, text in texts.items()}

    def place(self, plan: GoPlan, generated: Mapping[str, bytes]) -> dict[str, bytes]:
        """See Language."""
        return {plan.outputs[path]: content for path, content in generated.items()}

    def coordinates(self, package: Package[GoPlan]) -> tuple[Coordinates, ...]:
        """See Language."""
        from protogen.languages.go import coordinates

        return coordinates.coordinates(package)

    def build(self, package: Package[GoPlan], shop: Workshop, *, complete: bool) -> Artifacts:
        """See Language."""
        from protogen.languages.go import artifacts

        return artifacts.build(package, shop, complete=complete)

    def prove(self, package: Package[GoPlan], built: Artifacts, shop: Workshop) -> None:
        """See Language."""
        from protogen.languages.go import verify

        verify.prove(package, built, shop)
