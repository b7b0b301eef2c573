from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.analysis.draft import guesses
from protogen.analysis.draft.guesses import license_identifier
from protogen.releases import names as releases
from protogen.releases.names import HEADS, TAGS, Listing


def heads(names: str) -> list[str]:
    return [HEADS + name for name in names.split()]


def tags(names: str) -> list[str]:
    return [TAGS + name for name in names.split()]


@pytest.mark.parametrize(
    ("names", "template"),
    [
        ("main r2.1 r2.11 r2.19", "r{major}.{minor}"),
        ("main release-1.0 release-1.1 feature-7", "release-{major}.{minor}"),
        ("master v1.2.x v1.3.x v2.0.x", "v{major}.{minor}.x"),
        ("main v1 v2 fix-1 fix-2 fix-3", "v{major}"),
        ("main 1.0", "{major}.{minor}"),
        ("main feature/login dependabot/x-1.2.3", ""),
        ("main fix-12", ""),
        ("main b{x}-1.0", ""),
        ("main 20240101", ""),
        ("", ""),
        ("release/1.0 release/1.1 old-1.0", "release/{major}.{minor}"),
        ("r1.0 release-1.0", "r{major}.{minor}"),
    ],
)
def test_branch_templates(names: str, template: str) -> None:
    assert guesses.branch_template([*heads(names), *tags("x9.9")]) == template


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ("v1.0.0 v1.0.1 v1.1.0-rc1", ["v{major}.{minor}.{patch}"]),
        ("2.11.0 2.11.1 2.12.0-rc0", ["{major}.{minor}.{patch}"]),
        ("api/v1.0.0 api/v1.0.2 nightly", ["api/v{major}.{minor}.{patch}"]),
        ("1.15.5 2.1.4 r2.1", ["{major}.{minor}.{patch}"]),
        ("v1.0 v1.1", ["v{major}.{minor}"]),
        ("r2.1 1.0.0", ["{major}.{minor}.{patch}"]),
        ("latest nightly", []),
        ("v0.20.0-beta v0.21.1-beta v0.21.1-beta.rc1", ["v{major}.{minor}.{patch}"]),
        ("v1.0.0 api/v1.0.0 api/v1.1.0 api/v1.2.0", ["v{major}.{minor}.{patch}"]),
        ("v0.1 v0.2 v1.0 v1.0.1 v1.0.2", ["v{major}.{minor}", "v{major}.{minor}.{patch}"]),
        ("20250211 2025-03-01 nightly", ["{date}"]),
        ("20260519T174026Z-4a10000 20260519T174026Z-60074aa", ["{date}-{commit}"]),
        ("v2.0.0 v2.1.0 v2.2.0 v20250211 v20250311", ["v{major}.{minor}.{patch}", "v{date}"]),
        ("common-protos-1_3_1", []),
        ("common-protos-1_3_1 common-protos-1_3_2", []),
    ],
)
def test_tag_templates(names: str, found: list[str]) -> None:
    assert guesses.tag_template([*tags(names), *heads("x9.9")]) == tuple(found)


@pytest.mark.parametrize(
    ("branches", "tagged", "template"),
    [
        ("main release-3.2", "v0.64.0 v0.65.0 v0.66.0", ""),
        ("main release-0.66", "v0.64.0 v0.65.0 v0.66.0", "release-{major}.{minor}"),
        ("main release-0.66 release-0.67", "v0.64.0 v0.65.0 v0.66.0", "release-{major}.{minor}"),
        ("main release-1.0", "v0.1.0", "release-{major}.{minor}"),
    ],
)
def test_a_stray_branch_is_no_line_beside_many_tags(branches: str, tagged: str, template: str) -> None:
    assert guesses.branch_template([*heads(branches), *tags(tagged)]) == template


@given(
    st.sampled_from(["", "v", "r", "release-", "api/v", "grpc2/"]),
    st.lists(st.tuples(*[st.integers(0, 999)] * 3), min_size=1, max_size=9, unique=True),
)
def test_a_guess_fits_what_it_was_made_from(prefix: str, numbers: list[tuple[int, int, int]]) -> None:
    names = [prefix + ".".join(map(str, parts)) for parts in numbers]
    template = guesses.tag_template(TAGS + name for name in names)
    assert template == (prefix + "{major}.{minor}.{patch}",)
    assert [releases.version_of_tag(name, template) for name in names] == [
        releases.Version(parts) for parts in numbers
    ]


def listing(names: list[str], branch: str = "", tag: str = "") -> Listing:
    return Listing("x", dict.fromkeys(names, "0" * 40), branch, tag)


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        ("v2.1.0 v0.9.0", True),
        ("v2.0.0", True),
        ("v1.11.0 v1.9.0", False),
        ("v2.9.0 v2.8.0", False),
        ("nightly", True),
    ],
)
def test_repositories_that_have_the_newest_lines_are_released_together(theirs: str, expected: bool) -> None:
    api = listing(tags("v2.1.0 v2.0.0 v1.9.0"), "", "v{major}.{minor}.{patch}")
    other = replace(listing(tags(theirs), "", "v{major}.{minor}.{patch}"), repository="other")
    assert guesses.is_versioned_with(other, api) is expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (
            heads("main r1.0 r1.1") + tags("v1.0.0 v1.1.3 v1.2.0-rc1"),
            ("r1.1", "v1.1.3", "r1.0", "v1.0.0", "main"),
        ),
        (heads("main r1.0") + tags("v2.0.0"), ("v2.0.0", "r1.0", "main")),
        (heads("master develop x"), ("master", "develop")),
        (heads("only"), ("only",)),
        (heads("one other"), ()),
    ],
)
def test_the_newest_is_looked_at_first(names: list[str], expected: tuple[str, ...]) -> None:
    assert guesses.candidates(listing(names, "r{major}.{minor}", "v{major}.{minor}.{patch}")) == expected


def test_the_newest_that_all_have() -> None:
    api = listing(heads("main r1.0 r1.1 r1.2"), "r{major}.{minor}")
    base = listing(heads("main r1.0 r1.1"), "r{major}.{minor}")
    names = guesses.candidates(api)
    assert guesses.newest_shared(names, "api", {"api": api, "base": base}) == "r1.1"
    assert guesses.newest_shared(names, "api", {"api": api}) == "r1.2"
    assert guesses.newest_shared(names, "api", {"api": api, "base": listing(heads("x"))}) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Apache   License\nVersion 2.0, January 2004\n", "Apache-2.0"),
        ("Mozilla Public License Version 2.0", "MPL-2.0"),
        ('Permission is hereby granted, free of charge\nTHE SOFTWARE IS PROVIDED "AS IS"', "MIT"),
        ("Redistribution and use in source and binary forms. Neither the name", "BSD-3-Clause"),
        ("Redistribution and use in source and binary forms: this list of conditions", "BSD-2-Clause"),
        ("License of api", ""),
        ("", ""),
    ],
)
def test_licenses_that_are_plain(text: str, expected: str) -> None:
    assert license_identifier(text) == expected
