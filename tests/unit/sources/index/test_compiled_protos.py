"""How import names and patterns are matched with modules."""

from __future__ import annotations

from typing import Any

import pytest

from protogen.recipe.roots import Root
from protogen.sources.index.compiled_protos import PackagedProtos, import_patterns


class Shelf:
    """Stands in for an open wheel: only the paths of its modules."""

    def __init__(self, *modules: str) -> None:
        self.modules = frozenset(modules)


def packaged(*modules: str, folders: dict[str, str] | None = None) -> PackagedProtos:
    wheel: Any = Shelf(*modules)
    return PackagedProtos("demo", wheel, folders or {})


@pytest.mark.parametrize(
    ("pattern", "roots", "expected"),
    [
        ("a/**/*.proto", (".",), ("a/**/*.proto",)),
        ("protos/a/*.proto", ("protos",), ("a/*.proto",)),
        ("protos/a/*.proto", (".", "protos", "other"), ("protos/a/*.proto", "a/*.proto")),
        ("a/*.proto", ("protos",), ()),
    ],
)
def test_patterns_are_below_each_import_root(
    pattern: str, roots: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert import_patterns(pattern, tuple(map(Root, roots))) == expected


def test_places_are_the_own_path_then_renamed_folders_then_deeper_ones() -> None:
    shelf = packaged(
        "z/y/tsl/a/b_pb2.py", "x/tsl/a/b_pb2.py", "core_impl/a/b_pb2.py", "tsl/a/b_pb2.py", "a/b_pb2.py",
        "xa/b_pb2.py", "a/c_pb2.py", folders={"core_impl/a": "a"},
    )  # fmt: skip
    places = [(place.root, place.path) for place in shelf.places("a/b.proto")]
    assert places == [
        (".", "a/b_pb2.py"),
        (".", "core_impl/a/b_pb2.py"),
        ("tsl", "tsl/a/b_pb2.py"),
        ("x/tsl", "x/tsl/a/b_pb2.py"),
        ("z/y/tsl", "z/y/tsl/a/b_pb2.py"),
    ]
    assert shelf.places("no/such.proto") == ()


def test_only_so_many_places_are_tried() -> None:
    shelf = packaged(*(f"{number}/a_pb2.py" for number in range(100)))
    assert len(shelf.places("a.proto")) == 8


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a/*.proto", ["a/x_pb2.py", "a/y_z_pb2.py"]),
        ("a/**/*.proto", ["a/b/x_pb2.py", "a/x_pb2.py", "a/y_z_pb2.py"]),
        ("a/y-z.proto", ["a/y_z_pb2.py"]),
        ("c/*.proto", ["c_impl/x_pb2.py"]),
        ("d/*.proto", []),
    ],
)
def test_modules_that_may_match_a_pattern_are_found(pattern: str, expected: list[str]) -> None:
    shelf = packaged("a/x_pb2.py", "a/b/x_pb2.py", "a/y_z_pb2.py", "c_impl/x_pb2.py", folders={"c_impl": "c"})
    assert list(shelf.alike(pattern)) == expected
