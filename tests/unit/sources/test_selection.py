from __future__ import annotations

from typing import Any

import pytest

from protogen.errors import UsageError
from protogen.recipe import model
from protogen.sources.selection import Selection, select
from tests.unit.recipe.test_model import GOOD

RECIPE = model.parse(GOOD, "r.yaml")


def selected(**options: Any) -> Selection:
    defaults: dict[str, Any] = {
        "source": "auto",
        "repositories": (),
        "refs": (),
        "match": "branch",
        "groups": (),
        "offline": False,
    }
    return select(RECIPE, **{**defaults, **options})


def test_options_become_a_selection() -> None:
    found = selected(repositories=("api=https://example.com/a", "base=../b"), refs=("api=r1",))
    assert found.repositories == {"api": "https://example.com/a", "base": "../b"}
    assert found.refs == {"api": "r1"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, True),
        ({"source": "git"}, False),
        ({"repositories": ("api=../a",)}, False),
        ({"refs": ("api=x",)}, False),
        ({"match": "pin"}, False),
    ],
)
def test_auto_falls_back_only_where_nothing_was_asked_that_the_index_lacks(
    options: dict[str, Any], *, expected: bool
) -> None:
    assert selected(**options).may_fall_back is expected


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"repositories": ("api",)}, "--repo can't be read: it isn't NAME=VALUE; there are api, base"),
        ({"repositories": ("x=y",)}, "'x' is no repository of recipe shop; there are api, base"),
        ({"refs": ("api=",)}, "--ref can't be read"),
        ({"repositories": ("api=-x",)}, "not a repository: '-x': starts with '-'"),
        ({"repositories": ("api=ext::sh -c x",)}, "not a repository: ext:: names a transport"),
        ({"repositories": ("api=https://example.com/../x",)}, "'..' in the URL"),
        ({"repositories": ("api=https://example.com/\n",)}, "a control character in the location"),
        ({"repositories": ("api=-x", "api=../a")}, "not a repository: '-x': starts with '-'"),
        ({"refs": ("api=-x",)}, "not a ref: '-x': a ref can't start with '-'"),
        ({"refs": ("api=-x", "api=r1")}, "not a ref: '-x'"),
        ({"refs": ("api=a..b",)}, "a ref can't contain '..'"),
        ({"refs": ("api=a\x01b",)}, "a control character"),
        (
            {"source": "folder", "repositories": ("api=https://u:p@example.com/a",)},
            "needs a folder for api, not a URL",
        ),
        (
            {"source": "folder", "repositories": ("api=a",), "refs": ("api=x",)},
            "--ref api means nothing to it",
        ),
        (
            {"source": "folder", "repositories": ("api=a", "base=b"), "match": "pin"},
            "--match pin means nothing to it",
        ),
        ({"source": "index", "repositories": ("api=../a",)}, "--repo means nothing to it"),
    ],
)
def test_options_that_mean_nothing_are_refused(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UsageError) as caught:
        selected(**options)
    assert complaint in caught.value.message
    assert caught.value.code == 2
    assert caught.value.remedy.startswith("run again with ")
    assert "u:p" not in str(caught.value)
