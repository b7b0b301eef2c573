"""Where a repository pins others, by its submodules and files of dependencies, as a recipe says it. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

BAZEL = (
    "MODULE.bazel",
    "WORKSPACE",
    "WORKSPACE.bazel",
    "bazel/repository_locations.bzl",
    "bazel/repositories.bzl",
)
FILES = ("go.mod", "buf.lock", *BAZEL)
"""Those that are looked at."""
_REQUIRED = r"^\s*(?:require\s+)?{module}(/v\d+)?\s+(v\S+)"
_PSEUDO = re.compile(r"-(?:\d+\.)?\d{14}-[0-9a-f]{12}$")


def find_pins(
    name: str, location: str, primary: str, submodules: Collection[str], files: Mapping[str, str]
) -> tuple[str, ...]:
    """The pins of a repository in the primary one, as a recipe has them; none where none is seen.

    submodules: paths of the primary one's. files: texts of those of FILES that it has.
    """
    place = location.rstrip("/").removesuffix(".git").replace(":", "/")
    repository = place.rpartition("/")[2]
    for path in sorted(submodules):
        if path.rpartition("/")[2].lower() in (repository.lower(), name):
            return (f"{{repository: {primary}, submodule: {_quoted(path)}}}",)
    if found := _in_go_mod(place, files.get("go.mod", "")):
        return (f"{{repository: {primary}, file: go.mod, {found}}}",)
    owned = re.escape("/".join(place.split("/")[-2:]))
    patterns = (
        rf"{owned}/archive/(?:refs/tags/)?([0-9a-f]{{40}})",
        rf"{re.escape(repository)}-([0-9a-f]{{40}})",
        rf'"{re.escape(repository)}",\s*version = "([^"]*-[0-9a-f]{{7,40}})"',
        rf'(?s){owned}[^()]{{0,300}}?commit = "([0-9a-f]{{40}})"',
    )
    for file in BAZEL:
        for pattern in patterns:
            if re.search(pattern, files.get(file, "")):
                return (f"{{repository: {primary}, file: {file}, pattern: {_quoted(pattern)}}}",)
    return ()


def _in_go_mod(place: str, text: str) -> str:
    """What a pin says of the module that is at that place; empty where the file doesn't require it."""
    parts = place.split("/")
    # A host, and two folders at least.
    for start in range(len(parts) - 2):
        module = "/".join(parts[start:])
        if "." not in parts[start]:
            continue
        found = re.search(_REQUIRED.format(module=re.escape(module)), text, re.MULTILINE)
        if found:
            kind = "" if _PSEUDO.search(found[2]) else ", as: tag"
            return f"module: {_quoted(module + (found[1] or ''))}{kind}"
    return ""


def _quoted(text: str) -> str:
    """The text as YAML without escapes has it."""
    return "'" + text.replace("'", "''") + "'"
