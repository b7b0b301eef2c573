"""The texts of a Go package: doc.go, README, LICENSE."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.languages import documents
from protogen.languages.go import consumer, identifiers
from protogen.languages.go.section import PROTOBUF
from protogen.releases import package_versions

if TYPE_CHECKING:
    from protogen.languages.base import Provided, Request
    from protogen.languages.go.naming import GoPackage
    from protogen.languages.go.plan import GoPlan

_IMPORT = re.compile(r"@import\{([^{}\n]*)\}")


def render(request: Request, plan: GoPlan, provided: Provided) -> dict[str, str]:
    """The texts by path."""
    root = next((package for package in plan.packages if not package.folder), None)
    facts = documents.facts(request, provided) | {
        "module": plan.module,
        "go": consumer.directive(provided.texts.get("go.mod", "")) or plan.section.go,
        "module_version": package_versions.go(request.release.package_version),
        "enclosing": plan.enclosing,
        "package": root.name if root else re.sub(r"[-_]", "", request.recipe.name),
        "packages": [
            {"path": package.import_path(plan.module), "name": package.name} for package in plan.packages
        ],
        "example": example(plan, request),
        "placeholder": plan.module.startswith("example.com/") and not request.settings.get("go_module"),
        "externals": plan.externals,
        "carried": plan.carried,
        "protobuf": plan.section.require[PROTOBUF],
    }
    environment = documents.templates(Path(__file__).with_name("templates"))
    names = {"README.md": "README.md.jinja", "doc.go": "doc.go.jinja"}
    texts = {path: environment.get_template(name).render(facts) for path, name in names.items()}
    return texts | documents.license_files(request)


def example(plan: GoPlan, request: Request) -> str:
    """A program that makes a call: the recipe's own, else one for the first plain RPC; empty without RPCs."""
    paths = {proto.rpartition("/")[0]: package for package in plan.packages for proto in package.protos}

    def import_path(match: re.Match[str]) -> str:
        package = paths.get(match[1])
        return package.import_path(plan.module) if package else match[0]

    if plan.section.example:
        return _IMPORT.sub(import_path, plan.section.example).strip()
    return _first_call(plan, request)


def _first_call(plan: GoPlan, request: Request) -> str:
    packages = {proto: package for package in plan.packages for proto in package.protos}
    for file in request.outline.files:
        for service in file.services:
            for method in service.methods:
                declaring = request.outline.file_of(method.input)
                if method.client_streaming or method.server_streaming or not declaring:
                    continue
                if file.name not in packages or declaring.name not in packages:
                    continue
                prefix = f"{declaring.package}." if declaring.package else ""
                message = identifiers.camel_case(method.input.removeprefix(prefix))
                return _program(
                    plan.module,
                    packages[file.name],
                    service.name,
                    method.name,
                    packages[declaring.name],
                    message,
                )
    return ""


def _program(module: str, home: GoPackage, service: str, method: str, types: GoPackage, message: str) -> str:
    imports = {f'client "{home.import_path(module)}"', f'types "{types.import_path(module)}"'}
    name = "types"
    if home == types:
        imports, name = {f'client "{home.import_path(module)}"'}, "client"
    lines = "\n".join(f"\t{line}" for line in sorted(imports))
    return f"""\
package main

import (
\t"context"
\t"log"

{lines}
\t"google.golang.org/grpc"
\t"google.golang.org/grpc/credentials/insecure"
)

func main() {{
\tconn, err := grpc.NewClient("localhost:8500", grpc.WithTransportCredentials(insecure.NewCredentials()))
\tif err != nil {{
\t\tlog.Fatal(err)
\t}}
\tdefer conn.Close()
\tstub := client.New{identifiers.camel_case(service)}Client(conn)
\treply, err := stub.{identifiers.camel_case(method)}(context.Background(), &{name}.{message}{{}})
\tlog.Println(reply, err)
}}"""
