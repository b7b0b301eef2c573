from __future__ import annotations

import sys
from pathlib import Path

import pytest

from protogen.errors import ToolMissing
from protogen.languages.toolchain import buf
from protogen.languages.toolchain.programs import Program
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.system.cache import Cache
from protogen.system.process import Processes
from tests.support.script import says


def program(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "buf"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def toolbox(tmp_path: Path, processes: Processes, *, path: str = "", given: bool = False) -> Toolbox:
    tools = {"buf": tmp_path / "given/buf"} if given else {}
    return Toolbox(
        Cache(tmp_path / "cache"), processes, {"PATH": path, "BUF_TOKEN": "x", "HOME": "/h"}, tools
    )


@pytest.fixture(autouse=True)
def no_buf_beside_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python/bin/python"))


def test_buf_is_taken_as_given_then_from_path_then_from_beside_python(tmp_path: Path) -> None:
    beside = program(tmp_path / "python/bin")
    assert buf.find(toolbox(tmp_path, says("1.2.3"))) == Program("buf", "1.2.3", beside, "beside Python")
    on_path = program(tmp_path / "on-path")
    path = str(on_path.parent)
    assert buf.find(toolbox(tmp_path, says("1.2.3"), path=path)) == Program("buf", "1.2.3", on_path, "PATH")
    given = program(tmp_path / "given")
    found = buf.find(toolbox(tmp_path, says("1.2.3"), path=path, given=True))
    assert found == Program("buf", "1.2.3", given, "given")


def test_a_program_that_tells_no_version_is_not_buf(tmp_path: Path) -> None:
    program(tmp_path / "python/bin")
    assert buf.find(toolbox(tmp_path, says("", code=1))) is None


def test_buf_that_must_be_there_is_missed_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing) as raised:
        buf.find(toolbox(tmp_path, says("")), "--rules WIRE")
    assert "--rules WIRE asks for it" in raised.value.message
    assert "protogen-clients[diff]" in raised.value.remedy
    beside = program(tmp_path / "python/bin")
    found = buf.find(toolbox(tmp_path, says("1.0.0")), "--breaking")
    assert found
    assert found.path == beside
