from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from protogen.analysis.diff.between import RULES, difference
from protogen.analysis.diff.change import Finding, Verdict
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
    missing_entry_points: tuple[str, ...] = ()

    @property
    def protos(self) -> Any:
        return SimpleNamespace(missing_entry_points=self.missing_entry_points)

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
    assert tuple(option.type.choices) == RULES  # type: ignore[attr-defined]


def test_where_nothing_is_to_judge_no_buf_is_asked(tmp_path: Path, buf: Path) -> None:
    script = says("1.9.0")
    worked = context(tmp_path, script, path=str(buf.parent))
    found = difference(OLD, NEW, worked.context, "none")
    assert (found.verdict, script.started, worked.said) == (None, [], [])
    assert [change.aspect for change in found.changes] == ["name"]
    assert (found.old.name, found.new.name) == ("1.0", "1.1")


@pytest.mark.parametrize(("rules", "category"), [("auto", "FILE"), ("buf", "FILE"), ("WIRE", "WIRE")])
def test_buf_judges_by_the_category_that_is_asked_for(
    tmp_path: Path, buf: Path, rules: str, category: str
) -> None:
    worked = context(tmp_path, answering(100, RENAMED), path=str(buf.parent))
    found = difference(OLD, NEW, worked.context, rules)
    finding = Finding("FIELD_SAME_NAME", "a.proto", 0, 'Field "1" on message "M" changed name.')
    assert found.verdict == Verdict("1.9.0", category, (finding,))
    assert len(found.changes) == 1
    assert worked.said == []
    assert difference(OLD, NEW, worked.context, rules, breaking=True).changes == ()


def test_without_buf_nothing_judges_and_that_is_said(tmp_path: Path, buf: Path) -> None:
    worked = context(tmp_path, says(""))
    found = difference(OLD, NEW, worked.context)
    assert (found.verdict, len(found.changes)) == (None, 1)
    assert worked.said == [
        "nothing judged what breaks: that takes buf; to get it: pip install 'protogen-clients[diff]'"
    ]


@pytest.mark.parametrize("options", [{"rules": "buf"}, {"rules": "WIRE"}, {"breaking": True}])
def test_buf_that_was_asked_for_must_be_there(tmp_path: Path, buf: Path, options: dict[str, Any]) -> None:
    with pytest.raises(ToolMissing):
        difference(OLD, NEW, context(tmp_path, says("")).context, **options)


def test_buf_that_fails_judges_nothing_unless_it_was_asked_for(tmp_path: Path, buf: Path) -> None:
    failing = answering(1, "no such option")
    worked = context(tmp_path, failing, path=str(buf.parent))
    assert difference(OLD, NEW, worked.context).verdict is None
    assert worked.said[0].startswith("nothing judged what breaks: buf 1.9.0 can't compare the releases: ")
    with pytest.raises(ToolFailed):
        difference(OLD, NEW, worked.context, "buf")
    with pytest.raises(ToolFailed):
        difference(OLD, NEW, context(tmp_path, failing, {"buf": buf}).context)


def test_rules_that_buf_could_not_check_are_named(tmp_path: Path, buf: Path) -> None:
    def answer(argv: Any, cwd: Path | None, env: Any) -> Finished:
        if "--version" in argv:
            return Finished(tuple(argv), 0, b"1.75.0\n", b"")
        if "ENUM_VALUE_NO_DELETE" in argv[-1]:
            return Finished(tuple(argv), 0, b"", b"")
        return Finished(tuple(argv), 1, b"", b"cannot add annotation for unknown file")

    worked = context(tmp_path, Script(answer), path=str(buf.parent))
    assert difference(OLD, NEW, worked.context).verdict == Verdict("1.75.0", "FILE", ())
    assert worked.said[0].startswith("buf 1.75.0 can't check ENUM_VALUE_NO_DELETE, ")


def test_what_one_source_lacks_is_no_difference(tmp_path: Path, buf: Path) -> None:
    before = closure("1.0", "a", (), "hidden.proto")
    after = closure("1.1", "a", ("hidden.proto",))
    worked = context(tmp_path, answering(0, ""), path=str(buf.parent))
    assert difference(before, after, worked.context).changes == ()
    assert worked.said == ["not compared, since it is not in this source: hidden.proto"]
    assert difference(before, closure("1.1", "a"), worked.context).changes != ()
