#!/usr/bin/env python3
"""Refreshes the pins, with hashes: requirements/*.txt, the tools of Python packages, and languages' hashes.

Without arguments every package is pinned at its newest; with names of packages only these are, and what
else has to change for them. One set serves every Python from pyproject's lowest on: where a package's
newest needs a newer Python, two versions stand in the set, with markers. Needs network, and uv, which the
extra `dev` brings.

`hashes` as the first argument, then names of languages or none for all: the hashes in their pins.json, of the
versions that stand there. These are the lowest that serve, so they are changed by hand. Each tool is got
by its ecosystem's own client, with the checks that this has.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import msgspec

from protogen.languages import LANGUAGES, load_language
from protogen.languages.toolchain.toolbox import Tool, Toolbox
from protogen.system.cache import Cache
from protogen.system.process import Processes

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
PROJECT = ROOT / "pyproject.toml"
REQUIREMENTS = ROOT / "requirements"
# From the smallest set to the largest; each file begins with the one before it. Name ▶ extras of pyproject.
SETS = {"main": (), "test": ("test",), "dev": ("dev",)}
PYTHON_TOOLS = ROOT / "protogen" / "languages" / "python" / "tools.txt"
# What builds, checks and installs Python packages. twine needs a keyring for uploads only.
PYTHON_TOOLS_NAMES = ("hatchling", "pip", "twine")
PYTHON_TOOLS_LEFT_OUT = ("keyring",)


def main(names: list[str]) -> None:
    """Resolve and write all files. names: the packages to refresh; all where there are none."""
    everything = resolve_project("dev", REQUIREMENTS, names)
    resolved = {name: resolve_project(name, REQUIREMENTS, [], held_to=everything) for name in SETS}
    write("main.txt", "what `protogen` needs, and what builds it", [], blocks(resolved["main"]))
    below, files = set(blocks(resolved["main"])), ["main.txt"]
    for name in list(SETS)[1:]:
        own = [each for each in blocks(resolved[name]) if each not in below]
        write(f"{name}.txt", f"what the extra `{name}` adds", files[-1:], own)
        below |= set(own)
        files.append(f"{name}.txt")
    PYTHON_TOOLS.write_text(
        header("what builds and proves Python packages, with all that it needs")
        + "\n".join(blocks(resolve_python_tools(names)))
        + "\n",
        encoding="utf-8",
    )


def refresh_hashes(names: list[str]) -> None:
    """Write the hashes into the pins of these languages; of all where there are no names."""
    for name in names or LANGUAGES:
        language = load_language(name)
        path = language.folder / "pins.json"
        if not path.is_file():
            continue
        sections = language.pins.sections()
        tools = dict.fromkeys(tool for section in sections for tool in language.tools(section))
        if found := {key: value for tool in tools for key, value in hashes_of(tool).items()}:
            pins = msgspec.json.decode(path.read_bytes(), type=dict)
            pins["hashes"] = dict(sorted(found.items()))
            path.write_bytes(msgspec.json.format(msgspec.json.encode(pins)) + b"\n")


def hashes_of(tool: Tool) -> dict[str, str]:
    """What its client tells of it, installed for each kind of machine."""
    found: dict[str, str] = {}
    for client in tool.client.everywhere():
        with tempfile.TemporaryDirectory() as scratch:
            toolbox = Toolbox(Cache(Path(scratch)), Processes(), os.environ)
            client.install([replace(tool, client=client)], Path(scratch), toolbox)
            found |= client.hashes(tool, Path(scratch, tool.name), toolbox)
    return found


def resolve_project(name: str, folder: Path, names: list[str], *, held_to: str = "") -> str:
    """The set's packages. held_to: a resolution whose versions are taken."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as scratch:
        build, held = Path(scratch, "build.in"), Path(scratch, "held.txt")
        build.write_text("\n".join(project["build-system"]["requires"]), encoding="utf-8")
        held.write_text(held_to, encoding="utf-8")
        extras = [f"--extra={extra}" for extra in SETS[name]]
        standing = "".join((folder / f"{each}.txt").read_text(encoding="utf-8") for each in SETS if names)
        options = ["--constraints", str(held)] if held_to else refreshing(names)
        return resolve([str(PROJECT), str(build), *extras, *options], standing)


def resolve_python_tools(names: list[str]) -> str:
    """The tools, as wheels only."""
    with tempfile.TemporaryDirectory() as scratch:
        wanted, left_out = Path(scratch, "wanted.in"), Path(scratch, "left-out.txt")
        wanted.write_text("\n".join(PYTHON_TOOLS_NAMES), encoding="utf-8")
        left_out.write_text(
            "".join(f"{each}; python_version < '3'\n" for each in PYTHON_TOOLS_LEFT_OUT), encoding="utf-8"
        )
        options = ["--only-binary=:all:", "--overrides", str(left_out), *refreshing(names)]
        return resolve([str(wanted), *options], PYTHON_TOOLS.read_text(encoding="utf-8") if names else "")


def refreshing(names: list[str]) -> list[str]:
    """The options that say which packages leave the version that stands."""
    return [f"--upgrade-package={name}" for name in names] or ["--upgrade"]


def resolve(arguments: list[str], standing: str) -> str:
    """What uv resolves, with a hash of every file of each version. standing: the pins to keep."""
    lowest = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["requires-python"]
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch, "pins.txt")
        output.write_text("\n".join(blocks(standing)) + "\n", encoding="utf-8")
        fixed = ["--universal", "--generate-hashes", "--no-header", "--no-annotate", "--quiet"]
        python = ["--python-version", lowest.removeprefix(">=")]
        argv = [uv(), "pip", "compile", *fixed, *python, "--output-file", str(output), *arguments]
        # Settings of the user's own projects would bend the resolution; those of indexes stay.
        environ = {key: value for key, value in os.environ.items() if key != "UV_CONSTRAINT"}
        subprocess.run([*argv, "--no-config"], check=True, env=environ)
        return output.read_text(encoding="utf-8")


def uv() -> str:
    """The path of uv: beside this Python, or on PATH."""
    found = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if not found:
        raise SystemExit("there is no uv: pip install uv")
    return found


def blocks(text: str) -> list[str]:
    """The pins of a file, each with its hashes."""
    pins = re.findall(r"^[A-Za-z0-9].*(?:\n {4}--hash=.*)*", text, re.MULTILINE)
    return [pin.rstrip(" \\") for pin in pins]


def write(name: str, what: str, includes: list[str], pins: list[str]) -> None:
    """Write a file of requirements."""
    lines = [*[f"-r {each}" for each in includes], *pins]
    (REQUIREMENTS / name).write_text(header(what) + "\n".join(lines) + "\n", encoding="utf-8")


def header(what: str) -> str:
    """The first line of a file of pins."""
    return f"# Pins: {what}. Made by tools/refresh_pins.py; don't edit.\n"


if __name__ == "__main__":
    refresh_hashes(sys.argv[2:]) if sys.argv[1:2] == ["hashes"] else main(sys.argv[1:])
