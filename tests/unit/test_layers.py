"""Data flows one way: no room imports one above it, no files import each other.

`python -m tests.unit.test_layers` prints the rooms from the top, the arrows between them and the circles.
"""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from protogen.languages import OWN

PACKAGE = Path(__file__).parents[2] / "protogen"
ENTRY = "__main__"

# From the bottom up. A room may import itself and those below, and none beside it but as BESIDE says.
LAYERS = (
    ("errors",),
    ("system",),
    ("recipe", "releases", "publish"),
    ("protos", "registry"),
    ("sources", "languages"),
    ("pipeline", "analysis"),
    ("cli",),
    (ENTRY,),
)
# Recipes say how names of releases are read; commands that look take what they look at from the line.
BESIDE = {("recipe", "releases"), ("analysis", "pipeline")}
MOST_ROOMS = 12
ONLY_PROCESS = "system/process.py"


def imports_of(text: str) -> set[str]:
    """Every module, or name in one, that the text imports."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


@cache
def texts() -> dict[str, str]:
    """Each file of protogen by its path below the package."""
    paths = sorted(PACKAGE.rglob("*.py"))
    return {path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8") for path in paths}


@cache
def graph() -> dict[str, set[str]]:
    """Each file, and the files of protogen that it imports."""
    found: dict[str, set[str]] = {}
    for path, text in texts().items():
        found[path] = {file for name in imports_of(text) if (file := file_of(name)) and file != path}
    return found


def file_of(name: str) -> str:
    """The file that an import of the name reads: the module, or the one that it is in."""
    parts = name.split(".")
    if parts[0] != "protogen":
        return ""
    for length in range(len(parts), 1, -1):
        for path in ("/".join(parts[1:length]) + ".py", "/".join(parts[1:length]) + "/__init__.py"):
            if path in texts():
                return path
    return ""


def room_of(path: str) -> str:
    """The name at the root that the file is in."""
    return path.split("/", maxsplit=1)[0].removesuffix(".py")


def arrows() -> dict[tuple[str, str], int]:
    """How many imports lead from one room to another."""
    found: dict[tuple[str, str], int] = {}
    for path, targets in graph().items():
        for target in targets:
            pair = room_of(path), room_of(target)
            if pair[0] != pair[1]:
                found[pair] = found.get(pair, 0) + 1
    return found


def circle(nodes: dict[str, set[str]]) -> list[str]:
    """One circle of imports, none where there is none."""
    try:
        tuple(TopologicalSorter(nodes).static_order())
    except CycleError as error:
        return list(error.args[1])
    return []


def test_a_newcomer_finds_the_room() -> None:
    names = {room_of(path) for path in texts()} - {"__init__", ENTRY}
    assert len(names) <= MOST_ROOMS
    assert names | {ENTRY} == {room for rooms in LAYERS for room in rooms}, "each room has its layer here"


def test_no_room_imports_one_above_it() -> None:
    level = {room: number for number, rooms in enumerate(LAYERS) for room in rooms}
    upward = [pair for pair in arrows() if level[pair[0]] <= level[pair[1]] and pair not in BESIDE]
    assert upward == []


def test_files_import_in_no_circle() -> None:
    assert circle(graph()) == []


def test_only_one_module_starts_processes() -> None:
    for path, text in texts().items():
        if path != ONLY_PROCESS:
            assert "subprocess" not in {name.split(".")[0] for name in imports_of(text)}, path
            assert "os.system" not in text, path


def test_code_names_no_project_and_no_host() -> None:
    # The two last are names of formats, which nobody fetches.
    host = re.compile(r"https?://(?!localhost|example\.com|in-toto\.io/|slsa\.dev/)[\w.-]+")
    for path, text in texts().items():
        assert "tensorflow" not in text.lower(), path
        assert not host.findall(text.lower()), path


def test_languages_do_not_know_each_other() -> None:
    folders = {path.parent.name for path in (PACKAGE / "languages").glob("*/language.py")}
    assert folders == OWN.keys()
    for path, targets in graph().items():
        own = path.split("/")[1:2]
        if path.startswith("languages/") and own[0] in folders:
            others = {target.split("/")[1] for target in targets if target.startswith("languages/")}
            assert not others & folders - set(own), path


def report() -> list[str]:
    """The rooms from the top, the arrows between them with the number of imports, and a circle."""
    by_layer = [f"{number}  {', '.join(rooms)}" for number, rooms in enumerate(LAYERS)]
    counted = [f"{source} -> {target}  {count}" for (source, target), count in sorted(arrows().items())]
    return [*reversed(by_layer), *counted, f"circles: {' -> '.join(circle(graph())) or 'none'}"]


if __name__ == "__main__":
    sys.stdout.write("\n".join(report()) + "\n")
