"""Whether a Python project serves a consumer: checked, installed and used in an environment of its own."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.errors import ToolFailed
from protogen.languages.python.artifacts import PROGRAMS, TOOLS, run_step
from protogen.languages.python.names import method_attribute, service_names
from protogen.languages.python.renaming import python_path
from protogen.languages.toolchain.python import (
    isolated,
    pip_of,
    provide_modules,
    provide_wheels,
    run_isolated,
)

if TYPE_CHECKING:
    from protogen.languages.base import Artifacts, Package, Request, Workshop
    from protogen.languages.python.plan import PythonPlan


# pip's own files would choose other indexes than the folder of wheels.
_NO_SETTINGS = {"PIP_CONFIG_FILE": "/dev/null", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def prove(package: Package[PythonPlan], built: Artifacts, shop: Workshop) -> None:
    """See Language.prove."""
    plan = package.plan
    modules = provide_modules(shop.toolbox, TOOLS)
    wheels = provide_wheels(shop.toolbox, modules, requirements(plan), shop.folder)
    files = [str(path) for path in built.files.values()]
    (wheel,) = (file for file in files if file.endswith(".whl"))
    twine = [*isolated(PROGRAMS / "run_module.py"), str(modules), "twine"]
    run_step("twine check --strict", [*twine, "check", "--strict", *files], shop)
    python = _environment(shop)
    pip = pip_of(modules, str(python))
    install = ["install", "--no-input", "--no-index", "--find-links", str(wheels), wheel]
    run_step("installing the wheel", [*pip, *install], shop, _NO_SETTINGS)
    run_step("pip check", [*pip, "check"], shop, _NO_SETTINGS)
    expected = shop.folder / "expected.json"
    expected.write_text(json.dumps(expectations(plan, package.request), indent=2), encoding="utf-8")
    run_step("importing", [str(python), "-I", str(PROGRAMS / "consume.py"), str(expected)], shop)


def requirements(plan: PythonPlan) -> list[str]:
    """What the package requires, as its pyproject.toml says."""
    services = [f"grpcio>={plan.section.grpcio}"] if plan.has_services else []
    return [*services, f"protobuf>={plan.section.protobuf}"]


def expectations(plan: PythonPlan, request: Request) -> dict[str, object]:
    """What the program `consume.py` is told of the package."""
    return {
        "package": plan.package,
        "distribution": plan.distribution,
        "version": plan.version,
        "python": plan.section.python,
        "calls": _calls(plan, request),
    }


def _calls(plan: PythonPlan, request: Request) -> list[dict[str, str]]:
    """The first RPC of each service that has one: its stub and its request, by module."""
    calls = []
    for file in request.outline.files:
        for service in file.services:
            for method in service.methods[:1]:
                declaring = request.outline.file_of(method.input)
                assert declaring, "the set is closed"
                calls.append(
                    {
                        "module": f"{plan.modules[file.name]}_grpc",
                        "stub": service_names(service.name, [each.name for each in file.services])[0],
                        "method": method_attribute(method.name, [each.name for each in service.methods]),
                        "message_module": plan.modules[declaring.name],
                        "message": python_path(
                            method.input[len(declaring.package) + bool(declaring.package) :],
                            plan.renamings.get(declaring.name, {}),
                        ),
                    }
                )
    return calls


def _environment(shop: Workshop) -> Path:
    """A new environment without anything; its interpreter."""
    folder = shop.folder / "consumer"
    argv = [sys.executable, "-I", "-m", "venv", "--without-pip", str(folder)]
    done = run_isolated(shop.toolbox, argv, shop.folder, {})
    if done.returncode != 0:
        raise ToolFailed(
            f"no environment for the proof: {done.words}",
            where=str(folder),
            remedy="install Python's venv module by the system's package manager",
        )
    return folder / "bin" / "python"
