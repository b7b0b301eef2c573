"""Use an installed package as a stranger would: import all, make messages and stubs. Argument: a JSON file.

Its keys: package, the import package; distribution and version, as installed; python, the lowest version of
Python that it is for; calls, one for each service: module, stub, method, message_module, message; neighbours,
modules of other packages that have the same protos; same, a message of each: module, message, theirs.
"""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
import sys
import warnings
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any


def main(path: str) -> None:
    """End with what is wrong, if something is."""
    expected = json.loads(Path(path).read_text(encoding="utf-8"))
    package = expected["package"]
    installed = distribution(expected["distribution"])
    if installed.version != expected["version"]:
        sys.exit(f"version {installed.version} is installed, not {expected['version']}")
    files = recorded(installed, package)
    check_syntax(installed, files, tuple(map(int, expected["python"].split(".")[:2])))
    for name in expected["neighbours"]:
        importlib.import_module(name)
    modules = import_all(package)
    compare(modules, files)
    for call in expected["calls"]:
        check_call(package, call)
    for each in expected["same"]:
        check_same(package, each)


def recorded(installed: Distribution, package: str) -> list[str]:
    """The files of the package; all that was installed must be below it, but for what pip knows of it."""
    files = [str(file) for file in installed.files or ()]
    tops = {file.split("/")[0] for file in files}
    strange = sorted(top for top in tops if top != package and not top.endswith(".dist-info"))
    if strange:
        sys.exit(f"beside {package} it installs {', '.join(strange)}")
    if f"{package}/py.typed" not in files:
        sys.exit(f"{package}/py.typed is missing, so that type checkers pass the package by")
    absent = [file for file in files if not Path(str(installed.locate_file(file))).is_file()]
    if absent:
        sys.exit(f"{', '.join(absent)} is recorded but not there")
    return [file for file in files if file.startswith(f"{package}/")]


def check_syntax(installed: Distribution, files: list[str], floor: tuple[int, ...]) -> None:
    """Parse each source as the lowest Python would."""
    for file in files:
        if file.endswith((".py", ".pyi")):
            text = Path(str(installed.locate_file(file))).read_text(encoding="utf-8")
            try:
                ast.parse(text, file, feature_version=(floor[0], floor[1]))
            except SyntaxError as error:
                sys.exit(f"{file}, line {error.lineno}: not for Python {floor[0]}.{floor[1]}: {error.msg}")


def import_all(package: str) -> set[str]:
    """Import every module, warnings of the package's own being errors; their names."""
    with warnings.catch_warnings():
        warnings.filterwarnings("error", module=package)
        root = importlib.import_module(package)
        names = {package}
        for each in pkgutil.walk_packages(root.__path__, f"{package}."):
            importlib.import_module(each.name)
            names.add(each.name)
    absent = [name for name in getattr(root, "__all__", ()) if not hasattr(root, name)]
    if absent:
        sys.exit(f"{package} has no {', '.join(absent)}")
    return names


def compare(modules: set[str], files: list[str]) -> None:
    """Hold what was imported against what was installed."""
    sources = {
        file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for file in files
        if file.endswith(".py")
    }
    if modules != sources:
        sys.exit(f"installed but not importable, or the reverse: {', '.join(sorted(modules ^ sources))}")


def check_call(package: str, call: dict[str, str]) -> None:
    """Make a service's stub on a channel that never connects, and a request of its first RPC."""
    import grpc  # type: ignore[import-untyped,unused-ignore]

    message: Any = importlib.import_module(f"{package}.{call['message_module']}")
    for name in call["message"].split("."):
        message = getattr(message, name)
    if message.FromString(message().SerializePartialToString()) != message():
        sys.exit(f"{call['message']} isn't what it was after a way over the wire")
    module = importlib.import_module(f"{package}.{call['module']}")
    with grpc.insecure_channel("localhost:9") as channel:
        stub = getattr(module, call["stub"])(channel)
        if not callable(getattr(stub, call["method"])):
            sys.exit(f"{call['stub']}.{call['method']} can't be called")


def check_same(package: str, same: dict[str, str]) -> None:
    """Hand a message that another package has too over to it and back, as bytes."""
    ours = getattr(importlib.import_module(f"{package}.{same['module']}"), same["message"])
    theirs = getattr(importlib.import_module(same["theirs"]), same["message"], None)
    if theirs is None:
        return
    if (
        ours is theirs
        or ours.FromString(theirs.FromString(ours().SerializePartialToString()).SerializePartialToString())
        != ours()
    ):
        sys.exit(f"{same['message']} of {same['theirs']} isn't what it was after a way over the wire")


if __name__ == "__main__":
    main(sys.argv[1])
