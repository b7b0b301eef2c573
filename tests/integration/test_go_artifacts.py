"""A Go package proven and built for proxies through the command line, with a go that a script plays."""

from __future__ import annotations

import hashlib
import re
import tempfile
from pathlib import Path

import pytest

from tests.integration.conftest import Command, Shop
from tests.support import plugins

HOME = "example.com/shop/@v"


@pytest.fixture(autouse=True)
def scratch_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Scratch folders in a folder of the test's own."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_artifacts_are_a_proxy_and_the_same_elsewhere(
    command: Command, shop: Shop, go_tools: list[str], scratch_below: Path
) -> None:
    arguments = ("--version", "release-1.0", "--lang", "go", "--verify", *shop.options, *go_tools)
    for name in ("one", "two"):
        ended = command(*arguments, "--out", f"{name}/gen", "--artifacts", f"{name}/dist")
        assert ended.code == 0, ended.err
        assert "verified" in ended.err
    served = files_of(Path("one/dist/go"))
    assert served.keys() == {f"{HOME}/list", *(f"{HOME}/v1.0.2.{each}" for each in ("info", "mod", "zip"))}
    assert files_of(Path("two/dist")) == files_of(Path("one/dist"))
    assert served[f"{HOME}/v1.0.2.mod"] == Path("one/gen/go/go.mod").read_bytes()
    sums = Path("one/dist/SHA256SUMS").read_text()
    assert hashlib.sha256(served[f"{HOME}/v1.0.2.zip"]).hexdigest() in sums
    assert not list(scratch_below.iterdir())


@pytest.mark.parametrize(("step", "code"), [("vet", 7), ("mod download", 6)])
def test_a_failed_proof_leaves_the_output_alone(
    step: str, code: int, command: Command, shop: Shop, tmp_path: Path, scratch_below: Path
) -> None:
    tools = plugins.tool_options(plugins.go_tools(tmp_path / "played", fails_at=step))
    arguments = ("--version", "release-1.0", "--lang", "go", "--verify", "--artifacts", "dist")
    ended = command(*arguments, *shop.options, *tools)
    assert ended.code == code, ended.err
    assert f"go: {step} failed: go: {step} is upset" in ended.err
    assert not Path("gen").exists()
    assert not Path("dist").exists()
    where = re.search(r"where: (.*)", ended.err)
    assert where
    if code == 7:
        assert (Path(where[1]) / "shop").is_dir()
        assert Path(where[1]).is_relative_to(scratch_below)
    else:
        assert not list(scratch_below.iterdir())


def test_a_package_of_the_module_around_it_is_proven_but_no_artifact(
    command: Command, shop: Shop, go_tools: list[str]
) -> None:
    Path("go.mod").write_text("module example.com/outer\n")
    arguments = ("--version", "release-1.0", "--lang", "go", "--go-module", ".", *shop.options, *go_tools)
    ended = command(*arguments, "--artifacts", "dist")
    assert ended.code == 2
    assert "--go-module PATH" in ended.err
    assert not Path("gen").exists()
    ended = command(*arguments, "--verify")
    assert ended.code == 0, ended.err
    assert "verified" in ended.err
