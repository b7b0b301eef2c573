from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.errors import RecipeError
from protogen.recipe import document as documents


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    names: tuple[str, ...] = ()


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    count: int
    inner: Inner = msgspec.field(default_factory=Inner)


def test_values_get_their_types() -> None:
    document = documents.parse("count: 3\ninner:\n  names: [a, b]\n", "f.yaml")
    assert document.convert((), Outer) == Outer(3, Inner(("a", "b")))
    assert document.convert(("inner",), Inner) == Inner(("a", "b"))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("count: x\n", "f.yaml:1: count: .*int.*str.*"),
        ("inner: {}\n", "f.yaml:1: .*count.*"),
        ("count: 1\nother: 2\n", "f.yaml:2: other: unknown key; expected one of count, inner"),
        ("count: 1\ninner:\n  names: [a, 2]\n", "f.yaml:3: inner.names\\[1\\]: .*str.*int.*"),
        ("count: 1\ninner:\n  nam: []\n", "f.yaml:3: inner.nam: unknown key; expected one of names"),
    ],
)
def test_complaint_names_file_line_key_and_what_was_expected(text: str, complaint: str) -> None:
    with pytest.raises(RecipeError) as caught:
        documents.parse(text, "f.yaml").convert((), Outer)
    # What was expected stands there in the words of the library that checks types.
    assert re.fullmatch(complaint, caught.value.message)
    assert caught.value.code == 2


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: 1\nb: 2\na: 3\n", "f.yaml:3: a: this key stands twice"),
        ("a: &x [1]\nb: *x\n", "f.yaml:2: aliases are not allowed"),
        ("a: [1\n", "f.yaml:2: not valid YAML"),
        ("- a\n", "f.yaml:1: expected a mapping"),
        ("", "f.yaml:1: expected a mapping"),
        ("a: " + "[" * 40 + "]" * 40, "nested too deeply"),
        ("a: " + "[" * 20000, "f.yaml"),
        ("a: !!python/object:os.system x\n", "can't be read"),
        ("a: !!int x\n", "f.yaml:1: 'x' can't be read"),
        ("a: \x00\n", "f.yaml"),
        ("#" * 1_000_001, "larger than"),
    ],
)
def test_what_is_no_plain_yaml_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(RecipeError) as caught:
        documents.parse(text, "f.yaml")
    assert complaint in caught.value.message


def test_dates_stay_text() -> None:
    assert documents.parse("a: 2020-01-01\n", "f.yaml").value == {"a": "2020-01-01"}


def test_an_error_above_a_missing_key_names_the_nearest_line() -> None:
    document = documents.parse("a: 1\nb:\n  c: 2\n", "f.yaml")
    assert document.error("wrong", ("b", "x", "y")).message == "f.yaml:2: b.x.y: wrong"


@given(st.text(max_size=60))
def test_any_text_is_a_mapping_or_a_recipe_error(text: str) -> None:
    try:
        document = documents.parse(text, "f.yaml")
    except RecipeError as error:
        assert "f.yaml" in error.message
    else:
        assert isinstance(document.value, dict)
