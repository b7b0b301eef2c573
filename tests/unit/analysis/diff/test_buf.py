from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from protogen.analysis.diff import buf
from protogen.analysis.diff.change import Finding
from protogen.errors import OutputUnwritable, ToolFailed
from protogen.languages.toolchain.programs import Program
from protogen.system.process import Finished
from tests.support.script import Script, says
from tests.unit.languages.toolchain.test_buf import no_buf_beside_python, toolbox

__all__ = ["no_buf_beside_python"]

FINDING = (
    '{"path":"a.proto","start_line":3,"type":"FIELD_SAME_NAME",'
    '"message":"Field \\"1\\" on message \\"M\\" changed name."}\n'
    '{"type":"FILE_NO_DELETE","message":"Gone."}\n'
)


def test_buf_reads_both_sets_in_a_folder_of_its_own(tmp_path: Path) -> None:
    seen: dict[str, object] = {}

    def answer(argv: Sequence[str], cwd: Path | None, env: Mapping[str, str]) -> Finished:
        assert cwd
        seen["sets"] = [(cwd / name).read_bytes() for name in ("old.binpb", "new.binpb")]
        seen["homes"] = {env[name] == str(cwd) for name in ("HOME", "XDG_CACHE_HOME", "BUF_CACHE_DIR")}
        seen["token"] = "BUF_TOKEN" in env
        return Finished(tuple(argv), 100, FINDING.encode(), b"")

    script = Script(answer)
    tool = Program("buf", "1.2.3", Path("/x/buf"), "given")
    findings, unchecked = buf.breaking(tool, b"old", b"new", "WIRE_JSON", toolbox(tmp_path, script))
    assert unchecked == ()
    message = 'Field "1" on message "M" changed name.'
    assert findings == (
        Finding("FIELD_SAME_NAME", "a.proto", 3, message),
        Finding("FILE_NO_DELETE", "", 0, "Gone."),
    )
    assert seen == {"sets": [b"old", b"new"], "homes": {True}, "token": False}
    (argv,) = script.started
    assert argv[:5] == ("/x/buf", "breaking", "new.binpb", "--against", "old.binpb")
    assert json.loads(argv[-1])["breaking"] == {"use": ["WIRE_JSON"], "except": []}


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (says("", code=1, stderr="Failure: unknown config"), "Failure: unknown config"),
        (says("", code=1), "it ended with 1"),
        (says("not json", code=100), "buf"),
        (says('{"type": "A"}', code=100), "not a finding of buf"),
    ],
)
def test_buf_that_fails_is_told_in_its_own_words(tmp_path: Path, script: Script, words: str) -> None:
    tool = Program("buf", "1.2.3", Path("/x/buf"), "PATH")
    with pytest.raises(ToolFailed, match=words) as raised:
        buf.breaking(tool, b"", b"", "FILE", toolbox(tmp_path, script))
    assert raised.value.remedy.startswith("run again with --rules none")


def test_rules_that_buf_stumbles_over_are_left_out(tmp_path: Path) -> None:
    def answer(argv: Sequence[str], cwd: Path | None, env: Mapping[str, str]) -> Finished:
        if "ENUM_VALUE_NO_DELETE" in argv[-1]:
            return Finished(tuple(argv), 100, FINDING.encode(), b"")
        return Finished(tuple(argv), 1, b"", b'Failure: cannot add annotation for unknown file: "a.proto"')

    findings, unchecked = buf.breaking(
        Program("buf", "1.75.0", Path("/x/buf"), "PATH"), b"", b"", "FILE", toolbox(tmp_path, Script(answer))
    )
    assert len(findings) == 2
    assert "ENUM_VALUE_NO_DELETE" in unchecked


def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    tool = Program("buf", "1.2.3", Path("/x/buf"), "PATH")
    script = says("", code=1, stderr="write: No space left on device")
    with pytest.raises(OutputUnwritable):
        buf.breaking(tool, b"", b"", "FILE", toolbox(tmp_path, script))
