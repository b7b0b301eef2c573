"""Data flows one way: no module imports one of a layer above its own."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "protogen"

# From the bottom up. A module may import its own layer and those below.
LAYERS = (
    ("errors",),
    (
        "process",
        "flock",
        "cache",
        "paths",
        "locations",
        "parallel",
        "once",
        "scratch",
        "archives",
        "memory",
        "processors",
        "atomic",
        "home",
        "suggestions",
        "progress",
        "wire",
        "license_files",
        "source_info",
        "features",
    ),
    ("document", "protoset", "release", "outline", "shipped", "plugins"),
    ("strictyaml",),
    ("parsing",),
    (
        "recipe",
        "releases",
        "package_versions",
        "offers",
        "imports",
        "public_protos",
        "protoc",
        "toolchain",
        "publish",
    ),
    ("selection", "descriptors", "settings", "copies"),
    ("workbench", "languages"),
    ("sources", "generate", "verify", "artifacts", "schema", "prefetch"),
    ("closure",),
    ("fingerprint", "remembered", "kept", "job"),
    ("pipeline", "comparison", "diagnosis", "drafting", "graphs", "changes"),
    ("lock", "make"),
    ("cli",),
    ("__main__",),
)
ONLY_PROCESS = "protogen/process.py"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def part_of(module: str) -> str:
    return module.split(".")[1]


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_module_imports_nothing_from_above(path: Path) -> None:
    level = {part: number for number, parts in enumerate(LAYERS) for part in parts}
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert own in level, f"{own} has no layer: give it one here"
    for name in imported(path):
        if name.startswith("protogen."):
            assert level[part_of(name)] <= level[own], f"{own} imports {name} from a layer above"


def test_every_layer_exists() -> None:
    there = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in MODULES}
    assert {part for parts in LAYERS for part in parts} <= there


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_one_module_starts_processes(path: Path) -> None:
    names = imported(path)
    if not str(path).endswith(ONLY_PROCESS):
        assert not any(name.split(".")[0] == "subprocess" for name in names)
        assert "os.system" not in path.read_text()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_code_names_no_project_and_no_host(path: Path) -> None:
    text = path.read_text().lower()
    assert "tensorflow" not in text
    # The two last are names of formats, which nobody fetches.
    assert not re.findall(r"https?://(?!localhost|example\.com|in-toto\.io/|slsa\.dev/)[\w.-]+", text)


def test_languages_do_not_know_each_other() -> None:
    folder = PACKAGE / "languages"
    names = {path.name for path in folder.iterdir() if path.is_dir() and path.name != "__pycache__"}
    for path in folder.rglob("*/*.py"):
        own = path.relative_to(folder).parts[0]
        for name in imported(path):
            parts = name.split(".")
            if parts[:2] == ["protogen", "languages"] and parts[2] in names:
                assert parts[2] == own
