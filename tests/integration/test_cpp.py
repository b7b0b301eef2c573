"""C++ packages by the command line, on a machine without a compiler: nothing is built to make one."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from tests.integration.conftest import Command, Shop


def test_the_archive_holds_the_project_with_the_set(command: Command, shop: Shop) -> None:
    asked = ["--version", "release-1.0", "--lang", "cpp", *shop.options]
    ended = command(*asked, "--cmake-package", "Shop_API", "--artifacts", "dist")
    assert ended.code == 0, ended.err
    folder = Path("gen/cpp")
    declared = FileDescriptorSet.FromString((folder / "Shop_API.protoset").read_bytes())
    cmake = (folder / "CMakeLists.txt").read_text()
    own = [file.name for file in declared.file if not file.name.startswith("google/protobuf/")]
    assert own
    assert [name for name in own if f'\n  "{name}"\n' not in cmake] == []
    assert json.loads((folder / "vcpkg.json").read_text())["name"] == "shop-api"
    (packed,) = Path("dist/cpp").iterdir()
    with tarfile.open(fileobj=io.BytesIO(packed.read_bytes())) as archive:
        names = {each.name.partition("/")[2] for each in archive}
        assert {(each.mode, each.uid) for each in archive} == {(0o644, 0)}
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert names == written - {".protogen.json"}


def test_a_proof_names_what_is_missing(
    command: Command, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = shutil.which("git")
    assert git
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to(git)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    ended = command("--version", "release-1.0", "--lang", "cpp", "--verify", *shop.options)
    assert ended.code == 6
    assert "libgrpc++-dev, or leave out --verify" in ended.err
    assert not Path("gen").exists()
