"""The Java language. Its parts are imported when they are used: every command asks for its options."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.languages.option import Option

if TYPE_CHECKING:
    from protogen.languages.base import Artifacts, Coordinates, Package, Provided, Request, Workshop
    from protogen.languages.java.plan import JavaPlan
    from protogen.languages.java.pom import Pom
    from protogen.languages.java.section import JavaSection
    from protogen.languages.toolchain.need import Need
    from protogen.languages.toolchain.toolbox import Toolbox
    from protogen.recipe.model import Recipe


def _pom() -> type[Pom]:
    from protogen.languages.java.pom import Pom

    return Pom


class Java:
    """One Maven project a release; upstream's names stay wherever they can."""

    name = "java"
    options: tuple[Option, ...] = (
        Option("java_group", "GROUP", "Maven group of the Java package"),
        Option("java_artifact", "NAME", "Maven artifact of the Java package"),
        Option("java_package", "PREFIX", "Java package to put before all others, beside other copies"),
        Option("java_pom", "", "What Maven Central wants to know of a project", _pom),
    )
    proving_memory = 1200 * 1024**2
    tools: tuple[str, ...] = ("mvn", "protoc", "protoc-gen-grpc-java")

    @property
    def section(self) -> type[JavaSection]:
        """See Language."""
        from protogen.languages.java.section import JavaSection

        return JavaSection

    def needs(self, recipe: Recipe) -> tuple[Need, ...]:
        """See Language."""
        from protogen.languages.java import needs

        return needs.needs(recipe)

    def surroundings(self, recipe: Recipe, settings: Mapping[str, str], out: Path) -> str:
        """See Language: nothing."""
        from protogen.languages.java import planning

        planning.check(settings, recipe)
        return ""

    def plan(self, request: Request) -> JavaPlan:
        """See Language."""
        from protogen.languages.java import planning

        return planning.plan(request)

    def provide(self, request: Request, plan: JavaPlan, toolbox: Toolbox) -> Provided:
        """See Language."""
        from protogen.languages.base import Provided
        from protogen.languages.java import needs
        from protogen.languages.toolchain.maven import provide_executables

        wanted = needs.executables(plan.section, grpc=plan.has_services)
        return Provided(provide_executables(toolbox, wanted, plan.section.plugins["maven-dependency-plugin"]))

    def prefetch(self, recipe: Recipe, toolbox: Toolbox) -> None:
        """See Language: both generators, where none is given."""
        from protogen.languages.java import needs
        from protogen.languages.java import section as sections
        from protogen.languages.toolchain.maven import provide_executables

        section = sections.load(recipe)
        wanted = needs.executables(section, grpc=True)
        if not toolbox.given.keys() & {each.artifact for each in wanted}:
            provide_executables(toolbox, wanted, section.plugins["maven-dependency-plugin"])

    def write(self, request: Request, plan: JavaPlan, provided: Provided) -> dict[str, bytes]:
        """See Language. It reads the descriptor set."""
        from protogen.languages.documents import license_files
        from protogen.languages.java import documents
        from protogen.languages.java.runtimes import runtime
        from protogen.languages.java.section import PROTOC

        protobuf = runtime(plan.section.protobuf, provided.tools[PROTOC].version)
        texts = documents.render(request, plan, provided, protobuf)
        tree = {name: text.encode() for name, text in texts.items()}
        inside = {f"META-INF/{name}": text.encode() for name, text in license_files(request).items()}
        inside[documents.resource(request)] = request.descriptor_set.read_bytes()
        return tree | {f"src/main/resources/{path}": content for path, content in inside.items()}

    def place(self, plan: JavaPlan, generated: Mapping[str, bytes]) -> dict[str, bytes]:
        """See Language."""
        return {f"src/main/java/{path}": content for path, content in generated.items()}

    def coordinates(self, package: Package[JavaPlan]) -> tuple[Coordinates, ...]:
        """See Language."""
        from protogen.languages.java import coordinates

        return coordinates.coordinates(package)

    def build(self, package: Package[JavaPlan], shop: Workshop, *, complete: bool) -> Artifacts:
        """See Language."""
        from protogen.languages.java import artifacts

        return artifacts.build(package, shop, complete=complete)

    def prove(self, package: Package[JavaPlan], built: Artifacts, shop: Workshop) -> None:
        """See Language."""
        from protogen.languages.java import verify

        verify.prove(package, built, shop)
