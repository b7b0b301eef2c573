"""verify names each file that isn't as it must be, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from protogen.registry import indexes, layout
from protogen.registry.adding import add
from protogen.registry.checking import findings
from protogen.registry.folder import Folder, package_path, version_path
from protogen.registry.yanking import yank
from tests.support.registry_packages import artifacts

URL = "https://example.com/registry"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A registry of two releases."""
    monkeypatch.setattr("protogen.registry.change.sync_trees", lambda *_: None)
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
    path = root / package_path("go", "example.com/Team/api")
    path.rename(root / package_path("go", "example.com/other"))
    first, *others = told(root)
    assert first == (package_path("go", "example.com/other"), "it is the record of example.com/Team/api")
    assert {problem for _, problem in others} == {"the registry didn't put it there"}


def test_a_version_whose_record_is_missing_is_named(root: Path) -> None:
    path = version_path("go", "example.com/Team/api", "v1.3.0")
    (root / path).unlink()
    assert (path, "missing") in told(root)


def test_files_that_nobody_put_there_are_named_beside_packages_only(root: Path) -> None:
    for path in ("robots.txt", "own/page.html", "maven/com/example/api/1.2.0/other.jar", "files/note"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("")
    foreign = ["files/note", "maven/com/example/api/1.2.0/other.jar"]
    assert told(root) == [(path, "the registry didn't put it there") for path in foreign]


def test_what_a_run_adds_meanwhile_is_no_finding(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = indexes.pages
    ran: list[int] = []

    def late(*arguments: Any) -> dict[str, bytes]:
        if not ran:
            ran.append(1)
            add(root, *layout.additions(artifacts("1.4.0"), "api", "1.4.0"), URL)
        return pages(*arguments)

    monkeypatch.setattr("protogen.registry.checking.indexes.pages", late)
    assert told(root) == []
    assert ran


def test_a_change_to_be_completed_is_named(root: Path) -> None:
    staged = root / ".protogen/staged"
    staged.mkdir()
    (staged / "change.json").write_text("[]")
    ((path, problem),) = told(root)
    assert path == ".protogen/staged"
    assert "completed" in problem
