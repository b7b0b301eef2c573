"""The project around the modules: what its templates show, and what the package's root offers."""

from __future__ import annotations

import re
from pathlib import Path

from protogen.languages import documents, kit
from protogen.languages.package import Installed, Request
from protogen.languages.python import neighbours
from protogen.languages.python.names import method_attribute, service_names
from protogen.languages.python.naming import POOL, POOL_NAME, RENAMING
from protogen.languages.python.planning import PythonPlan
from protogen.languages.python.renaming import python_path

_BROWSABLE = re.compile(r"https?://[^\s\"\\\x00-\x1f\x7f]+")
_EXAMPLES_OWN = frozenset({"asyncio", "channel", "grpc", "main", "print"})
KIT = "client"
"""The package in the import package that has the kit of a recipe."""
_FOLDER = Path(__file__).with_name("templates")
# The license of google's own protos, which protoc brings along.
_PROTOBUF_LICENSE = ("LICENSE.protobuf", "BSD-3-Clause")


def root_module(plan: PythonPlan, *, has_kit: bool) -> dict[str, str]:
    """The files at the root of the import package: its lazy names, the pool, the mark of types."""
    facts = {
        "package": plan.package,
        "distribution": plan.name,
        "version": plan.version,
        "protobuf": plan.section.protobuf,
        "pool_module": POOL,
        "pool_name": POOL_NAME,
        "exports": plan.exports,
        "subpackages": [KIT] if has_kit and KIT not in plan.exports else [],
    }
    names = ["__init__.py", "__init__.pyi", f"{POOL}.py"]
    if plan.renamings:
        names.append(f"{RENAMING}.py")
    return documents.render(_FOLDER, facts, names) | {"py.typed": ""}


def project_files(
    request: Request, plan: PythonPlan, installed: Installed, kit_example: str = ""
) -> dict[str, str]:
    """The files beside the import package. kit_example: a program that makes a call by the kit."""
    licenses = documents.license_files(request)
    identifiers = [request.recipe.license] if request.recipe.license else []
    if request.well_known:
        licenses[_PROTOBUF_LICENSE[0]] = (_FOLDER / _PROTOBUF_LICENSE[0]).read_text(encoding="utf-8")
        identifiers.append(_PROTOBUF_LICENSE[1])
    facts = documents.facts(request, installed) | {
        "package": plan.package,
        "distribution": plan.name,
        "version": plan.version,
        "floors": plan.section,
        "has_services": plan.has_services,
        "license": " AND ".join(identifiers) if request.recipe.license else "",
        "license_files": sorted(licenses),
        "pool_name": POOL_NAME,
        "urls": project_urls(request),
        "modules": [
            {"proto": proto, "module": f"{plan.package}.{module}"} for proto, module in plan.modules.items()
        ],
        "own_folders": sorted({module.split(".")[0] for module in plan.modules.values()} - {"google"}),
        "well_known": sorted(request.well_known),
        "neighbours": neighbours.of(plan.modules),
        "wrappers": plan.modules.get("google/protobuf/wrappers.proto"),
        "exports": plan.exports,
        "renamed": _renamed(request, plan),
        "kit_example": kit_example,
        "example": example(plan, request),
        "asyncio": first_call("asyncio_example.py", plan, request),
    }
    return documents.render(_FOLDER, facts, ("pyproject.toml", "README.md")) | licenses


def _renamed(request: Request, plan: PythonPlan) -> list[tuple[str, str]]:
    """What has another name in Python, with it, by paths as a file declares them."""
    found = {
        (path, python_path(path, renamed))
        for renamed in plan.renamings.values()
        for path, name in renamed.items()
        if name not in ("", path.rpartition(".")[2])
    }
    for file in request.outline.files:
        for service in file.services:
            siblings = [each.name for each in service.methods]
            for method in siblings:
                attribute = method_attribute(method, siblings)
                if attribute != method:
                    found.add((f"{service.name}.{method}", f"{service.name}.{attribute}"))
    return sorted(found)


def project_urls(request: Request) -> dict[str, str]:
    """Where the protos can be looked at, by repository; only addresses that a browser takes."""
    places = {each.name: documents.public_place(each) for each in request.release.repositories if each.commit}
    return {name: url for name, url in sorted(places.items()) if _BROWSABLE.fullmatch(url)}


def module_of(plan: PythonPlan, proto: str) -> str:
    """The module of a proto; the import package for none; empty for one that there isn't."""
    if not proto:
        return plan.package
    return f"{plan.package}.{plan.modules[proto]}" if proto in plan.modules else ""


def example(plan: PythonPlan, request: Request) -> str:
    """A program that makes a call: the recipe's own, else one for the first plain RPC; empty without RPCs."""
    if plan.section.example:
        own = kit.filled_in(
            plan.section.example, lambda kind, name: module_of(plan, name) if kind == "module" else ""
        )
        return own.strip()
    return first_call("example.py", plan, request)


def first_call(template: str, plan: PythonPlan, request: Request) -> str:
    """A program for the first RPC, entry points first, that takes and gives one message; else empty."""
    call = next(documents.plain_calls(request.outline, plan.modules, request.entry_points), None)
    if not call:
        return ""
    message = python_path(call.message, plan.renamings.get(call.declaring.name, {}))
    top, dot, nested = message.partition(".")
    stub = service_names(call.service.name, [each.name for each in call.file.services])[0]
    # What the example calls something else can't be a message's name in it.
    local = f"{top}Message" if top in {*_EXAMPLES_OWN, stub} else top
    used = [
        (top, plan.modules[call.declaring.name], local),
        (stub, f"{plan.modules[call.file.name]}_grpc", stub),
    ]
    lines: dict[str, list[str]] = {}
    for name, module, called in sorted(used):
        home = plan.package if plan.exports.get(name) == module else f"{plan.package}.{module}"
        lines.setdefault(home, []).append(name if called == name else f"{name} as {called}")
    facts = {
        "imports": [f"from {home} import {', '.join(names)}" for home, names in lines.items()],
        "stub": stub,
        "method": method_attribute(call.method.name, [each.name for each in call.service.methods]),
        "message": f"{local}{dot}{nested}",
    }
    return documents.render(_FOLDER, facts, [template])[template].strip()
