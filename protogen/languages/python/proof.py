"""What a registry takes of a Python project, and whether it serves: in an environment of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from protogen.errors import ToolFailed
from protogen.languages import documents
from protogen.languages.build_dir import BuildDir
from protogen.languages.package import Artifacts, Package, Request
from protogen.languages.python import neighbours
from protogen.languages.python.names import method_attribute, service_names
from protogen.languages.python.planning import PythonPlan
from protogen.languages.python.renaming import python_path
from protogen.languages.toolchain.python import (
    complaint,
    isolated,
    pip_of,
    provide_modules,
    provide_wheels,
    run_isolated,
)
from protogen.languages.toolchain.remedies import barred, failed
from protogen.system.archives import DATE

# hatchling, twine and pip with all that these need, each file by its hash: installed without resolving
# anything, so that the same protogen writes the same bytes tomorrow. Made by tools/refresh_pins.py.
TOOLS = Path(__file__).with_name("tools.txt")
PROGRAMS = Path(__file__).with_name("programs")
_DATE = {"SOURCE_DATE_EPOCH": str(DATE)}
# pip's own files would choose other indexes than the folder of wheels.
_NO_SETTINGS = {"PIP_CONFIG_FILE": "/dev/null", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
# The backend takes the ignore file of a work tree around into the sdist; it looks no further than these.
_BORDERS = (".git", ".hg")


def build(package: Package[PythonPlan], build_dir: BuildDir) -> Artifacts:
    """The sdist, and the wheel made of it, which shows that the sdist is whole."""
    modules = provide_modules(build_dir.toolbox, TOOLS)
    project = build_dir.write("project", package.files)
    for name in _BORDERS:
        (project / name).mkdir()
    dist, unpacked = build_dir.write("dist", {}), build_dir.write("unpacked", {})
    arguments = [str(path) for path in (modules, project, dist, unpacked)]
    program = [*isolated(PROGRAMS / "build.py"), *arguments]
    run_step("building the sdist and the wheel", program, build_dir, _DATE)
    return Artifacts({path.name: path for path in sorted(dist.iterdir())})


def run_step(
    step: str, argv: Sequence[str], build_dir: BuildDir, extra: Mapping[str, str] | None = None
) -> None:
    """Run a command in the BuildDir; it needs no network, and gets no settings for one.

    Raises VerificationFailed with its own words where it fails, ToolMissing, ToolFailed.
    """
    done = run_isolated(build_dir.toolbox, argv, build_dir.folder, extra or {})
    if done.returncode != 0:
        # twine and `pip check` print what they find, pip and the backend what went wrong.
        printed = replace(done, stderr=done.stdout + b"\n" + done.stderr).message
        message = f"python: {step} failed: {complaint(printed)}"
        raise barred(printed) or failed(message, argv, build_dir.folder, extra or {})


def prove(package: Package[PythonPlan], built: Artifacts, build_dir: BuildDir) -> None:
    """See Language.prove."""
    plan = package.plan
    modules = provide_modules(build_dir.toolbox, TOOLS)
    beside = list(neighbours.of(plan.modules))
    wanted = [*requirements(plan), *beside]
    wheels = provide_wheels(build_dir.toolbox, modules, wanted, build_dir.folder)
    files = [str(path) for path in built.files.values()]
    (wheel,) = (file for file in files if file.endswith(".whl"))
    twine = [*isolated(PROGRAMS / "run_module.py"), str(modules), "twine"]
    run_step("twine check --strict", [*twine, "check", "--strict", *files], build_dir)
    python = _environment(build_dir)
    pip = pip_of(modules, str(python))
    install = ["install", "--no-input", "--no-index", "--find-links", str(wheels), wheel, *beside]
    run_step("installing the wheel", [*pip, *install], build_dir, _NO_SETTINGS)
    run_step("pip check", [*pip, "check"], build_dir, _NO_SETTINGS)
    expected = build_dir.folder / "expected.json"
    expected.write_text(json.dumps(expectations(plan, package.request), indent=2), encoding="utf-8")
    run_step("importing", [str(python), "-I", str(PROGRAMS / "consume.py"), str(expected)], build_dir)


def requirements(plan: PythonPlan) -> list[str]:
    """What the package requires, as its pyproject.toml says."""
    services = [f"grpcio>={plan.section.grpcio}"] if plan.has_services else []
    return [*services, f"protobuf>={plan.section.protobuf}"]


def expectations(plan: PythonPlan, request: Request) -> dict[str, object]:
    """What the program `consume.py` is told of the package."""
    return {
        "package": plan.package,
        "distribution": plan.name,
        "version": plan.version,
        "python": plan.section.python,
        "calls": _calls(plan, request),
        "neighbours": [
            module
            for name, protos in neighbours.of(plan.modules).items()
            for module in neighbours.modules(name, protos)
        ],
        "same": _same(plan, request),
    }


def _same(plan: PythonPlan, request: Request) -> list[dict[str, str]]:
    """The first message of each proto that a neighbour has too: here, and there."""
    homes = neighbours.of(plan.modules)
    there = {
        proto: module
        for name, protos in homes.items()
        for proto, module in zip(protos, neighbours.modules(name, protos), strict=False)
        if module.endswith("_pb2")
    }
    return [
        {"module": plan.modules[file.name], "message": message, "theirs": there[file.name]}
        for file in request.outline.files
        for message in [each.name for each in file.types if each.kind == "message"][:1]
        if file.name in there and python_path(message, plan.renamings.get(file.name, {})) == message
    ]


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
                            documents.path_in(declaring, method.input),
                            plan.renamings.get(declaring.name, {}),
                        ),
                    }
                )
    return calls


def _environment(build_dir: BuildDir) -> Path:
    """A new environment without anything; its interpreter."""
    folder = build_dir.folder / "consumer"
    argv = [sys.executable, "-I", "-m", "venv", "--without-pip", str(folder)]
    done = run_isolated(build_dir.toolbox, argv, build_dir.folder, {})
    if done.returncode != 0:
        raise ToolFailed(
            f"no environment for the proof: {done.message}",
            where=str(folder),
            remedy="install Python's venv module by the system's package manager",
        )
    return folder / "bin" / "python"
