from __future__ import annotations

import os
from pathlib import Path

import pytest

from protogen.errors import SourceRefused
from protogen.sources.gitrepo.client import GitClient
from protogen.sources.gitrepo.objects import Run, read_blobs, snapshot
from protogen.system.process import Processes
from tests.support.upstream import Repository

FORMATS = ("sha1", "sha256")


def reading(repository: Repository) -> Run:
    client = GitClient(Processes(), os.environ)
    return lambda arguments, stdin: client.read(repository.path / ".git", *arguments, stdin=stdin)


@pytest.mark.parametrize("form", FORMATS)
def test_snapshot_lists_files_links_and_submodules(tmp_path: Path, form: str) -> None:
    repository = Repository.create(tmp_path / "r", form=form)
    commit = repository.commit({"a/b/x.proto": "x", "y.proto": "y", "a/\xfc.proto": "z"})
    (repository.path / "link.proto").symlink_to("y.proto")
    repository.git("add", "link.proto")
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{commit},deps/z")
    repository.git("commit", "--quiet", "--message", "x")
    run = reading(repository)
    found = snapshot(run, repository.head())
    assert sorted(found.blobs) == ["a/b/x.proto", "a/\xfc.proto", "y.proto"]
    assert found.submodules == {"deps/z": commit}
    assert found.committed == "20240101000000"
    assert sorted(read_blobs(run, found.blobs.values()).values()) == [b"x", b"y", b"z"]
    assert read_blobs(run, [found.links["link.proto"]]) == {found.links["link.proto"]: b"y.proto"}
    assert read_blobs(run, []) == {}


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_no_commit_or_not_there_is_refused(tmp_path: Path, form: str) -> None:
    repository = Repository.create(tmp_path / "r", form=form)
    repository.commit({"x.proto": "x" * 100})
    blob = repository.git("rev-parse", "HEAD:x.proto").strip()
    run = reading(repository)
    with pytest.raises(SourceRefused, match="not a commit"):
        snapshot(run, blob)
    with pytest.raises(SourceRefused, match="is missing"):
        snapshot(run, "0" * len(blob))
    with pytest.raises(SourceRefused, match="is missing"):
        read_blobs(run, [blob, "0" * len(blob)])
    with pytest.raises(SourceRefused, match="has 100 bytes, more than 99"):
        read_blobs(run, [blob], limit=99)
