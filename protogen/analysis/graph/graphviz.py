"""Graphviz, which lays pictures out: given, the one inside pygraphviz, or `dot` on PATH."""

from __future__ import annotations

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from protogen.errors import ToolFailed, ToolMissing
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.system.context import Context
from protogen.system.progress import Kind

TOOL = "dot"
SECONDS = 120.0
_LIBRARY = "pygraphviz"

# A child process: a layout may take any time, and a crash in it must not be ours. -I keeps the
# user's PYTHON* variables and the current folder out, so the library's own folder is handed over.
_CHILD = """\
import sys
sys.path.insert(0, sys.argv[1])
import pygraphviz
graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode("utf-8"))
sys.stdout.buffer.write(graph.draw(format="svg", prog="dot"))
"""


def draw(dot: str, context: Context) -> str:
    """The SVG of a graph in DOT.

    Raises ToolMissing where there is no Graphviz, ToolFailed where it doesn't succeed.
    """
    argv = _command(context)
    try:
        with context.progress.task("", Kind.DRAW, "the graph"):
            done = context.processes.run(argv, timeout=SECONDS, env=context.environ, stdin=dot.encode())
    except ToolFailed as error:
        raise _failed(error.message, argv) from error
    text = done.stdout.decode("utf-8", "replace")
    if done.returncode != 0 or "<svg" not in text:
        lines = done.message.splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise _failed(f"Graphviz can't draw the graph: {lines[0]}", argv)
    return text


def _command(context: Context) -> list[str]:
    if TOOL in context.given_tools:
        return [str(Toolbox.of(context).take_given(TOOL).path), "-Tsvg"]
    library = find_spec(_LIBRARY)
    if library and library.origin:
        return [sys.executable, "-I", "-c", _CHILD, str(Path(library.origin).parents[1])]
    program = shutil.which(TOOL, path=context.environ.get("PATH"))
    if program:
        return [program, "-Tsvg"]
    raise ToolMissing(
        "a picture needs Graphviz, which is neither installed beside protogen nor on PATH",
        where=sys.executable,
        remedy=f"{sys.executable} -m pip install pygraphviz, or choose --format dot or mermaid",
    )


def _failed(message: str, argv: list[str]) -> ToolFailed:
    return ToolFailed(
        message,
        where=argv[0],
        remedy="draw less with --focus FILE or --by directory, or choose --format dot",
    )
