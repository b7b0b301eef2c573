"""Tools are installed while protos are fetched, and nobody waits for those that nobody needs."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.conftest import Command, Shop
from tests.support import plugins
from tests.support.upstream import SHOP

Machine = Callable[..., list[str]]
# Waits up to a minute for a file that another program leaves.
AWAIT = 'for _ in $(seq 600); do [ -e "{file}" ] && break; sleep 0.1; done; [ -e "{file}" ] || exit 9'


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def machine(tmp_path: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine with a git and a go that run these lines first; the options that make a client there."""

    def made(*, git: str = "", install: str = "") -> list[str]:
        real_git, real_go = shutil.which("git"), plugins.go_tools(tmp_path / "tools")["go"]
        folder = program(tmp_path / "bin" / "git", f'{git}\nexec {real_git} "$@"').parent
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        begin = f'if [ "$1" = install ]; then\n{install or ":"}\nfi'
        go = program(folder / "go", f'{begin}\nexec {real_go} "$@"')
        return [*shop.options, f"--tool=go={go}"]

    return made


def test_protos_are_fetched_while_tools_are_installed(
    machine: Machine, command: Command, tmp_path: Path
) -> None:
    begun = tmp_path / "begun"
    waiting = f'case " $* " in *" fetch "*) {AWAIT.format(file=begun)};; esac'
    options = machine(git=waiting, install=f"touch {begun}")
    ended = command("--version", "1.0", "--lang", "go", *options)
    assert ended.code == 0, ended.err
    assert {path.name for path in (tmp_path / "cache/v2/tools").rglob("protoc-gen-*") if path.is_file()} == {
        "protoc-gen-go",
        "protoc-gen-go-grpc",
    }


def test_a_language_without_tools_gets_them_at_once_whatever_others_have(
    machine: Machine, command: Command, tmp_path: Path
) -> None:
    (tmp_path / "cache/v2/tools/another-0").mkdir(parents=True)
    begun = tmp_path / "begun"
    waiting = f'case " $* " in *" ls-remote "*) {AWAIT.format(file=begun)};; esac'
    ended = command("--version", "1.0", "--lang", "go", *machine(git=waiting, install=f"touch {begun}"))
    assert ended.code == 0, ended.err


def test_a_release_that_is_missing_ends_what_is_being_installed(
    machine: Machine, command: Command, tmp_path: Path
) -> None:
    begun = tmp_path / "begun"
    waiting = f'case " $* " in *" ls-remote "*) {AWAIT.format(file=begun)};; esac'
    options = machine(git=waiting, install=f"echo $$ > {begun}.new; mv {begun}.new {begun}; exec sleep 1000")
    ended = command("--version", "9.9", "--lang", "go", *options)
    assert ended.code == 3, ended.err
    assert not Path("/proc", begun.read_text().strip()).exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int(begun.read_text()), 0)
    assert list((tmp_path / "cache" / "tmp").iterdir()) == []


def test_an_installation_that_fails_is_tried_once_for_all_releases(
    machine: Machine, command: Command, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    options = machine(install=f"echo $3 >> {log}; echo 'go: no such proxy' >&2; exit 1")
    ended = command("--version", "1.0,1.0.0", "--lang", "go", *options)
    assert ended.code == 6
    assert ended.err.count("no such proxy") == 2, "each release says what it came to"
    assert len(log.read_text().splitlines()) == 1


def test_a_tool_that_the_release_does_not_need_may_fail(
    machine: Machine, command: Command, shop: Shop
) -> None:
    options = machine(install='case "$3" in *grpc*) echo upset >&2; exit 1;; esac')
    ended = command("--version", "1.0", "--lang", "go", *options)
    assert ended.code == 6, "the shop has services"
    shop.api.commit({"shop/shop.proto": SHOP.split("service ", maxsplit=1)[0]})
    shop.api.git("branch", "--force", "release-1.0")
    ended = command("--version", "1.0", "--lang", "go", *options)
    assert ended.code == 0, ended.err
