from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from protogen.errors import ToolFailed, ToolMissing
from protogen.system.scratch import scratch

HOLD = """
from protogen.system.scratch import scratch
with scratch() as folder:
    print(folder, flush=True)
    input()
"""


@pytest.fixture(autouse=True)
def own_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)


def hold(tmp_path: Path) -> tuple[subprocess.Popen[str], Path]:
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD], env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout
    return child, Path(child.stdout.readline().strip())


def test_a_scratch_folder_is_gone_afterwards(tmp_path: Path) -> None:
    with scratch() as folder:
        (folder / "x").write_text("x")
        assert folder.parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_swept_and_what_a_living_one_has_is_not(tmp_path: Path) -> None:
    killed, left = hold(tmp_path)
    living, kept = hold(tmp_path)
    (left / "x").write_text("x")
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    with scratch():
        assert not left.exists()
        assert kept.is_dir()
    living.communicate("\n")
    assert list(tmp_path.iterdir()) == []


def test_folders_in_the_making_and_those_of_others_are_left(tmp_path: Path) -> None:
    young = tmp_path / "protogen-making-a"
    old = tmp_path / "protogen-making-b"
    link = tmp_path / "protogen-scratch-c"
    for folder in (young, old):
        folder.mkdir()
    (tmp_path / "target").mkdir()
    link.symlink_to(tmp_path / "target")
    os.utime(old, (0, 0))
    with scratch():
        assert young.is_dir()
        assert not old.exists()
        assert link.is_symlink()
    if os.getuid() == 0:
        foreign = tmp_path / "protogen-scratch-d"
        foreign.mkdir()
        os.chown(foreign, 12345, 12345)
        with scratch():
            assert foreign.is_dir()


def test_a_folder_that_the_user_was_told_of_stays_whoever_sweeps(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed), scratch(kept_for=(ToolFailed,)) as folder:
        raise ToolFailed("look here")
    with pytest.raises(ToolMissing), scratch(kept_for=(ToolFailed,)) as other:
        raise ToolMissing("no need to look")
    with scratch():
        assert folder.is_dir()
        assert not other.exists()
