"""The texts of a Java package: pom.xml, README, LICENSE."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from protogen.languages import documents
from protogen.languages.java import common_protos
from protogen.languages.java.identifiers import method_name
from protogen.languages.java.pom import PomLicense, PomScm, by_key
from protogen.releases import package_versions

if TYPE_CHECKING:
    from protogen.languages.base import Provided, Request
    from protogen.languages.java.plan import JavaPlan
    from protogen.languages.java.pom import Pom

_CLASS = re.compile(r"@class\{([^{}\n]*)\}")


def render(request: Request, plan: JavaPlan, provided: Provided, protobuf: str) -> dict[str, str]:
    """The texts by path. protobuf: the version of protobuf-java to require."""
    facts = documents.facts(request, provided) | {
        "version": package_versions.maven(request.release.package_version),
        "group": plan.group,
        "artifact": plan.artifact,
        "prefix": plan.prefix,
        "pom": pom_facts(plan.pom, request),
        "protobuf": protobuf,
        "grpc": plan.section.grpc if plan.has_services else "",
        "plugins": dict(sorted(plan.section.plugins.items())),
        "packages": sorted({placement.package for placement in plan.placements.values()}),
        "resource": resource(request),
        "example": example(plan, request),
        "placeholder": plan.placeholder,
        "held_twice": plan.held_twice,
        "common_jar": common_protos.JAR,
    }
    environment = documents.templates(Path(__file__).with_name("templates"))
    names = {"README.md": "README.md.jinja", "pom.xml": "pom.xml.jinja"}
    texts = {path: environment.get_template(name).render(facts) for path, name in names.items()}
    return texts | documents.license_files(request)


def pom_facts(given: Pom, request: Request) -> dict[str, Any]:
    """What the pom.xml says of the project, by its own names: what the user gives, else the recipe.

    Every key of a license, a developer and the repository is there, empty where nothing is known.
    """
    known = (PomLicense(request.recipe.license),) if request.recipe.license else ()
    return {
        "name": given.name or f"{request.recipe.title} client",
        "url": given.url,
        "licenses": [by_key(each) for each in given.licenses or known],
        "developers": [by_key(each) for each in given.developers],
        "scm": by_key(given.scm) if given.scm != PomScm() else {},
    }


def resource(request: Request) -> str:
    """Where the descriptor set lies on the class path."""
    return f"META-INF/descriptors/{request.recipe.name}.binpb"


def example(plan: JavaPlan, request: Request) -> str:
    """A program that makes a call; empty where there are no RPCs.

    The recipe's own if the release has all classes that it names, else one for the first plain RPC.
    """
    named = {name: java_class(plan, request, name) for name in _CLASS.findall(plan.section.example)}
    if plan.section.example and all(named.values()):
        return _CLASS.sub(lambda match: named[match[1]], plan.section.example).strip()
    for file in request.outline.files:
        for service in file.services if file.name in plan.placements else ():
            for method in service.methods:
                message = java_class(plan, request, method.input)
                if message and not method.client_streaming and not method.server_streaming:
                    stub = plan.placements[file.name].service(service.name)
                    return _program(stub, method_name(method.name), message)
    return ""


def java_class(plan: JavaPlan, request: Request, name: str) -> str:
    """The Java class of a message, enum or service by its full proto name; empty where there is none."""
    for file in request.outline.files:
        prefix = f"{file.package}." if file.package else ""
        own = name.removeprefix(prefix)
        if file.name in plan.placements and name.startswith(prefix):
            if own.split(".")[0] in {type_.name for type_ in file.types}:
                return plan.placements[file.name].message(own)
            if own in {service.name for service in file.services}:
                return plan.placements[file.name].service(own)
    return ""


def _program(stub: str, method: str, message: str) -> str:
    return f"""\
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;

public final class Example {{
  public static void main(String[] arguments) {{
    ManagedChannel channel = ManagedChannelBuilder.forAddress("localhost", 8500).usePlaintext().build();
    try {{
      System.out.println({stub}.newBlockingStub(channel)
          .{method}({message}.getDefaultInstance()));
    }} finally {{
      channel.shutdownNow();
    }}
  }}
}}"""
