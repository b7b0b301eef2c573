"""The programs that run the backend and twine, in this process, on modules that are made up."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from protogen.languages.python.programs import build, run_module

BACKEND = """
import os, tarfile

def build_sdist(dist):
    with tarfile.open(os.path.join(dist, "x-1.tar.gz"), "w:gz") as archive:
        archive.add("kept", "x-1/kept")
    return "x-1.tar.gz"

def build_wheel(dist):
    with open(os.path.join(dist, "x-1.whl"), "w") as file:
        file.write(" ".join(sorted(os.listdir("."))))
    return "x-1.whl"
"""


@pytest.fixture(autouse=True)
def process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Undoes what the programs do to their process, and hides the real backend."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "argv", list(sys.argv))
    for name in [name for name in sys.modules if name.split(".")[0] == "hatchling"]:
        monkeypatch.delitem(sys.modules, name)
    yield
    for name in [name for name in sys.modules if name.split(".")[0] in {"hatchling", "made_up_command"}]:
        del sys.modules[name]


def test_the_wheel_is_built_from_what_the_sdist_holds(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("modules", "project", "dist", "unpacked")]
    for path in paths:
        path.mkdir()
    (tmp_path / "modules" / "hatchling").mkdir()
    (tmp_path / "modules" / "hatchling" / "__init__.py").touch()
    (tmp_path / "modules" / "hatchling" / "build.py").write_text(BACKEND)
    for name in ("kept", "left out"):
        (tmp_path / "project" / name).touch()
    build.main(*map(str, paths))
    assert (tmp_path / "dist" / "x-1.whl").read_text() == "kept"


def test_a_module_runs_as_a_command(tmp_path: Path) -> None:
    (tmp_path / "made_up_command").mkdir()
    (tmp_path / "made_up_command" / "__init__.py").touch()
    (tmp_path / "made_up_command" / "__main__.py").write_text("import sys; sys.exit(' '.join(sys.argv[1:]))")
    with pytest.raises(SystemExit, match="check --strict"):
        run_module.main(str(tmp_path), "made_up_command", "check", "--strict")
