"""Source of recipes in packages."""

from __future__ import annotations

import pytest

from protogen.errors import RecipeError
from protogen.languages.kit import filled_in, placed, unknown

NAMES = {("module", "a.proto"): "pkg.a_pb2", ("module", ""): "pkg"}


def stands_for(kind: str, name: str) -> str:
    return NAMES.get((kind, name), "")


@pytest.mark.parametrize(
    ("text", "expected", "left"),
    [
        ("import @module{a.proto}", "import pkg.a_pb2", ()),
        ("@module{}.@module{a.proto}", "pkg.pkg.a_pb2", ()),
        ("@module{b.proto} @modul{}", "@module{b.proto} @modul{}", ("@module{b.proto}", "@modul{}")),
        ("@Target({X}) a@b {c} @ module{}", "@Target({X}) a@b {c} @ module{}", ()),
    ],
)
def test_placeholders_are_filled_in(text: str, expected: str, left: tuple[str, ...]) -> None:
    assert filled_in(text, stands_for) == expected
    assert unknown(text, stands_for) == left


def test_a_file_of_the_kit_takes_no_others_place() -> None:
    assert placed({"a": b"1"}, {"client/a": b"2"}, "go") == {"a": b"1", "client/a": b"2"}
    with pytest.raises(RecipeError, match="both called client/a") as caught:
        placed({"client/a": b"1"}, {"client/a": b"2"}, "go")
    assert "--without-kit" in caught.value.remedy
