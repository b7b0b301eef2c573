from __future__ import annotations

import json
from pathlib import Path

import pytest

from protogen.publish.manifest import ManifestUnreadable, parse_manifest, read_manifest, render_manifest

ONE = "1" * 64


def test_a_manifest_is_the_same_bytes_whatever_the_order_of_its_parts() -> None:
    one = render_manifest({"b": ONE, "a": ONE}, {"y": {"d": 1, "c": "ü"}, "x": None})
    other = render_manifest({"a": ONE, "b": ONE}, {"x": None, "y": {"c": "ü", "d": 1}})
    assert one == other
    assert one.endswith(b"}\n")
    assert json.loads(one) == {
        "schema": 1,
        "origin": {"x": None, "y": {"c": "ü", "d": 1}},
        "files": {"a": ONE, "b": ONE},
    }


def test_a_manifest_reads_back_what_was_rendered() -> None:
    assert parse_manifest(render_manifest({"a/b": ONE}, {})) == {"a/b": ONE}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "JSON"),
        (b"\xff", "JSON"),
        (b"[" * 100_000, "JSON"),
        (b"[]", "schema"),
        (b'{"files": {}}', "schema"),
        (b'{"schema": 2, "files": {}}', "schema"),
        (b'{"schema": 1}', "SHA-256"),
        (b'{"schema": 1, "files": {"a": "symlink"}}', "SHA-256"),
        (b'{"schema": 1, "files": {"a": 1}}', "SHA-256"),
        (f'{{"schema": 1, "files": {{"../a": "{ONE}"}}}}'.encode(), r"\.\./a"),
        (f'{{"schema": 1, "files": {{"a": "{ONE}", "a/b": "{ONE}"}}}}'.encode(), "both"),
        (f'{{"schema": 1, "files": {{".protogen.json": "{ONE}"}}}}'.encode(), "itself"),
    ],
)
def test_a_manifest_that_isnt_ours_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(ManifestUnreadable, match=reason):
        parse_manifest(content)


def test_a_folder_without_manifest_owns_nothing(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) == ({}, None)


def test_a_manifest_that_is_a_symlink_isnt_followed(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(render_manifest({"a": ONE}, {}))
    (tmp_path / ".protogen.json").symlink_to("real")
    with pytest.raises(ManifestUnreadable, match="regular"):
        read_manifest(tmp_path)
