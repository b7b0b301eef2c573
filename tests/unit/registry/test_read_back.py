"""A release that a registry has is read back from it, unless something of it is missing or damaged."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from protogen.registry import layout, origins
from protogen.registry.adding import add, preview
from protogen.registry.checking import findings
from protogen.registry.folder import Folder, version_path
from protogen.registry.origins import Origin
from protogen.registry.read_back import known, read_back
from tests.support.registry_packages import artifacts

URL = "https://example.com/registry"


def test_what_was_added_is_read_back(tmp_path: Path) -> None:
    additions, evidence = layout.additions(artifacts(), "api", "1.2.0")
    add(tmp_path, additions, evidence, URL)
    found = read_back(Folder(tmp_path), known(additions))
    assert found
    assert [(each.key, dict(each.files)) for each in found[0]] == [
        (each.key, dict(each.files)) for each in additions
    ]
    assert found[1] == evidence
    assert {each.status for each in add(tmp_path, *found)} == {"unchanged"}


def test_nothing_is_read_back_unless_all_is_whole(tmp_path: Path) -> None:
    additions, evidence = layout.additions(artifacts(languages=("go", "python")), "api", "1.2.0")
    add(tmp_path, additions, evidence, URL)
    paths = [path for each in additions for path in each.files] + list(evidence)
    for path, damage in itertools.product(paths, (b"other", None)):
        whole = (tmp_path / path).read_bytes()
        (tmp_path / path).write_bytes(damage) if damage else (tmp_path / path).unlink()
        assert read_back(Folder(tmp_path), known(additions)) is None, (path, damage)
        (tmp_path / path).write_bytes(whole)
    assert read_back(Folder(tmp_path), known(additions))
    others, _ = layout.additions(artifacts("1.3.0", ("go",)), "api", "1.3.0")
    assert read_back(Folder(tmp_path), known(others)) is None
    others, _ = layout.additions(artifacts(languages=("go",), text="other"), "api", "1.2.0")
    assert read_back(Folder(tmp_path), known(others)) is None


def test_a_version_whose_record_was_lost_is_listed_once(tmp_path: Path) -> None:
    additions, evidence = layout.additions(artifacts(languages=("go",)), "api", "1.2.0")
    add(tmp_path, additions, evidence)
    (tmp_path / version_path(*additions[0].key)).unlink()
    assert {each.status for each in add(tmp_path, additions, evidence)} == {"added"}
    (listed,) = tmp_path.glob("go/**/@v/list")
    assert listed.read_text() == "v1.2.0\n"
    assert findings(Folder(tmp_path)) == []


def test_a_preview_tells_of_each_and_writes_nothing(tmp_path: Path) -> None:
    root = tmp_path / "registry"
    additions, evidence = layout.additions(artifacts(languages=("go", "python")), "api", "1.2.0")
    statuses, refused = preview(root, additions)
    assert ({each.status for each in statuses}, refused) == ({"would-add"}, None)
    assert not root.exists()
    add(root, additions, evidence)
    go = next(each for each in additions if each.ecosystem == "go")
    (root / next(iter(go.files))).unlink()
    assert {each.ecosystem: each.status for each in preview(root, additions)[0]} == {
        "go": "would-restore",
        "pypi": "unchanged",
    }
    others, _ = layout.additions(artifacts(languages=("python",), text="other"), "api", "1.2.0")
    statuses, refused = preview(root, others)
    assert [each.status for each in statuses] == ["refused"]
    assert refused
    assert refused.named == "team-api 1.2.0 (pypi)"


def test_provenance_is_read_as_an_origin() -> None:
    statement = {
        "predicate": {
            "buildDefinition": {
                "externalParameters": {"version": "r1", "groups": ["a", "b"], "settings": {"x": "y"}},
                "resolvedDependencies": [
                    {"name": "recipe api", "uri": "urn:protogen:recipe:api", "digest": {"sha256": "r"}},
                    {"name": "api", "uri": "git+x", "digest": {"gitCommit": "c"}},
                    {"name": "base", "uri": "urn:protogen:repository:base"},
                    {"name": "go", "uri": "urn:x", "annotations": {"version": "1", "found": "PATH"}},
                ],
            },
            "runDetails": {"builder": {"version": {"protogen": "0.1.0"}}},
        }
    }
    assert origins.read(json.dumps(statement).encode()) == Origin(
        "r1",
        {"api": "c", "base": "urn:protogen:repository:base"},
        {"x": "y", "with": "a,b"},
        {"protogen": "0.1.0", "go": "1"},
        "r",
    )
    with pytest.raises((ValueError, KeyError, TypeError)):
        origins.read(b"[]")
