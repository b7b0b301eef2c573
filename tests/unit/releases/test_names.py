from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.errors import UsageError
from protogen.releases import names as releases
from protogen.releases.names import Commit, Line, Name, Version

BRANCH, TAG = "r{major}.{minor}", "{major}.{minor}.{patch}"
C = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("r2.11", Line((2, 11))),
        ("2.11", Line((2, 11))),
        ("v2.11", Line((2, 11))),
        ("2", Line((2,))),
        ("2.11.1", Version((2, 11, 1))),
        ("v2.11.0", Version((2, 11, 0))),
        ("2.11.0-rc1", Version((2, 11, 0), "rc1")),
        ("2.11.0rc1", Version((2, 11, 0), "rc1")),
        ("v2.11.0-rc.1", Version((2, 11, 0), "rc1")),
        ("r2.11-rc1", Name("r2.11-rc1")),
        ("master", Name("master")),
        ("v2", Name("v2")),
        ("2.x", Name("2.x")),
        ("topic/x", Name("topic/x")),
        (C, Commit(C)),
    ],
)
def test_names_mean_what_they_say(typed: str, expected: releases.ReleaseName) -> None:
    assert releases.parse_name(typed, BRANCH, TAG) == expected


@pytest.mark.parametrize(
    ("typed", "branch", "tag", "expected"),
    [
        ("release-7", "release-{major}", "{major}.{minor}.{patch}", Line((7,))),
        ("api/v1.2.3", "", "api/v{major}.{minor}.{patch}", Version((1, 2, 3))),
        ("api-1.2", "", "api-{major}.{minor}", Version((1, 2, 0))),
        ("7", "", "", Line((7,))),
    ],
)
def test_the_recipes_templates_decide(
    typed: str, branch: str, tag: str, expected: releases.ReleaseName
) -> None:
    assert releases.parse_name(typed, branch, tag) == expected


@pytest.mark.parametrize("typed", ["-x", "a..b", "a b", "ext::sh", "a\n", ""])
def test_names_that_can_be_no_ref_are_refused(typed: str) -> None:
    with pytest.raises(UsageError, match="not a release"):
        releases.parse_name(typed, BRANCH, TAG)


def test_prereleases_sort_before_their_release() -> None:
    names = ["2.11.0-rc0", "2.11.0-rc9", "2.11.0-rc10", "2.11.0", "2.11.1-rc0", "2.11.1"]
    versions = [releases.parse_name(name, BRANCH, TAG) for name in names]
    assert sorted(versions, key=lambda version: version.order) == versions  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("wanted", "offered", "expected"),
    [
        ((2, 12, 2), [(2, 12, 0), (2, 12, 1), (2, 13, 0)], (2, 12, 1)),
        ((2, 12, 0), [(2, 12, 1)], None),
        ((2, 12, 1), [(2, 12, 1), (2, 12, 0)], (2, 12, 1)),
    ],
)
def test_twin_is_the_same_or_the_newest_lower_patch(
    wanted: tuple[int, int, int], offered: list[tuple[int, int, int]], expected: tuple[int, int, int] | None
) -> None:
    found = releases.twin(Version(wanted), [Version(parts) for parts in offered])
    assert (found.parts if found else None) == expected


numbers = st.integers(0, 99)


@given(st.tuples(numbers, numbers, numbers), st.sampled_from(["", "-rc1", "rc2", "-beta3"]))
def test_a_rendered_tag_is_read_back(parts: tuple[int, int, int], pre: str) -> None:
    major, minor, patch = parts
    for template in (TAG, "v{major}.{minor}.{patch}", "api/{major}_{minor}_{patch}"):
        tag = template.format(major=major, minor=minor, patch=patch) + pre
        version = releases.version_of_tag(tag, template)
        assert version is not None
        assert version.parts == parts
        assert bool(version.pre) == bool(pre)
