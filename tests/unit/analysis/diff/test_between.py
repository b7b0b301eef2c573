from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from protogen.analysis.diff.between import JUDGES, difference
from protogen.cli.diff import diff
from protogen.errors import ToolFailed, ToolMissing
from protogen.protos.closure import Closure
from protogen.releases.release import Release
from protogen.system.cache import Cache
from protogen.system.context import Context
from protogen.system.process import Finished, Processes
from tests.support.schemas import field, file, message, serialized
from tests.support.script import Script, says

RENAMED = (
    '{"type":"FIELD_SAME_NAME","path":"a.proto","message":"Field \\"1\\" on message \\"M\\" changed name."}'
)


@dataclass(frozen=True)
class Resolved:
    """A closure whose set is given."""

    release: Release
    content: bytes
    lacking: tuple[str, ...] = ()

    @property
    def protos(self) -> Any:
        return SimpleNamespace(lacking=self.lacking)

    def compile(self, context: Context) -> Any:
        return SimpleNamespace(read=lambda: self.content)


def closure(name: str, field_name: str, lacking: tuple[str, ...] = (), *more: str) -> Closure:
    files = (file(each, message("X"), package=Path(each).stem) for each in more)
    content = serialized(file("a.proto", message("M", field(field_name, 1))), *files)
    return cast(Closure, Resolved(Release(name, f"{name}.0", "git", ()), content, lacking))


OLD, NEW = closure("1.0", "a"), closure("1.1", "b")


@dataclass
class Bench:
    """A workbench, and what it said."""

    context: Context
    said: list[str]


def context(
    tmp_path: Path, processes: Processes, tools: dict[str, Path] | None = None, path: str = ""
) -> Bench:
    said: list[str] = []
    cache = Cache(tmp_path / "cache")
    made = Context(cache, processes, {"PATH": path}, tools or {}, say=said.append)
    return Bench(made, said)


@pytest.fixture
def buf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of that name, the only one on PATH; none is beside Python."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python/bin/python"))
    program = tmp_path / "bin/buf"
    program.parent.mkdir()
    program.write_text("")
    program.chmod(0o755)
    return program


def answering(code: int, output: str) -> Script:
    """A buf of version 1.9.0 that ends so."""

    def answer(argv: Any, cwd: Path | None, env: Any) -> Finished:
        if "--version" in argv:
            return Finished(tuple(argv), 0, b"1.9.0\n", b"")
        return Finished(tuple(argv), code, output.encode(), b"")

    return Script(answer)


def test_the_command_offers_every_judge() -> None:
    (option,) = (each for each in diff.params if each.name == "rules")
    assert tuple(option.type.choices) == JUDGES  # type: ignore[attr-defined]


def test_our_own_reading_asks_no_buf(tmp_path: Path, buf: Path) -> None:
    script = says("1.9.0")
    worked = context(tmp_path, script, path=str(buf.parent))
    found = difference(OLD, NEW, worked.context, "own")
    assert (found.buf, script.started, worked.said) == ("", [], [])
    assert [change.breaks for change in found.changes] == [("json", "source")]
    assert (found.old.name, found.new.name) == ("1.0", "1.1")


def test_buf_that_is_at_hand_decides(tmp_path: Path, buf: Path) -> None:
    worked = context(tmp_path, answering(100, RENAMED), path=str(buf.parent))
    found = difference(OLD, NEW, worked.context)
    assert found.buf == "1.9.0"
    assert [mark.decided for change in found.changes for mark in change.marks] == ["buf"]
    assert worked.said == []


def test_without_buf_our_own_reading_decides_and_that_is_said(tmp_path: Path, buf: Path) -> None:
    worked = context(tmp_path, says(""))
    assert difference(OLD, NEW, worked.context).buf == ""
    assert "protogen's own reading" in worked.said[0]


def test_buf_that_was_asked_for_must_be_there(tmp_path: Path, buf: Path) -> None:
    with pytest.raises(ToolMissing):
        difference(OLD, NEW, context(tmp_path, says("")).context, "buf")


def test_buf_that_fails_decides_nothing_unless_it_was_asked_for(tmp_path: Path, buf: Path) -> None:
    failing = answering(1, "no such option")
    worked = context(tmp_path, failing, path=str(buf.parent))
    assert difference(OLD, NEW, worked.context).buf == ""
    assert "no such option; protogen's own reading of its rules decides" in worked.said[0]
    with pytest.raises(ToolFailed):
        difference(OLD, NEW, worked.context, "buf")
    with pytest.raises(ToolFailed):
        difference(OLD, NEW, context(tmp_path, failing, {"buf": buf}).context)


def test_what_one_source_lacks_is_no_difference(tmp_path: Path, buf: Path) -> None:
    before = closure("1.0", "a", (), "hidden.proto")
    after = closure("1.1", "a", ("hidden.proto",))
    worked = context(tmp_path, answering(0, ""), path=str(buf.parent))
    assert difference(before, after, worked.context).changes == ()
    assert worked.said == ["not compared, since it is not in this source: hidden.proto"]
    assert difference(before, closure("1.1", "a"), worked.context).changes != ()
