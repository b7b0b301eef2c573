"""A disk that fills up at any place of a run: one clear error, and nothing half done."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from protogen.cli import main
from protogen.system.scratch import disk_full
from tests.integration.conftest import Command, Shop
from tests.integration.test_publish_mounts import mount, with_mounts


def run(arguments: list[str]) -> tuple[int, str]:
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        return main.run(arguments), said.getvalue()


@pytest.mark.parametrize("place", ["cache", "scratch"])
def test_a_full_disk_is_told_and_the_next_run_succeeds(
    command: Command,
    shop: Shop,
    go_tools: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    small = tmp_path / place
    small.mkdir()
    arguments = ["--version", "1.0", "--lang", "go,python", *shop.options, *go_tools]
    if place == "scratch":
        monkeypatch.setenv("TMPDIR", str(small))
        monkeypatch.setattr(tempfile, "tempdir", None)

    def act() -> object:
        mount("tmpfs", small, "tmpfs", options="size=16k")
        full = run(arguments)
        written = Path("gen").exists()
        left = [path.name for path in small.rglob("*") if path.name.startswith(("protogen-", "git-"))]
        mount("tmpfs", small, "tmpfs", options="size=64m")
        return full, written, left, run(arguments)[0], Path("gen/go/go.mod").is_file()

    result: Any = with_mounts(act)
    (code, said), written, left, again, there = result
    assert code == 8, said
    assert said.startswith("error: the disk is full") or "No space left on device" in said
    assert str(small) in said
    assert "  try:   " in said
    assert not written
    assert left == []
    assert (again, there) == (0, True)


def test_only_a_full_disk_is_taken_for_one() -> None:
    error = disk_full(f"x.pb.go: {os.strerror(28)}")
    assert error is not None
    assert error.code == 8
    assert "TMPDIR" in error.remedy
    assert disk_full("Permission denied") is None
