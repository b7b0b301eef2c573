from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.system.paths import check_relative, fixed_prefix, pattern


@pytest.mark.parametrize("path", [".", "a", "a/b.proto", "a b/c", "ä/ö.proto", "a..b/c"])
def test_paths_inside_pass(path: str) -> None:
    check_relative(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/a",
        "../a",
        "a/../b",
        "a/..",
        "./a",
        "a/./b",
        "a//b",
        "a/",
        "-a",
        "~/a",
        "@a",
        "a\\b",
        "a\nb",
        "a\x00",
        "x" * 1001,
    ],
)
def test_paths_that_could_leave_are_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        check_relative(path)


@given(st.text(alphabet="ab./\\~-@ \x00", min_size=1, max_size=12))
def test_a_path_that_passes_stays_below_its_folder(path: str) -> None:
    try:
        check_relative(path)
    except ValueError:
        return
    joined = os.path.normpath(os.path.join("/base/folder", path))
    assert joined == "/base/folder" or joined.startswith("/base/folder/")


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("a/**/*.proto", "a/x.proto", True),
        ("a/**/*.proto", "a/b/c/x.proto", True),
        ("a/**/*.proto", "b/x.proto", False),
        ("a/*.proto", "a/b/x.proto", False),
        ("**/*.proto", "x.proto", True),
        ("**/*.proto", "a/x.proto", True),
        ("*.proto", "a/x.proto", False),
        ("a/?.proto", "a/x.proto", True),
        ("a/?.proto", "a/xy.proto", False),
        ("a/**", "a/b/c", True),
        ("a.proto", "aXproto", False),
    ],
)
def test_patterns_match_as_in_a_shell_with_globstar(text: str, path: str, *, expected: bool) -> None:
    assert bool(pattern(text).fullmatch(path)) is expected


@pytest.mark.parametrize(
    ("text", "prefix"),
    [("a/b/**/*.proto", "a/b"), ("*.proto", ""), ("a/b.proto", "a"), ("a/b*/c", "a"), ("a", "")],
)
def test_fixed_prefix_is_the_folder_of_every_match(text: str, prefix: str) -> None:
    assert fixed_prefix(text) == prefix
