from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from protogen.analysis.draft.options import DraftOptions
from protogen.analysis.draft.roots import Found
from protogen.analysis.draft.text import Draft, Part, quoted, render, unclear
from protogen.languages import refusals
from protogen.recipe import model

DRAFT = Draft(
    DraftOptions("https://example.com/api", others={"base": "../base"}),
    {
        "api": Part("https://example.com/api", "r{major}.{minor}", "v{major}.{minor}.{patch}", "r1.0"),
        "base": Part("../base"),
    },
    {"shop": 3},
    ("r1.0",),
    "MIT",
    Found({"api": (".",), "base": (".", "third_party/types")}, files=5),
)


def test_a_draft_is_a_recipe() -> None:
    read = model.parse(render(DRAFT), "r.yaml")
    assert (read.name, read.title, read.license, read.releases) == ("api", "Api", "MIT", "api")
    assert read.repositories["api"].branch == "r{major}.{minor}"
    assert read.repositories["base"].roots == (".", "third_party/types")
    assert [each.pattern for each in read.entry_points] == ["shop/**/*.proto"]
    assert unclear(DRAFT) == "5 protos, every import found"


def test_what_is_commented_out_may_be_taken_in() -> None:
    text = render(DRAFT).replace("# tag: ", "tag: ", 1).replace("    # pins: ", "    pins: ", 1)
    head, mark, tail = text.partition("# groups:")
    more = (mark + tail).replace("# What packages", "## What packages")
    live = "\n".join(line[2:] if line.startswith("# ") else "" for line in more.splitlines())
    read = model.parse(head + live, "r.yaml")
    assert refusals(read) == ()
    assert (list(read.groups), sorted(read.languages)) == (["admin"], ["go", "java", "python"])
    assert read.repositories["base"].pins[0].repository == "api"


@pytest.mark.parametrize(
    ("change", "line", "summary"),
    [
        (
            {"missing": {"x.proto": ("api", "a.proto")}},
            "#   x.proto, imported by api:a.proto",
            "1 imports are missing: see TO DO in it",
        ),
        (
            {"doubtful": {"x.proto": (("base", "x.proto"), ("base", "y/x.proto"))}},
            "#   x.proto: base:x.proto, base:y/x.proto",
            "1 imports fit several files: see TO DO in it",
        ),
        (
            {"clashes": {"x.proto": (("base", "x.proto"), ("base", "y/x.proto"))}},
            "# TO DO: these imports are in two roots",
            "1 imports clash: see TO DO in it",
        ),
        (
            {"aliases": {("api", "x/b.proto"): ("b.proto", "x/b.proto")}},
            "#   api:x/b.proto: b.proto, x/b.proto",
            "5 protos, every import found",
        ),
    ],
)
def test_what_is_left_to_do_is_told(change: dict[str, Any], line: str, summary: str) -> None:
    draft = replace(DRAFT, found=replace(DRAFT.found, **change))
    text = render(draft)
    assert any(each.startswith(line) for each in text.splitlines())
    assert unclear(draft) == summary
    assert model.parse(text, "r.yaml").name == "api"


def test_trouble_of_another_kind_is_told() -> None:
    draft = replace(DRAFT, trouble="files import each other")
    assert "# TO DO: it doesn't resolve yet: files import each other\n" in render(draft)
    assert unclear(draft) == "it doesn't resolve yet: files import each other"
    assert "TO DO" not in render(DRAFT)


def test_long_lists_are_cut() -> None:
    missing = {f"{number}.proto": ("api", "a.proto") for number in range(50)}
    text = render(replace(DRAFT, found=replace(DRAFT.found, missing=missing)))
    assert "#   … and 20 more\n" in text


ANY = st.text(min_size=1, max_size=30)


@settings(max_examples=25, deadline=None)
@given(ANY, ANY, ANY)
def test_hostile_names_stay_in_their_places(name: str, by: str, trouble: str) -> None:
    found = Found({"api": (".",), "base": (".",)}, {name: (by, by)}, {name: ((by, by),)})
    plain = yaml.safe_load(render(replace(DRAFT, found=Found({"api": (".",), "base": (".",)}))))
    assert yaml.safe_load(render(replace(DRAFT, found=found, trouble=trouble))) == plain


@given(st.text(max_size=60))
def test_a_quoted_text_is_read_as_itself(text: str) -> None:
    if not any(0xD800 <= ord(each) < 0xE000 for each in text):
        assert yaml.safe_load(quoted(text)) == text
