"""Java: what a language is asked, answered by planning, naming and the proof beside this module."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from protogen.languages import documents, kit
from protogen.languages.base import Language
from protogen.languages.build_dir import BuildDir
from protogen.languages.java import JAVA, naming, planning, pom
from protogen.languages.java.identifiers import Placement, method_name, package_name
from protogen.languages.java.planning import COMMON_JAR, JavaPlan
from protogen.languages.java.section import PROTOC, TOOLS, JavaSection, printed, runtime
from protogen.languages.package import Artifacts, Coordinates, Installed, Package, Request
from protogen.languages.toolchain.maven import MAVEN
from protogen.languages.toolchain.toolbox import Tool
from protogen.recipe.model import Recipe

_EXAMPLES = Path(__file__).with_name("examples")
_PUBLIC = re.compile(r"public\s+(?:final\s+)?class\s+(\w+)")


class Java(Language[JavaSection, JavaPlan]):
    """One Maven project a release; upstream's names stay wherever they can."""

    entry = JAVA
    title = "Java"
    ecosystem = "maven"
    client = MAVEN
    section = JavaSection
    fixed = ("tools", "plugins")
    generated_folder = "src/main/java/"
    placeholders = ("class", "package")
    proving_memory = 1200 * 1024**2

    def version(self, version: str) -> str:
        """With `alpha` before a word that Maven would sort after the release."""
        return naming.maven_version(version)

    def refusal(self, version: str) -> str:
        """A snapshot is no release."""
        return naming.version_refusal(version)

    def registry_refusal(self, version: str) -> str:
        """Maven looks for a snapshot by a list of its builds, and again each day."""
        return naming.version_refusal(version)

    def tools(self, section: JavaSection) -> tuple[Tool, ...]:
        """Both generators. The one for stubs doesn't tell its version."""
        prints = {PROTOC: printed(section.tools[PROTOC])}
        return tuple(
            Tool(
                name,
                section.tools[name],
                MAVEN,
                package,
                prints.get(name, ""),
                section.plugins["maven-dependency-plugin"],
                hashes=self.pins.hashes,
            )
            for name, package in TOOLS.items()
        )

    def cache_inputs(self, recipe: Recipe, settings: Mapping[str, str], out: Path) -> str:
        """Nothing."""
        self.read(recipe)
        planning.check(settings)
        return ""

    def plan(self, request: Request) -> JavaPlan:
        """See planning."""
        return planning.plan(request, self.raised(self.read(request.recipe), request.outline))

    def facts(self, request: Request, plan: JavaPlan, installed: Installed) -> dict[str, Any]:
        """What README.md, pom.xml and the consumer's project show."""
        return {
            "version": plan.version,
            "group": plan.group,
            "artifact": plan.name,
            "prefix": plan.prefix,
            "pom": pom.facts(plan.pom, request),
            "protobuf": runtime(plan.section.protobuf, installed.tools[PROTOC].version),
            "grpc": plan.section.grpc if plan.has_services else "",
            "plugins": dict(sorted(plan.section.plugins.items())),
            "packages": sorted({placement.package for placement in plan.placements.values()}),
            "resource": resource(request),
            "example": example(plan, request),
            "placeholder": plan.placeholder,
            "held_twice": plan.held_twice,
            "requires": requires(plan),
            "externals": plan.externals,
            "common_jar": COMMON_JAR,
        }

    def write(self, request: Request, plan: JavaPlan, installed: Installed) -> dict[str, bytes]:
        """The templates; licenses and the descriptor set are in the jar as well."""
        inside = {
            f"META-INF/{name}": text.encode() for name, text in documents.license_files(request).items()
        }
        inside[resource(request)] = request.descriptor_set.read_bytes()
        resources = {f"src/main/resources/{path}": content for path, content in inside.items()}
        return super().write(request, plan, installed) | resources

    def stands_for(self, kind: str, name: str, request: Request, plan: JavaPlan) -> str:
        """`@class{NAME}` for a message, enum or service, and the kit's own package as `@package{}`."""
        if (kind, name) == ("package", ""):
            return kit_package(plan, request)
        return java_class(plan, request, name) if kind == "class" else ""

    def kit_folder(self, request: Request, plan: JavaPlan) -> str:
        """A package of its own."""
        return f"{self.generated_folder}{kit_package(plan, request).replace('.', '/')}/"

    def coordinates(self, package: Package[JavaPlan]) -> tuple[Coordinates, ...]:
        """The artifact, then those that its pom.xml requires."""
        plan = package.plan
        protobuf = runtime(plan.section.protobuf, package.installed.tools[PROTOC].version)
        grpc = ("grpc-netty-shaded", "grpc-protobuf", "grpc-stub") if plan.has_services else ()
        return (
            Coordinates(self.ecosystem, plan.group, plan.name, plan.version),
            Coordinates(self.ecosystem, "com.google.protobuf", "protobuf-java", protobuf),
            *(Coordinates(self.ecosystem, "io.grpc", jar, plan.section.grpc) for jar in grpc),
            *(Coordinates(self.ecosystem, *each) for each in requires(plan)),
        )

    def build(self, package: Package[JavaPlan], build_dir: BuildDir, *, complete: bool) -> Artifacts:
        """Jars and pom.xml in the layout of a Maven repository."""
        from protogen.languages.java import proof

        return proof.build(package, build_dir, complete=complete)

    def prove(self, package: Package[JavaPlan], built: Artifacts, build_dir: BuildDir) -> None:
        """Require the artifact in a Maven project, and load every class of it."""
        from protogen.languages.java import proof

        repository = (build_dir.folder / proof.REPOSITORY).as_uri()
        proof.prove(package, self.consumer(package, repository), build_dir)

    def consumer(self, package: Package[JavaPlan], repository: str) -> dict[str, str]:
        """A project that requires the package. repository: the URL of what holds it."""
        request, plan = package.request, package.plan
        more = {"repository": repository, **used(plan, request)}
        texts = self.rendered("consumer", request, plan, package.installed, **more)
        return texts | example_files(example(plan, request), self.kit_example(request, plan))


def requires(plan: JavaPlan) -> list[tuple[str, str, str]]:
    """The jars that serve what isn't generated: group, artifact and version."""
    jars = ((jar.partition(":"), version) for jar, version in sorted(plan.requires.items()))
    return [(group, artifact, version) for (group, _, artifact), version in jars]


def resource(request: Request) -> str:
    """Where the descriptor set lies on the class path."""
    return f"META-INF/descriptors/{request.recipe.name}.binpb"


def example(plan: JavaPlan, request: Request) -> str:
    """A program that makes a call; empty where there are no RPCs.

    The recipe's own if the release has all classes that it names, else one for the first plain RPC.
    """

    def stands_for(kind: str, name: str) -> str:
        return java_class(plan, request, name) if kind == "class" else ""

    if plan.section.example and not kit.unknown(plan.section.example, stands_for):
        return kit.filled_in(plan.section.example, stands_for).strip()
    call = next(documents.plain_calls(request.outline, plan.placements), None)
    if not call:
        return ""
    facts = {
        "stub": plan.placements[call.file.name].service(call.service.name),
        "method": method_name(call.method.name),
        "message": plan.placements[call.declaring.name].message(call.message),
    }
    return documents.render(_EXAMPLES, facts)["Example.java"].strip()


def kit_package(plan: JavaPlan, request: Request) -> str:
    """The Java package of a recipe's kit: by the recipe's name, below the prefix where the user gives one."""
    own = package_name(f"{request.recipe.name.replace('-', '.').replace('_', '.')}.client")
    return f"{plan.prefix}.{own}" if plan.prefix else own


def example_files(by_stubs: str, by_kit: str) -> dict[str, str]:
    """The README's examples as files of a project; none of one that declares no class.

    The kit's has a package of its own, so that both may be called the same.
    """
    found = {}
    for text, folder, first in ((by_stubs, "", ""), (by_kit, "by_kit/", "package by_kit;\n\n")):
        if declared := _PUBLIC.search(text):
            found[f"src/main/java/{folder}{declared[1]}.java"] = f"{first}{text}\n"
    return found


def java_class(plan: JavaPlan, request: Request, name: str) -> str:
    """The Java class of a message, enum or service by its full proto name; empty where there is none.

    What a published jar serves has its class there, where the package requires the jar.
    """
    files = {file.name: file for file in request.outline.files}
    served = {
        each.proto: planning.published(each, files[each.proto])
        for each in plan.externals
        if each.package in plan.requires
    }
    return _class({**served, **plan.placements}, request, name)


def _class(placements: Mapping[str, Placement], request: Request, name: str) -> str:
    for file in request.outline.files:
        prefix = f"{file.package}." if file.package else ""
        own = name.removeprefix(prefix)
        if file.name in placements and name.startswith(prefix):
            if own.split(".")[0] in {type_.name for type_ in file.types}:
                return placements[file.name].message(own)
            if own in {service.name for service in file.services}:
                return placements[file.name].service(own)
    return ""


def used(plan: JavaPlan, request: Request) -> dict[str, tuple[str, ...]]:
    """The classes of messages and those that make stubs: all services', and the messages of their methods.

    Where there is no such message, the first of all.
    """
    files = [file for file in request.outline.files if file.name in plan.placements]
    services = [(file, service) for file in files for service in file.services]
    stubs = tuple(plan.placements[file.name].service(service.name) for file, service in services)
    names = [
        name
        for _, service in services
        for method in service.methods
        for name in (method.input, method.output)
    ]
    messages = list(dict.fromkeys(filter(None, (_class(plan.placements, request, name) for name in names))))
    if not messages:
        messages = [
            plan.placements[file.name].message(type_.name)
            for file in files
            for type_ in file.types
            if type_.kind == "message"
        ][:1]
    return {"messages": tuple(messages), "stubs": stubs}
