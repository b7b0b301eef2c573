"""verify names each file that isn't as it must be, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from protogen.registry import layout
from protogen.registry.adding import add, yank
from protogen.registry.checking import findings
from protogen.registry.folder import Folder, record_path
from tests.support.registry_packages import artifacts

URL = "https://example.com/registry"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A registry of two releases."""
    monkeypatch.setattr("protogen.registry.folder.sync_trees", lambda *_: None)
    for version in ("1.2.0", "1.3.0"):
        add(tmp_path, *layout.additions(artifacts(version), "api", version), URL)
    return tmp_path


def told(root: Path) -> list[tuple[str, str]]:
    return [(each.path, each.problem) for each in findings(Folder(root))]


def test_a_whole_registry_has_no_findings(root: Path) -> None:
    assert told(root) == []
    yank(root, "team-api", "1.3.0", "breaks")
    yank(root, "example.com/Team/api", "1.3.0", "breaks")
    assert told(root) == []


def test_every_file_is_held_to_what_was_written(root: Path) -> None:
    files = [path for path in root.rglob("*") if path.is_file() and ".protogen" not in path.parts]
    assert len(files) > 50
    for path in files:
        name, content = path.relative_to(root).as_posix(), path.read_bytes()
        path.write_bytes(content + b" ")
        assert told(root) == [(name, "not what was written")]
        path.unlink()
        assert told(root) == [(name, "missing")]
        path.write_bytes(content)
    assert told(root) == []


def test_a_record_under_another_name_is_named(root: Path) -> None:
    path = root / record_path("go", "example.com/Team/api")
    path.rename(root / record_path("go", "example.com/other"))
    assert told(root) == [
        (record_path("go", "example.com/other"), "it is the record of example.com/Team/api")
    ]


def test_a_change_to_be_completed_is_named(root: Path) -> None:
    staged = root / ".protogen/staged"
    staged.mkdir()
    (staged / "change.json").write_text("[]")
    ((path, problem),) = told(root)
    assert path == ".protogen/staged"
    assert "completed" in problem
