"""The versions of everything that takes part in a sweep on this machine."""

from __future__ import annotations

import datetime
import importlib.metadata
import platform
import re
import sys
from collections.abc import Iterable
from pathlib import Path

import yaml

from tests.support.command import run

_ROOT = Path(__file__).parents[2]
_LIBRARIES = ("protobuf", "grpcio")


def described(commits: Iterable[str]) -> str:
    """A list in Markdown. commits: of protogen, that the results are of."""
    languages = yaml.safe_load((_ROOT / "recipes" / "tensorflow-serving" / "recipe.yaml").read_text())[
        "languages"
    ]
    go, java, python = languages["go"], languages["java"], languages["python"]
    own = [f"{name} {importlib.metadata.version(name)}" for name in _LIBRARIES]
    lines = {
        "Date": f"{datetime.datetime.now(tz=datetime.timezone.utc):%Y-%m-%d}",
        "protogen": f"{importlib.metadata.version('protogen')}, commit {', '.join(sorted(set(commits)))}",
        "Compiler": f"{_said([sys.executable, '-m', 'grpc_tools.protoc', '--version'])}"
        f" of grpcio-tools {importlib.metadata.version('grpcio-tools')}",
        "Go": ", ".join(
            [
                _said(["go", "version"]).removeprefix("go version "),
                *_pairs(go["tools"]),
                *_pairs(go["require"]),
            ]
        ),
        "Java": ", ".join(
            [
                _said(["java", "-version"]),
                _said(["mvn", "-B", "-version"]),
                *_pairs(java["tools"]),
                f"protobuf-java {java['protobuf']}",
                f"grpc-java {java['grpc']}",
            ]
        ),
        "Python": f"Python {platform.python_version()}, {', '.join(own)}; the package asks for protobuf"
        f" {python['protobuf']} and grpcio {python['grpcio']} or newer",
    }
    return "\n".join(f"- {name}: {text}" for name, text in lines.items())


def _pairs(versions: dict[str, str]) -> list[str]:
    return [f"{name} {version}" for name, version in versions.items()]


def _said(argv: list[str]) -> str:
    """The first line that a program says of its version, without the colours of terminals."""
    ran = run(argv, cwd=_ROOT)
    return re.sub(r"\x1b\[[0-9;]*m", "", (ran.out or ran.err).strip().splitlines()[0])


def commit() -> str:
    """Protogen's own, with a plus where its code isn't as committed; empty without git."""
    changed = run(["git", "status", "--porcelain", "--", "protogen", "recipes"], cwd=_ROOT)
    return run(["git", "rev-parse", "--short", "HEAD"], cwd=_ROOT).out.strip() + "+" * bool(changed.out)
