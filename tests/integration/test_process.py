from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

from protogen.errors import ToolFailed, ToolMissing
from protogen.system.process import ProcessEnded, Processes


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_output_is_captured_and_input_given() -> None:
    code = "import sys; sys.stdout.write(sys.stdin.read().upper()); sys.stderr.write('e'); sys.exit(3)"
    done = Processes().run(python(code), timeout=30, stdin=b"abc")
    assert (done.returncode, done.stdout, done.stderr, done.message) == (3, b"ABC", b"e", "e")


def test_words_are_the_output_where_nothing_was_said_in_error() -> None:
    assert Processes().run(python("print('x')"), timeout=30).message == "x"


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match="nope can't be started: No such file") as caught:
        Processes().run([str(tmp_path / "nope")], timeout=30)
    assert "install nope" in caught.value.remedy


def test_a_null_byte_in_an_argument_is_an_error() -> None:
    with pytest.raises(ToolMissing, match="null byte"):
        Processes().run(["true", "a\0b"], timeout=30)


def test_time_runs_out_for_the_whole_group(tmp_path: Path) -> None:
    mark = tmp_path / "alive"
    grandchild = f"import time, pathlib\nwhile True: pathlib.Path({str(mark)!r}).touch(); time.sleep(0.05)"
    start = f"subprocess.Popen([sys.executable, '-c', {grandchild!r}])"
    code = f"import subprocess, sys, time; {start}; time.sleep(60)"
    with pytest.raises(ToolFailed, match="did not finish within 1 seconds"):
        Processes().run(python(code), timeout=1)
    mark.unlink(missing_ok=True)
    time.sleep(0.3)
    assert not mark.exists()


@pytest.mark.slow
def test_a_child_that_ignores_the_term_signal_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("protogen.system.process._GRACE_SECONDS", 0.3)
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    before = time.monotonic()
    with pytest.raises(ToolFailed):
        Processes().run(python(code), timeout=1)
    assert time.monotonic() - before < 30


def test_cancel_ends_what_runs_and_refuses_more() -> None:
    processes = Processes()
    failures: list[Exception] = []

    def run() -> None:
        try:
            processes.run(python("import time; time.sleep(60)"), timeout=90)
        except ToolFailed as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    while not processes._running:
        time.sleep(0.01)
    processes.cancel()
    thread.join(30)
    assert not thread.is_alive()
    assert "was cancelled" in str(failures[0])
    with pytest.raises(ToolFailed, match="was cancelled"):
        processes.run(python("pass"), timeout=30)


def test_a_child_that_reads_nothing_is_no_error() -> None:
    done = Processes().run(python("pass"), timeout=30, stdin=b"x" * 1_000_000)
    assert done.returncode == 0


def test_each_process_is_told_with_its_time_and_end_and_without_credentials(tmp_path: Path) -> None:
    ended: list[ProcessEnded] = []
    processes = Processes(on_end=ended.append)
    argv = python("import sys, time; time.sleep(0.02); sys.exit(3)")
    processes.run([*argv, "--index=https://me:s3cr3t@example.com/simple?token=x"], timeout=30, cwd=tmp_path)
    with pytest.raises(ToolFailed, match="did not finish"):
        processes.run(python("import time; time.sleep(30)"), timeout=0.05)
    with pytest.raises(ToolMissing):
        processes.run([str(tmp_path / "nope")], timeout=30)
    first, second = ended
    assert first.argv == (*argv, "--index=https://example.com/simple")
    assert (first.cwd, first.exit_code) == (tmp_path, 3)
    assert 0.02 <= first.seconds < 30
    assert (second.cwd, second.exit_code) == (Path.cwd(), -15)
