from __future__ import annotations

from pathlib import Path

import pytest

from protogen.errors import ProtosUnresolved, UsageError
from protogen.languages.go.naming import module_version as go
from protogen.languages.python.naming import pep440
from protogen.protos.protoset import Form
from protogen.recipe import model
from protogen.recipe.roots import Root
from protogen.releases.release import Release
from protogen.sources import worktree
from protogen.sources.folder import FolderSource
from protogen.sources.worktree import Worktree, proto_set
from tests.unit.recipe.test_model import GOOD


def write(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"// {name}\n")
    return root


def roots(*paths: str) -> tuple[Root, ...]:
    return tuple(map(Root, paths))


def test_imports_are_found_in_the_order_of_roots(tmp_path: Path) -> None:
    tree = Worktree("api", write(tmp_path, "a.proto", "r/a.proto", "r/b.proto"), roots(".", "r", "absent"))
    assert [str(found.origin) for found in tree.find("a.proto")] == ["api:a.proto", "api:r/a.proto"]
    assert [found.content for found in tree.find("b.proto")] == [b"// r/b.proto\n"]
    assert tree.find("c.proto") == ()
    assert tree.find("r") == ()


def test_patterns_give_import_names(tmp_path: Path) -> None:
    tree = Worktree(
        "api", write(tmp_path, "p/x.proto", "p/q/y.proto", "p/z.txt", ".git/p/x.proto"), roots(".", "p")
    )
    assert tree.match("p/**/*.proto")[0] == ("q/y.proto", "x.proto")
    assert tree.match("**/*.proto")[0] == ("q/y.proto", "x.proto")
    assert tree.match("gone/*.proto")[0] == ()


def test_an_absurdly_large_proto_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worktree, "_MAX_PROTO_BYTES", 3)
    with pytest.raises(ProtosUnresolved, match=r"api:a\.proto has 11 bytes"):
        Worktree("api", write(tmp_path, "a.proto"), roots(".")).find("a.proto")


def test_a_name_that_no_file_can_have_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProtosUnresolved, match="can't be read"):
        Worktree("api", tmp_path, roots(".")).find("x" * 300 + ".proto")


def test_license_is_read_where_there_is_one(tmp_path: Path) -> None:
    tree = Worktree("api", tmp_path, roots("."))
    assert tree.licenses() == {}
    write(tmp_path, "LICENSE")
    assert tree.licenses() == {"LICENSE": "// LICENSE\n"}


def test_a_pattern_without_a_file_is_told(tmp_path: Path) -> None:
    read = model.parse(GOOD, "r.yaml")
    trees = [Worktree(name, tmp_path, roots(".")) for name in read.repositories]
    with pytest.raises(ProtosUnresolved, match=r"api at r1 has no file that matches shop/\*\*/\*\.proto"):
        proto_set(read, Release("r1", "1.0.0", "folder", ()), trees, ())


def test_folders_are_read_as_they_are(tmp_path: Path) -> None:
    write(tmp_path, "api/shop/s.proto", "base/admin/a.proto", "api/LICENSE")
    read = model.parse(GOOD, "r.yaml")
    source = FolderSource(read, {"api": str(tmp_path / "api"), "base": str(tmp_path / "base")})
    protos = source.find("v1.2.3", ("admin",)).read()
    assert protos.form is Form.TEXT
    assert protos.entry_points == ("admin/a.proto", "shop/s.proto")
    assert protos.release.package_version == "1.2.3"
    assert protos.release.source == "folder"
    assert list(protos.licenses) == ["api"]
    assert protos.roots == ("api:.", "api:proto", "base:.")
    assert (
        FolderSource(read, source.folders).find("0" * 40, ()).read().release.package_version
        == "0.0.0-dev.0.g000000000000"
    )
    unnamed = FolderSource(read, source.folders).find("main", ()).read().release.package_version
    assert (unnamed, pep440(unnamed), go(unnamed)) == ("0.0.0-dev.0", "0.0.0.dev0", "v0.0.0-dev.0")
    with pytest.raises(UsageError, match="which releases there are"):
        source.releases()


def test_folders_that_are_missing_are_told(tmp_path: Path) -> None:
    read = model.parse(GOOD, "r.yaml")
    with pytest.raises(UsageError, match="none is not a folder"):
        FolderSource(read, {"api": str(tmp_path / "none")}).find("1.2", ())
