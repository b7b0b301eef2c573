"""A program outside that uses a Go module. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from protogen.languages.go import identifiers

if TYPE_CHECKING:
    from protogen.languages.base import Request
    from protogen.languages.go.plan import GoPlan

_DIRECTIVE = re.compile(r"^go (\d+\.\d+\S*)$", re.MULTILINE)


def directive(go_mod: str) -> str:
    """The lowest Go that a go.mod asks for; empty where it names none."""
    match = _DIRECTIVE.search(go_mod)
    return match[1] if match else ""


def go_mod(plan: GoPlan, version: str, lowest_go: str) -> str:
    """The go.mod of a program that requires the module and nothing else."""
    asked = f"go {lowest_go}\n\n" if lowest_go else ""
    return f"module consumer\n\n{asked}require {plan.module} {version}\n"


def main_go(plan: GoPlan, request: Request) -> str:
    """A program that imports every package, so that all registers itself, and makes the first stub."""
    paths = sorted({plan.module, *(package.import_path(plan.module) for package in plan.packages)})
    imports = [f'_ "{path}"' for path in paths]
    body = ""
    if stub := _first_stub(plan, request):
        path, function = stub
        imports.append(f'client "{path}"')
        body = f"_ = client.{function}(nil)"
    lines = "".join(f"\t{line}\n" for line in imports)
    return f"package main\n\nimport (\n{lines})\n\nfunc main() {{ {body} }}\n"


def _first_stub(plan: GoPlan, request: Request) -> tuple[str, str] | None:
    homes = {proto: package.import_path(plan.module) for package in plan.packages for proto in package.protos}
    for file in request.outline.files:
        for service in file.services:
            if file.name in homes:
                return homes[file.name], f"New{identifiers.camel_case(service.name)}Client"
    return None
