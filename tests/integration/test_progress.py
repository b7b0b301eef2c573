"""Progress as it is seen: on a real pseudo-terminal, and in the logs of a CI."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from protogen.cli import main
from protogen.cli.progress import showing
from protogen.cli.progress.board import Board
from protogen.system.progress import Began, Ended, Kind, Task
from tests.integration.conftest import Command, Shop
from tests.integration.git_server import serving
from tests.support.command import heeding_interrupts
from tests.support.terminal import Terminal

NAMES = ("api", "base", "extra")
UTF8 = {"LANG": "C.UTF-8", "TERM": "xterm-256color"}


@contextmanager
def attached(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """A small terminal that standard error is; a fixture's would give way to pytest's own capture."""
    made = Terminal(40, 6)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"COLUMNS": "40", "LINES": "6", "TERM": "xterm-256color"}.items():
        monkeypatch.setenv(name, value)
    with made.opened() as file, monkeypatch.context() as context:
        context.setattr(sys, "stderr", file)
        yield made
    made.close()


def test_the_board_changes_in_place_below_what_is_said_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    with attached(monkeypatch) as terminal:
        with closing(Board(ascii_only=False, delay=0)) as board:
            for number in range(9):
                board.hear(Began(Task("r1", Kind.FETCH, f"repository-{number}-日本" + "x" * 40)))
            shown = terminal.wait_for(lambda lines: len(lines) == 4)
            assert shown[0].startswith("r1  0.")
            assert "repository-0-日" in shown[1]
            board.say("one line\x1b[2J")
            shown = terminal.wait_for(lambda lines: lines[0] == "one line?[2J")
            assert shown[1].startswith("r1  ")
            assert terminal.screen.cursor.hidden
        board.say("after")
        assert terminal.wait_for(lambda lines: "after" in lines) == ["one line?[2J", "after"]
        assert not terminal.screen.cursor.hidden


def test_work_that_ends_soon_shows_nothing_and_says_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    with attached(monkeypatch) as terminal:
        with showing(UTF8, quiet=False, verbose=False) as shown:
            shown.say("said")
        assert terminal.wait_for(bool) == ["said"]
        assert terminal.written == b"said\r\n"


def test_a_board_that_comes_too_late_stays_away(monkeypatch: pytest.MonkeyPatch) -> None:
    with attached(monkeypatch) as terminal:
        board = Board(ascii_only=False, delay=60)
        board.close()
        board._show()
        assert terminal.lines() == []


@pytest.mark.parametrize("colour", [True, False])
def test_without_colour_there_is_none(monkeypatch: pytest.MonkeyPatch, colour: bool) -> None:
    with attached(monkeypatch) as terminal:
        if not colour:
            monkeypatch.setenv("NO_COLOR", "1")
        with closing(Board(ascii_only=True, delay=0)) as board:
            board.hear(Began(Task("ä", Kind.RELEASE, "")))
            board.hear(Ended(Task("ä", Kind.RELEASE, "")))
            terminal.wait_for(lambda lines: lines[:1] == ["+ \\xe4  0.0 s"])
        assert (b"\x1b[32m" in terminal.written) is colour
        assert terminal.written.isascii()


def test_verbose_lines_stand_above_the_board(monkeypatch: pytest.MonkeyPatch) -> None:
    with attached(monkeypatch) as terminal:
        with ExitStack() as stack:
            shown = stack.enter_context(showing(UTF8, quiet=False, verbose=True))
            stack.enter_context(shown.progress.task("r1", Kind.FETCH, "api"))
            screen = terminal.wait_for(lambda lines: len(lines) == 3)
        assert screen[0] == "r1: fetching api"
        assert screen[2].endswith("s") and "api  fetching" in screen[2]
        assert terminal.lines() == ["r1: fetching api"]


@pytest.mark.slow
def test_an_interrupt_leaves_a_clean_terminal(shop: Shop, tmp_path: Path) -> None:
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    screen = Terminal(80, 10)
    environ = {
        **{name: value for name, value in os.environ.items() if name not in {"CI", "NO_COLOR", "LC_ALL"}},
        **UTF8,
        "PATH": f"{slow.parent}{os.pathsep}{os.environ['PATH']}",
        "PROTOGEN_CACHE_DIR": str(tmp_path / "cache"),
    }
    argv = [sys.executable, "-m", "protogen", "--version", "1.0", "--lang", "go", *shop.options]
    # A session of its own, whose terminal this is: ^C then is a signal.
    begin = "import os, sys, fcntl, termios; os.setsid(); fcntl.ioctl(2, termios.TIOCSCTTY, 0)"
    script = f"{begin}; os.execv(sys.argv[1], sys.argv[1:])"
    with subprocess.Popen(
        heeding_interrupts([sys.executable, "-c", script, *argv]),
        stdin=screen.inner,
        stdout=screen.inner,
        stderr=screen.inner,
        env=environ,
        cwd=tmp_path,
    ) as child:
        shown = screen.wait_for(lambda lines: any("listing refs" in line for line in lines))
        assert shown[0].startswith("1.0  ")
        os.write(screen.outer, b"\x03")
        assert child.wait(20) == 130
    assert [line for line in screen.lines() if line] == ["error: interrupted"]
    assert not screen.screen.cursor.hidden
    screen.close()


@pytest.mark.parametrize(
    ("variables", "begins", "ends"),
    [
        ({"GITHUB_ACTIONS": "true"}, "::group::9.9", "::endgroup::"),
        ({"GITLAB_CI": "true"}, "\x1b[0Ksection_start:", "\x1b[0Ksection_end:"),
    ],
)
def test_a_ci_folds_a_release_and_its_error_stands_after_it(
    command: Command,
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    begins: str,
    ends: str,
) -> None:
    for name, value in {"CI": "true", **variables}.items():
        monkeypatch.setenv(name, value)
    ended = command("--version", "9.9", "--lang", "go", *shop.options)
    lines = ended.err.split("\n")
    (last,) = [number for number, line in enumerate(lines) if line.startswith(ends)]
    assert lines[0].startswith(begins)
    assert "9.9: failed finding the release" in lines[last - 1]
    assert lines[last + 1].startswith("error: ")


def test_quiet_says_nothing_and_a_log_that_is_no_ci_gets_no_lines(command: Command, shop: Shop) -> None:
    assert command("--version", "1.0", "--lang", "python", *shop.options, "-q").err == ""
    ended = command("--version", "1.0", "--lang", "python", *shop.options)
    assert ended.err.splitlines()[0].startswith("1.0 (version")
    elsewhere = ["--version", "1.0", "--lang", "python", *shop.options, "--out", "elsewhere"]
    verbose = command(*elsewhere, "-v").err.splitlines()
    assert verbose[0] == "1.0: finding the release"
    assert "1.0: publishing packages" in verbose
    assert "1.0: assembling python" not in verbose, "the cache has it"
    assert "1.0: assembling python" in command(*elsewhere, "-v", "--regenerate").err.splitlines()


def test_verbose_shows_each_process_without_credentials(command: Command, shop: Shop) -> None:
    with serving(shop.api.path.parent) as server:
        server.credentials = "me:s3cret"
        repositories = [f"--repo={name}={server.url(f'{name}/.git', 'me:s3cret@')}" for name in NAMES]
        arguments = ["--version", "1.0", "--lang", "python", "--recipe", str(shop.recipe), *repositories]
        ended = command(*arguments, "-v")
        assert (ended.code, "s3cret" in ended.out + ended.err) == (0, False)
        shown = [line for line in ended.err.splitlines() if line.startswith("$ ")]
        fetched = [line for line in shown if re.search(r"^\$ (/\S*/)?git .*\bfetch\b", line)]
        assert len(fetched) >= len(NAMES)
        assert all(re.search(r" \(in /\S*, \d+\.\d\d s, exit 0\)$", line) for line in fetched), fetched
        assert "$ " not in command(*arguments, "--out", "again").err


@pytest.mark.parametrize("encoding", ["ascii:strict", "latin-1:strict", "utf-8:strict"])
def test_no_character_is_too_much_for_a_terminal(
    shop: Shop, command: Command, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, errors = encoding.split(":")
    buffer = io.BytesIO()
    with io.TextIOWrapper(buffer, encoding=made, errors=errors) as stream, monkeypatch.context() as context:
        context.setattr(sys, "stdout", stream)
        context.setattr(sys, "stderr", stream)
        assert main.run(["graph", "--version", "release-1.0", "--by", "directory", *shop.options]) == 0
        assert main.run(["--version", "x\u65e5\udcff", "--lang", "go", *shop.options]) in {2, 3}
        stream.flush()
        assert b"shop" in buffer.getvalue()
        assert rb"\udcff" in buffer.getvalue()
