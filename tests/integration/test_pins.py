"""The child that searches for a pinned commit: its limits, and how its ends are told apart."""

from __future__ import annotations

import resource
import signal
import sys
from pathlib import Path

import pytest

from protogen.errors import RecipeError, ToolFailed
from protogen.sources.gitrepo import pins
from protogen.system.process import Processes

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TEXT, EXPRESSION = f'git_commit = "{COMMIT}"\n', 'git_commit = "([0-9a-f]{40})"'
ENDLESS = r"((?:a+)+)b"


def started_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, prelude: str) -> None:
    """Have the child's interpreter run something before it."""
    program = tmp_path / "python"
    # Called as `python -I -S -c CHILD ARGUMENTS`.
    rest = "sys.argv = ['-c', *sys.argv[5:]]"
    program.write_text(
        f"#!{sys.executable}\nimport sys\n{prelude}\nchild = sys.argv[4]\n{rest}\nexec(child)\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))


@pytest.mark.parametrize(
    "prelude",
    [
        "",
        "import resource\ndef refuse(*_): raise ValueError('current limit exceeds maximum limit')\n"
        "resource.setrlimit = refuse",
        "import resource\ndef refuse(*_): raise OSError(22, 'Invalid argument')\nresource.setrlimit = refuse",
        f"import resource\nresource.setrlimit(resource.RLIMIT_AS, ({1 << 29}, {1 << 29}))",
    ],
    ids=["plain", "refused", "not known", "less granted"],
)
def test_a_limit_that_cannot_be_set_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, prelude: str
) -> None:
    started_with(monkeypatch, tmp_path, prelude)
    assert pins.find_text(EXPRESSION, TEXT, Processes()) == COMMIT
    assert pins.find_text(EXPRESSION, "nothing", Processes()) == ""


def test_the_limit_holds_where_it_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    if resource.getrlimit(resource.RLIMIT_AS)[1] != resource.RLIM_INFINITY or sys.platform == "darwin":
        pytest.skip("no limit on memory here")
    monkeypatch.setattr(pins, "_BYTES", 1 << 26)
    with pytest.raises(RecipeError, match="doesn't come to an end in the memory"):
        pins.find_text(r"(?:(.)|.)*", "a" * 1_000_000, Processes())


def test_an_endless_expression_is_told_by_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pins, "SECONDS", 0.5)
    with pytest.raises(RecipeError, match=r"doesn't come to an end within 0.5 seconds: '\(\(\?:a\+\)\+\)b'"):
        pins.find_text(ENDLESS, "a" * 64, Processes())


@pytest.mark.parametrize(
    ("prelude", "message"),
    [
        (
            "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
            rf"ended by signal {signal.SIGKILL:d} \(Killed",
        ),
        ("sys.exit('no such module')", "ended with code 1: no such module"),
        ("import os\nos._exit(7)", r"ended with code 7\n"),
    ],
)
def test_a_child_that_died_is_no_endless_expression(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, prelude: str, message: str
) -> None:
    started_with(monkeypatch, tmp_path, prelude)
    with pytest.raises(ToolFailed, match=f"the search for a pinned commit {message}") as caught:
        pins.find_text(EXPRESSION, TEXT, Processes())
    assert "--ref NAME=REF" in caught.value.remedy
