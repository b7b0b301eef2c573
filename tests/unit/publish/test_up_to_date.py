from __future__ import annotations

import ast
import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from protogen.publish import up_to_date as module
from protogen.publish.run import publish
from protogen.publish.target import Published, Target
from protogen.publish.tree import MANIFEST
from protogen.publish.up_to_date import Expected, up_to_date
from protogen.system.files import digest

TREE = {"a.txt": b"a", "deep/b.txt": b"b"}


def put(out: Path) -> Expected:
    publish([Target("go", out, TREE, {})])
    return Expected("go", out, digest((out / MANIFEST).read_bytes()))


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def link(path: Path) -> None:
    path.rename(path.with_name("real"))
    path.symlink_to("real")


def test_folders_that_are_as_published_stand_whatever_lies_beside(tmp_path: Path) -> None:
    first, second = put(tmp_path / "go"), put(tmp_path / "gen/go")
    (tmp_path / "go/deep/notes.txt").touch()
    os.mkfifo(tmp_path / "go/pipe")
    assert up_to_date([first, second]) == tuple(
        Published("go", each.out, "unchanged", tuple(TREE), (), (), each.manifest) for each in (first, second)
    )


def change(out: Path) -> None:
    (out / "a.txt").write_bytes(b"b")


def spoil_manifest(out: Path) -> None:
    (out / MANIFEST).write_text("{")


def forge_manifest(out: Path) -> None:
    change(out)
    manifest = json.loads((out / MANIFEST).read_bytes())
    manifest["files"]["a.txt"] = digest(b"b")
    (out / MANIFEST).write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")


def replace_by_folder(out: Path) -> None:
    (out / "a.txt").unlink()
    (out / "a.txt").mkdir()


def hide(out: Path) -> None:
    out.rename(out.with_name("elsewhere"))


@pytest.mark.parametrize("harm", [change, spoil_manifest, forge_manifest, replace_by_folder, hide])
def test_a_folder_that_is_not_as_it_was_written_does_not_stand(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    expected = put(tmp_path / "go")
    harm(tmp_path / "go")
    assert up_to_date([expected]) == ()


@pytest.mark.parametrize("path", TREE)
@pytest.mark.parametrize("bit", range(8))
def test_any_flipped_bit_is_seen(tmp_path: Path, path: str, bit: int) -> None:
    expected = put(tmp_path / "go")
    file = tmp_path / "go" / path
    file.write_bytes(bytes([file.read_bytes()[0] ^ 1 << bit]))
    assert up_to_date([expected]) == ()


@pytest.mark.timeout(10)
@pytest.mark.parametrize("path", [*TREE, MANIFEST])
@pytest.mark.parametrize("harm", [pipe, link, Path.unlink])
def test_what_only_looks_like_a_file_is_neither_opened_nor_followed(
    tmp_path: Path, path: str, harm: Callable[[Path], None]
) -> None:
    expected = put(tmp_path / "go")
    harm(tmp_path / "go" / path)
    assert up_to_date([expected]) == ()


@pytest.mark.parametrize("path", [*TREE, MANIFEST])
def test_what_cant_be_read_is_left_to_publishing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    expected = put(tmp_path / "go")
    opened = os.open

    def refused(name: str | Path, flags: int) -> int:
        if os.fspath(name) == str(tmp_path / "go" / path):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES), name)
        return opened(name, flags)

    monkeypatch.setattr(os, "open", refused)
    assert up_to_date([expected]) == ()


def test_nothing_stands_while_a_publish_is_unsettled_or_behind_a_link(tmp_path: Path) -> None:
    expected = put(tmp_path / "go")
    (tmp_path / ".protogen-publish").mkdir()
    assert up_to_date([expected]) == ()
    (tmp_path / ".protogen-publish").rmdir()
    assert up_to_date([expected])
    (tmp_path / "go").rename(tmp_path / "real")
    (tmp_path / "go").symlink_to("real")
    assert up_to_date([expected]) == ()


def test_looking_loads_no_module_that_writes() -> None:
    folder = Path(module.__file__).parent
    ahead, loaded = ["up_to_date"], set()
    while ahead:
        name = ahead.pop()
        loaded.add(name)
        for node in ast.parse((folder / f"{name}.py").read_text()).body:
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("protogen.publish."):
                found = (node.module or "").rpartition(".")[2]
                ahead += [found] if found not in loaded else []
    assert loaded == {"up_to_date", "manifest", "target", "failures", "tree"}
