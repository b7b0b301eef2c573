"""Integration tests: real git, real protoc, local servers, tools played by scripts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from protogen.cli import main
from protogen.languages.toolchain import toolbox
from tests.support import plugins, upstream

Shop = upstream.Upstream


@dataclass(frozen=True)
class Ended:
    """How a command ended, run in this process."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Ended]


@pytest.fixture(scope="session")
def shop_made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, Path]:
    """The shop, made once, and where."""
    root = tmp_path_factory.mktemp("made") / "upstream"
    return upstream.shop(root), root


@pytest.fixture
def shop(shop_made: tuple[Shop, Path], tmp_path: Path) -> Shop:
    """The three repositories of the shop, the test's own."""
    return upstream.copied(*shop_made, tmp_path / "upstream")


@pytest.fixture(autouse=True)
def pinned(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Take tools for what is pinned, since scripts play them; call it to have them compared."""
    real = toolbox.check_hashes
    monkeypatch.setattr(toolbox, "check_hashes", lambda tool, found: None)
    return lambda: monkeypatch.setattr(toolbox, "check_hashes", real)


@pytest.fixture
def go_tools(tmp_path: Path) -> list[str]:
    """Options that give the Go tools, played by scripts."""
    return plugins.tool_options(plugins.go_tools(tmp_path / "tools"))


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """protogen, in this process, in a folder and with a cache of the test's own."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("PROTOGEN_CACHE_DIR", str(tmp_path / "cache"))
    for name in ("CI", "GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> Ended:
        capfd.readouterr()
        code = main.run(list(arguments))
        printed = capfd.readouterr()
        return Ended(code, printed.out, printed.err)

    return run
