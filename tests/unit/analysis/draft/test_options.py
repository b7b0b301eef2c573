from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.analysis.draft.options import read_options, recipe_name
from protogen.errors import UsageError
from protogen.recipe import model


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("https://example.com/team/Shop_API.git", "shop-api"),
        ("git@example.com:team/shop.git", "shop"),
        ("git@example.com:shop", "shop"),
        ("../base/", "base"),
        ("file:///srv/3d.git", "api-3d"),
        (".", "api"),
        ("https://example.com/" + "x" * 99, "x" * 60),
    ],
)
def test_names_come_from_the_location(location: str, name: str) -> None:
    assert recipe_name(location) == name


@given(st.text(max_size=100))
def test_any_location_gives_a_name(location: str) -> None:
    name = recipe_name(location)
    assert model.NAME.fullmatch(name)
    assert len(name) <= model.MAX_NAME


@pytest.mark.parametrize(
    ("changes", "complaint", "remedy"),
    [
        ({"others": ("base",)}, "it isn't NAME=VALUE", "--repo extra=VALUE"),
        ({"others": ("shop=../x",)}, "is the first repository's own", "--repo other=URL"),
        ({"others": ("Base!=../x",)}, "can't be a name", "--repo other=URL"),
        ({"others": ("base=ext::sh",)}, "ext:: names a transport", "a URL or a path"),
        ({"location": "-x"}, "starts with '-'", "a URL or a path"),
        ({"folders": ("/etc",)}, "starts with '/'", "--folder FOLDER"),
        ({"refs": ("base=x",)}, "there is no repository 'base'", "--ref shop=REF"),
        ({"refs": ("shop=a..b",)}, "can't contain '..'", "--ref shop=REF"),
        ({"refs": ("shop",)}, "it isn't NAME=VALUE", "--ref shop=VALUE"),
    ],
)
def test_senseless_options_are_refused(changes: dict[str, Any], complaint: str, remedy: str) -> None:
    options: dict[str, Any] = {"location": "https://example.com/shop", "folders": (".",), "others": ()}
    options |= {"refs": (), "releases": (), "file": "FILE"} | changes
    with pytest.raises(UsageError) as caught:
        read_options(**options)
    assert complaint in caught.value.message
    assert remedy in caught.value.remedy


def test_every_location_has_a_name() -> None:
    made = read_options(
        "../shop", folders=(), others=("base=../b",), refs=("base=main",), releases=("r1",), file="x.yaml"
    )
    assert made.locations == {"shop": "../shop", "base": "../b"}
    assert (made.folders, made.refs, made.releases) == ((".",), {"base": "main"}, ("r1",))
