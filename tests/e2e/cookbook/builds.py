"""The files on docs/cookbook.md, checked as strictly as each language can, and built with a driver each.

A driver is a command, `SOURCE TARGET`: it reads batching.conf and monitoring.conf of the first folder, writes
them as messages to the second, and tells how it refuses bad.conf.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.e2e.rpc import clients, environments
from tests.support.command import must, run

_PAGE = Path(__file__).parents[3] / "docs" / "cookbook.md"
_BLOCK = re.compile(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", re.DOTALL)
PROGRAMS = Path(__file__).with_name("programs")


def files() -> dict[str, str]:
    """The files on the page by name."""
    return dict(_BLOCK.findall(_PAGE.read_text(encoding="utf-8")))


def write(folder: Path, *kinds: str) -> list[Path]:
    """Write the page's files of these kinds; where they are."""
    folder.mkdir(parents=True)
    chosen = {name: text for name, text in files().items() if name.rpartition(".")[2] in kinds}
    assert chosen
    for name, text in chosen.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in chosen]


def go(dist: Path, folder: Path) -> list[str]:
    """Vetted and formatted."""
    write(folder / "cookbook", "go")
    shutil.copy(PROGRAMS / "driver.go", folder / "main.go")
    settings = clients.go_module(dist, folder)
    assert not must(run(["gofmt", "-l", "."], cwd=folder)).out
    must(run(["go", "vet", "./..."], cwd=folder, **settings))
    must(run(["go", "build", "-o", "driver", "."], cwd=folder, **settings))
    return [str(folder / "driver")]


def java(dist: Path, folder: Path) -> list[str]:
    """Without warnings, for Java 8."""
    sources = [*write(folder / "sources", "java"), PROGRAMS / "Driver.java"]
    class_path = f"{folder}/classes:{clients.maven_project(dist, folder)}"
    # That a release is old is a warning too.
    argv = ["javac", "-Xlint:all,-options,-path", "-Werror", "--release", "8", "-cp", class_path]
    must(run([*argv, "-d", "classes", *map(str, sources)], cwd=folder))
    return ["java", "-XX:TieredStopAtLevel=1", "-cp", class_path, "com.example.team.Driver"]


def python(dist: Path, folder: Path) -> list[str]:
    """With strict types."""
    paths = write(folder / "cookbook", "py")
    (wheel,) = (dist / "python").glob("*.whl")
    wanted = (str(wheel), "types-protobuf", "types-grpcio")
    interpreter = environments.environment(folder / "environment", wanted)
    mypy = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(interpreter)]
    mypy += ["--cache-dir", str(folder / "mypy"), "--config-file", os.devnull]
    must(run([*mypy, *(path.name for path in paths)], cwd=folder / "cookbook"))
    shutil.copy(PROGRAMS / "driver.py", folder / "cookbook")
    return [str(interpreter), "-W", "error", str(folder / "cookbook" / "driver.py")]


BUILDERS: Final[dict[str, Callable[[Path, Path], list[str]]]] = {"go": go, "java": java, "python": python}
