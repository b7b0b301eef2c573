"""npm packages by the command line, their generator played by a script."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

from tests.integration.conftest import Command, Shop
from tests.support.plugins import es_plugin


def test_both_halves_are_in_the_package_and_in_its_archive(
    command: Command, shop: Shop, tmp_path: Path
) -> None:
    tool = f"--tool=protoc-gen-es={es_plugin(tmp_path)}"
    asked = ["--version", "release-1.0", "--lang", "typescript", *shop.options, tool]
    ended = command(*asked, "--npm-package", "@team/shop", "--artifacts", "dist")
    assert ended.code == 0, ended.err
    folder = Path("gen/typescript")
    for half, style in (("esm", "module"), ("cjs", "legacy_commonjs")):
        modules = list((folder / half).rglob("*_pb.js"))
        assert modules
        assert all(f"js_import_style={style}\n" in path.read_text() for path in modules)
        assert {path.with_suffix("").with_suffix("") for path in (folder / half).rglob("*_pb.d.ts")} == {
            path.with_suffix("") for path in modules
        }
    assert json.loads((folder / "package.json").read_text())["name"] == "@team/shop"
    (packed,) = Path("dist/typescript").iterdir()
    with tarfile.open(fileobj=io.BytesIO(packed.read_bytes())) as archive:
        names = {f"{folder}/{each.name.removeprefix('package/')}" for each in archive}
        assert {(each.mode, each.uid) for each in archive} == {(0o644, 0)}
    written = {str(path) for path in folder.rglob("*") if path.is_file()}
    assert names == written - {f"{folder}/.protogen.json"}
