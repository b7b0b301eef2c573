from __future__ import annotations

from pathlib import Path

import pytest

from protogen.errors import SourceRefused
from protogen.sources.gitrepo.objects import read_blobs, snapshot
from tests.support.upstream import Repository


def test_snapshot_lists_files_and_submodules_but_no_links(tmp_path: Path) -> None:
    repository = Repository.create(tmp_path / "r")
    commit = repository.commit({"a/b/x.proto": "x", "y.proto": "y"})
    (repository.path / "link.proto").symlink_to("y.proto")
    repository.git("add", "link.proto")
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{commit},deps/z")
    repository.git("commit", "--quiet", "--message", "x")
    found = snapshot(repository.path / ".git", repository.head())
    assert sorted(found.blobs) == ["a/b/x.proto", "y.proto"]
    assert found.submodules == {"deps/z": commit}
    assert found.committed == "20240101000000"
    contents = read_blobs(repository.path / ".git", found.blobs.values())
    assert sorted(contents.values()) == [b"x", b"y"]


def test_what_is_no_commit_or_not_there_is_refused(tmp_path: Path) -> None:
    repository = Repository.create(tmp_path / "r")
    repository.commit({"x.proto": "x"})
    blob = repository.git("rev-parse", "HEAD:x.proto").strip()
    with pytest.raises(SourceRefused, match="not a commit"):
        snapshot(repository.path / ".git", blob)
    with pytest.raises(SourceRefused, match="can't be read"):
        snapshot(repository.path / ".git", "0" * 40)
    with pytest.raises(SourceRefused, match="can't be read"):
        read_blobs(repository.path / ".git", ["0" * 40])
