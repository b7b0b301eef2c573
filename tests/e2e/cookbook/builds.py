"""The files on docs/cookbook.md, checked as strictly as each language can, and built with a driver each.

A driver is a command: `tensors BAD (SOURCE TARGET)...` complains where it takes a bad tensor, and writes the
tensors of each source again in both forms; `warmup REQUESTS FOLDER` writes the file of a model's version;
`conf SOURCE TARGET` reads three files, and tells how it refuses bad.conf; `batches PLACE` tells what
batch_server.py answers. Tensors and messages are files.
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
_BLOCK = re.compile(r"<!-- (file|lines): (\S+) -->\n```\w+\n(.*?)```", re.DOTALL)
# What stands around the page's lines that are no file: they are compiled.
_AROUND = {
    "go": """package cookbook

import "example.com/team/serving/v2/tensorflow_serving/apis"

func lines(reply *apis.PredictResponse) (any, any, error) {
@
	return x, values, err
}
""",
    "java": """package com.example.team;

import org.tensorflow.framework.TensorProto;
import tensorflow.serving.Predict.PredictResponse;

final class Lines {
  static Object[] lines(PredictResponse reply) {
@
    return new Object[] {x, values};
  }
}
""",
    "py": """from tensorflow_serving_client import PredictResponse
from tensorflow_serving_client.tensorflow.core.framework import types_pb2
from tensors import make_tensor, read_tensor

reply = PredictResponse()
@
""",
}
PROGRAMS = Path(__file__).with_name("programs")


def files() -> dict[str, str]:
    """The files on the page by name, and its lines as one file a language."""
    found = {}
    for kind, name, text in _BLOCK.findall(_PAGE.read_text(encoding="utf-8")):
        if kind == "file":
            found[name] = text
        else:
            found["Lines.java" if name == "java" else f"lines.{name}"] = _AROUND[name].replace("@", text)
    return found


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
    pages = [f"cookbook/{name}" for name in files() if name.endswith(".go") and name != "lines.go"]
    assert not must(run(["gofmt", "-l", *pages, "main.go"], cwd=folder)).out
    must(run(["go", "vet", "./..."], cwd=folder, **settings))
    must(run(["go", "build", "-o", "driver", "."], cwd=folder, **settings))
    return [str(folder / "driver")]


def java(dist: Path, folder: Path) -> list[str]:
    """Without warnings; for Java 8 where the page says no other."""
    sources = write(folder / "sources", "java")
    libraries = clients.maven_project(dist, folder)
    newer = [folder / "sources" / "Warmup.java", PROGRAMS / "Driver.java"]
    older = [path for path in sources if path not in newer]
    class_path = f"{folder}/classes:{libraries}"
    for release, chosen in (("8", older), ("9", newer)):
        # That a release is old is a warning too.
        argv = ["javac", "-Xlint:all,-options,-path", "-Werror", "--release", release]
        must(run([*argv, "-cp", class_path, "-d", "classes", *map(str, chosen)], cwd=folder))
    return ["java", "-XX:TieredStopAtLevel=1", "-cp", class_path, "com.example.team.Driver"]


def python(dist: Path, folder: Path) -> list[str]:
    """With strict types."""
    paths = write(folder / "cookbook", "py")
    (wheel,) = (dist / "python").glob("*.whl")
    wanted = (str(wheel), "numpy", "ml_dtypes", "types-protobuf", "types-grpcio")
    interpreter = environments.environment(folder / "environment", wanted)
    mypy = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(interpreter)]
    mypy += ["--cache-dir", str(folder / "mypy"), "--config-file", os.devnull]
    must(run([*mypy, *(path.name for path in paths)], cwd=folder / "cookbook"))
    shutil.copy(PROGRAMS / "driver.py", folder / "cookbook")
    return [str(interpreter), "-W", "error", str(folder / "cookbook" / "driver.py")]


BUILDERS: Final[dict[str, Callable[[Path, Path], list[str]]]] = {"go": go, "java": java, "python": python}
