from __future__ import annotations

from pathlib import Path

from protogen.system.distributions import metadata


def test_each_folder_of_metadata_is_named_and_nothing_else(tmp_path: Path) -> None:
    for name in ("one-1.0.dist-info", "two-2.egg-info", "one"):
        (tmp_path / name).mkdir()
    (tmp_path / "click.py").write_text("")
    found = metadata([str(tmp_path), str(tmp_path / "archive.zip")])
    assert sorted(each.name for each in found) == ["one-1.0.dist-info", "two-2.egg-info"]
