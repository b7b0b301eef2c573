from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.errors import RecipeError
from protogen.recipe import document as documents
from protogen.recipe import model
from protogen.system.cache import Cache
from tests.unit.recipe.test_model import GOOD

TEXTS = (
    GOOD,
    "a: 1\nb: [x, 2.5, null, true, {c: ~}]\n2: [[], {}]\n",
    "é: |\n  two\n  lines\nnumber: 1_000\ninfinite: -.inf\ndate: 2020-01-01\n",
)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def without_yaml(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(text: str, file: str) -> Any:
        raise AssertionError("parsed again")

    monkeypatch.setattr(documents, "_parsed", refuse)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_parsed_once(text: str, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    first = documents.parse(text, "a.yaml", cache)
    assert first == documents.parse(text, "a.yaml")
    without_yaml(monkeypatch)
    assert documents.parse(text, "a.yaml", cache) == first
    assert documents.parse(text, "elsewhere/b.yaml", cache).file == "elsewhere/b.yaml"
    with pytest.raises(AssertionError):
        documents.parse(f"{text}# another\n", "a.yaml", cache)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text("abc é\"'\\n:#-", max_size=5),
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(st.text("abc", min_size=1), below, max_size=3)
    ),
    max_leaves=8,
)


@given(value=st.dictionaries(st.text("abc", min_size=1), _VALUES, max_size=4))
def test_a_document_comes_back_as_it_was(
    value: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    import yaml

    text = yaml.safe_dump(value)
    cache = Cache(tmp_path_factory.mktemp("cache"))
    assert [documents.parse(text, "a.yaml", cache) for _ in range(2)] == [documents.parse(text, "a.yaml")] * 2


def test_complaints_name_the_same_line(cache: Cache) -> None:
    text = GOOD.replace("schema: 1", "schema: 2")
    told = []
    for _ in range(2):
        with pytest.raises(RecipeError) as raised:
            model.parse(text, "a.yaml", cache)
        told.append((raised.value.message, raised.value.where))
    assert told[0] == told[1]
    assert len(list(cache.path("sets").iterdir())) == 1


def test_what_is_no_document_is_not_kept(cache: Cache) -> None:
    with pytest.raises(RecipeError, match="this key stands twice"):
        documents.parse("a: 1\na: 2\n", "a.yaml", cache)
    assert not cache.root.exists()


def test_a_damaged_document_is_parsed_again(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    first = documents.parse(GOOD, "a.yaml", cache)
    (kept,) = cache.path("sets").glob("*/content")
    kept.write_bytes(kept.read_bytes().replace(b"schema", b"scheme"))
    assert documents.parse(GOOD, "a.yaml", cache) == first
    without_yaml(monkeypatch)
    assert documents.parse(GOOD, "a.yaml", cache) == first


def test_a_cache_that_cannot_be_written_does_without(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert documents.parse(GOOD, "a.yaml", Cache(tmp_path / "file")) == documents.parse(GOOD, "a.yaml")


def test_a_recipe_that_was_parsed_before_needs_no_yaml(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    first = model.parse(GOOD, "a.yaml", cache)
    monkeypatch.setitem(sys.modules, "yaml", None)
    assert model.parse(GOOD, "a.yaml", cache) == first
