from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest

from protogen.analysis.graph import graphviz
from protogen.errors import ToolFailed, ToolMissing
from protogen.system.cache import Cache
from protogen.system.context import Context
from protogen.system.process import Finished, Processes

SVG = b"<svg></svg>"


class Played(Processes):
    """Plays Graphviz; keeps what it was given."""

    def __init__(self, answer: Finished | ToolFailed) -> None:
        super().__init__()
        self.answer = answer
        self.argv: list[str] = []
        self.stdin = b""

    def run(self, argv: Sequence[str], *, timeout: float, stdin: bytes = b"", **_: Any) -> Finished:
        if "--version" not in argv:
            self.argv, self.stdin = list(argv), stdin
        if isinstance(self.answer, ToolFailed):
            raise self.answer
        return self.answer


def finished(stdout: bytes = SVG, stderr: bytes = b"", code: int = 0) -> Finished:
    return Finished(("dot",), code, stdout, stderr)


def context(
    root: Path, played: Played, *, path: str = "", given: Mapping[str, Path] | None = None
) -> Context:
    return Context(Cache(root / "cache"), played, {"PATH": path}, given or {})


def program(path: Path) -> Path:
    path.write_text("")
    path.chmod(0o755)
    return path


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = ModuleSpec("pygraphviz", None, origin="/packages/pygraphviz/__init__.py")
    monkeypatch.setattr(graphviz, "find_spec", lambda name: spec)


@pytest.fixture
def no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphviz, "find_spec", lambda name: None)


@pytest.mark.usefixtures("library")
def test_a_given_program_is_used_before_all(tmp_path: Path) -> None:
    played, dot = Played(finished()), program(tmp_path / "mine")
    assert graphviz.draw("digraph {}", context(tmp_path, played, given={"dot": dot})) == SVG.decode()
    assert (played.argv, played.stdin) == ([str(dot), "-Tsvg"], b"digraph {}")


@pytest.mark.usefixtures("library")
def test_the_library_draws_in_a_child_of_our_own_interpreter(tmp_path: Path) -> None:
    played = Played(finished())
    program(tmp_path / "dot")
    graphviz.draw("digraph {}", context(tmp_path, played, path=str(tmp_path)))
    assert played.argv[:3] == [sys.executable, "-I", "-c"]
    assert played.argv[-1] == "/packages"


@pytest.mark.usefixtures("no_library")
def test_dot_on_path_draws_where_there_is_no_library(tmp_path: Path) -> None:
    played, dot = Played(finished()), program(tmp_path / "dot")
    graphviz.draw("digraph {}", context(tmp_path, played, path=str(tmp_path)))
    assert played.argv == [str(dot), "-Tsvg"]


@pytest.mark.usefixtures("no_library")
def test_without_graphviz_the_command_that_mends_it_is_told(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match="needs Graphviz") as raised:
        graphviz.draw("digraph {}", context(tmp_path, Played(finished()), path=str(tmp_path)))
    assert raised.value.code == 6
    assert f"{sys.executable} -m pip install pygraphviz" in raised.value.remedy


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (finished(b"", b"warning\nsyntax error\n", 1), "Graphviz can't draw the graph: syntax error"),
        (finished(SVG, b"", -11), "Graphviz can't draw the graph: <svg></svg>"),
        (finished(b"", b"", -9), "Graphviz can't draw the graph: exit code -9"),
        (finished(b"digraph", b"", 0), "Graphviz can't draw the graph: digraph"),
        (ToolFailed("python did not finish within 120 seconds"), "did not finish within 120 seconds"),
    ],
)
def test_a_failure_tells_what_to_try(tmp_path: Path, answer: Finished | ToolFailed, words: str) -> None:
    with pytest.raises(ToolFailed) as raised:
        graphviz.draw("digraph {}", context(tmp_path, Played(answer)))
    assert words in raised.value.message
    assert "--by directory" in raised.value.remedy
