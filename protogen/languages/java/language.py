"""The Java language: plan, tools, package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protogen.languages.base import Invocation, Option, Provided
from protogen.languages.java import artifacts, coordinates, documents, naming, needs, pom, verify
from protogen.languages.java import section as sections
from protogen.languages.java.identifiers import check_coordinate, check_package, identifier
from protogen.languages.java.plan import JavaPlan
from protogen.languages.java.runtimes import runtime
from protogen.languages.java.section import GRPC_PLUGIN, PROTOC
from protogen.toolchain.maven import provide_executables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from protogen.languages.base import Artifacts, Coordinates, Package, Request, Workshop
    from protogen.recipe import Recipe
    from protogen.toolchain.need import Need
    from protogen.toolchain.toolbox import Toolbox

_GROUP = "com.example"


class Java:
    """One Maven project a release; upstream's names stay wherever they can."""

    name = "java"
    options: tuple[Option, ...] = (
        Option("java_group", "GROUP", "Maven group of the Java package"),
        Option("java_artifact", "NAME", "Maven artifact of the Java package"),
        Option("java_package", "PREFIX", "Java package to put before all others, beside other copies"),
        Option(pom.KEY, "", "What Maven Central wants to know of a project", pom.Pom),
    )
    proving_memory = 1200 * 1024**2
    section = sections.JavaSection
    tools: tuple[str, ...] = ("mvn", *sections.TOOLS)

    def needs(self, recipe: Recipe) -> tuple[Need, ...]:
        """See Language."""
        return needs.needs(recipe)

    def plan(self, request: Request) -> JavaPlan:
        """See Language."""
        section = sections.load(request.recipe)
        settings = request.settings
        group = settings.get("java_group") or section.group or _GROUP
        artifact = settings.get("java_artifact") or section.artifact or request.recipe.name
        prefix = settings.get("java_package", "")
        files = [file for file in request.outline.files if file.name not in request.well_known]
        placed = naming.placements(
            files,
            identifier(request.recipe.name.lower()),
            check_package(prefix) if prefix else "",
        )
        names = tuple(sorted(file.name for file in files))
        served = tuple(sorted(file.name for file in files if file.services))
        invocations = [Invocation("java", (), names, protoc=PROTOC)]
        if served:
            # No annotation: javax.annotation left the JDK with Java 11.
            invocations.append(Invocation("grpc-java", ("@generated=omit",), served, GRPC_PLUGIN, PROTOC))
        return JavaPlan(
            section=section,
            group=check_coordinate("--java-group", group, _GROUP),
            artifact=check_coordinate("--java-artifact", artifact, request.recipe.name),
            prefix=prefix,
            placements=placed,
            patches=naming.patches(files, placed),
            invocations=tuple(invocations),
            has_services=bool(served),
            pom=pom.read(settings),
            remarks=_remarks(group),
        )

    def provide(self, request: Request, plan: JavaPlan, toolbox: Toolbox) -> Provided:
        """See Language."""
        wanted = needs.executables(plan.section, grpc=plan.has_services)
        return Provided(provide_executables(toolbox, wanted, plan.section.plugins["maven-dependency-plugin"]))

    def package(
        self, request: Request, plan: JavaPlan, provided: Provided, generated: Mapping[str, bytes]
    ) -> dict[str, bytes]:
        """See Language. It reads the descriptor set."""
        tree = {f"src/main/java/{path}": content for path, content in generated.items()}
        tree[f"src/main/resources/{documents.resource(request)}"] = request.descriptor_set.read_bytes()
        protobuf = runtime(plan.section.protobuf, provided.tools[PROTOC].version)
        texts = documents.render(request, plan, provided, protobuf)
        tree |= {name: text.encode() for name, text in texts.items()}
        licenses = [name for name in texts if name.startswith("LICENSE")]
        return tree | {f"src/main/resources/META-INF/{name}": tree[name] for name in licenses}

    def coordinates(self, package: Package[JavaPlan]) -> tuple[Coordinates, ...]:
        """See Language."""
        return coordinates.coordinates(package)

    def build(self, package: Package[JavaPlan], shop: Workshop, *, complete: bool) -> Artifacts:
        """See Language."""
        return artifacts.build(package, shop, complete=complete)

    def prove(self, package: Package[JavaPlan], built: Artifacts, shop: Workshop) -> None:
        """See Language."""
        verify.prove(package, built, shop)


def _remarks(group: str) -> tuple[str, ...]:
    if group != _GROUP:
        return ()
    return (
        f"the Maven group {group} is a placeholder; replace it with --java-group GROUP before you publish",
    )
