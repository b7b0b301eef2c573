"""pyproject declares what the code imports, and requirements/ pins what pyproject declares."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from protogen import DISTRIBUTION
from protogen.languages.base import Language, Section
from protogen.languages.entry import Entry
from protogen.languages.package import Plan
from protogen.languages.toolchain.toolbox import Client, Tool, Toolbox

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
SETS = ("main", "test", "dev")
OWN = {"protogen", "tests", "bench", "reference", "tools", "recipes"}
# Part of the interpreter where protogen imports it, and not needed where it isn't.
OF_PYTHON = {"pip"}
# Run in environments of packages that protogen made.
ELSEWHERE = "protogen/languages/python/programs/"
# What only an extra brings is imported here and nowhere else in protogen.
OPTIONAL = {
    "artifacts": {"protogen/pipeline/artifacts/sbom.py"},
    "graph": {"protogen/analysis/graph/graphviz.py"},
}
PYTHONS = ("3.10.0", "3.11.4", "3.11.9", "3.12.0", "3.13.0", "3.14.0", "3.15.0")


@cache
def declared() -> tuple[tuple[str, Requirement], ...]:
    """The requirements of pyproject.toml, each with its extra; the extra `` is what is always there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {"": project["dependencies"], **project["optional-dependencies"]}
    return tuple((extra, Requirement(each)) for extra, all_ in extras.items() for each in all_)


def required(extra: str, python: str = "") -> dict[str, Requirement]:
    """What an extra brings with all that it includes."""
    found: dict[str, Requirement] = {}
    for own, each in declared():
        if own != extra or (each.marker and not each.marker.evaluate(environment(python))):
            continue
        if each.name == DISTRIBUTION:
            for other in each.extras:
                found |= required(other, python)
        else:
            found[canonicalize_name(each.name)] = each
    return found


def environment(python: str) -> dict[str, str | Set[str]]:
    own: dict[str, str | Set[str]] = {name: str(value) for name, value in default_environment().items()}
    if python:
        own |= {"python_full_version": python, "python_version": ".".join(python.split(".")[:2])}
    return own


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)


def foreign(folder: str) -> dict[str, set[str]]:
    """The distributions whose modules are imported below a folder, each with the files that do."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / folder).rglob("*.py")):
        for module in imported(path):
            if module not in sys.stdlib_module_names | OWN | OF_PYTHON | {"tomli"}:
                found.setdefault(module, set()).add(str(path.relative_to(ROOT)))
    return found


@cache
def installed() -> Mapping[str, list[str]]:
    return packages_distributions()


def missing(modules: dict[str, set[str]], extras: tuple[str, ...]) -> dict[str, set[str]]:
    """Those that no requirement brings."""
    names = {name for extra in extras for name in required(extra)}
    brought_by = installed()
    return {
        module: files
        for module, files in modules.items()
        if not names & {canonicalize_name(each) for each in brought_by.get(module, ())}
    }


def test_what_protogen_imports_is_declared() -> None:
    optional = {path: extra for extra, paths in OPTIONAL.items() for path in paths}
    undeclared = {
        (path, module)
        for module, paths in missing(foreign("protogen"), ("",)).items()
        for path in paths
        if not path.startswith(ELSEWHERE) and missing({module: {path}}, (optional.get(path, ""),))
    }
    assert undeclared == set()


@pytest.mark.parametrize("folder", ["tests/unit", "tests/integration", "tests/support"])
def test_what_the_tests_import_is_declared(folder: str) -> None:
    assert missing(foreign(folder), ("", "test")) == {}


@cache
def pins(name: str) -> dict[str, list[tuple[Requirement, int]]]:
    """Of a set and those before it: each package's versions, with the number of their hashes."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    found: dict[str, list[tuple[Requirement, int]]] = {}
    for include in re.findall(r"^-r (\w+)\.txt$", text, re.MULTILINE):
        found |= {package: [*each] for package, each in pins(include).items()}
    for line, hashes in re.findall(
        r"^([A-Za-z0-9].*?) \\\n((?: {4}--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", text, re.M
    ):
        pin = Requirement(line)
        found.setdefault(canonicalize_name(pin.name), []).append((pin, hashes.count("--hash")))
    return found


@pytest.mark.parametrize("name", SETS)
def test_the_pins_are_nothing_but_versions_with_hashes(name: str) -> None:
    lines = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    pin = r"[a-z0-9-]+==[\w.+!]+(?: ; [^\\]+)? \\"
    known = rf"# Pins: .*|-r (?:main|test)\.txt|{pin}|    --hash=sha256:[0-9a-f]{{64}}(?: \\)?"
    assert [line for line in lines if not re.fullmatch(known, line)] == []
    assert sum(map(len, pins(name).values())) > 20


@pytest.mark.parametrize(("name", "extra"), [("main", ""), ("test", "test"), ("dev", "dev")])
def test_each_python_gets_one_version_of_each_package_that_pyproject_takes(name: str, extra: str) -> None:
    pinned = pins(name)
    for python in PYTHONS:
        needed = required("", python) | required(extra, python)
        for package, requirement in (needed | {"hatchling": Requirement("hatchling>=1.27")}).items():
            versions = {
                str(pin.specifier).removeprefix("==")
                for pin, _ in pinned[package]
                if not pin.marker or pin.marker.evaluate(environment(python))
            }
            remedy = f"{package} for {python}: run tools/refresh_pins.py"
            assert len(versions) == 1, remedy
            assert requirement.specifier.contains(versions.pop()), remedy


class Registry(Client):
    """A client that tells what it was asked for, on two kinds of machine."""

    name, prerequisites = "registry", ()

    def __init__(self, kind: str = "") -> None:
        self.kind = kind

    def command(self, tool: Tool) -> str:
        return f"get {tool.name}"

    def install(self, tools: Sequence[Tool], folder: Path, toolbox: Toolbox) -> None:
        for tool in tools:
            (folder / tool.name).mkdir()

    def hashes(self, tool: Tool, folder: Path, toolbox: Toolbox) -> dict[str, str]:
        assert folder.is_dir()
        return {f"{tool.name}@{tool.version}-{self.kind}": "x"}

    def everywhere(self) -> list[Client]:
        return [Registry("arm"), Registry("intel")]


def test_hashes_are_refreshed_for_all_versions_and_machines_and_nothing_else_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Made(Language[Section, Plan]):
        entry = Entry("made", "made:Made")
        client = Registry()
        folder = tmp_path

    spec = importlib.util.spec_from_file_location("refresh_pins", ROOT / "tools" / "refresh_pins.py")
    assert spec and spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(script, "load_language", lambda name: Made())
    pins = {
        "why": {"defaults": ["z"]},
        "defaults": {"tools": {"gen": "1.0"}},
        "editions": {"2023": {"tools": {"gen": "2.0"}}},
    }
    (tmp_path / "pins.json").write_text(json.dumps({**pins, "hashes": {"gen@0.9": "old"}}))
    script.refresh_hashes(["made"])
    kept = json.loads((tmp_path / "pins.json").read_text())
    hashes = kept.pop("hashes")
    assert kept == pins
    assert hashes == {f"gen@{version}-{kind}": "x" for version in ("1.0", "2.0") for kind in ("arm", "intel")}
