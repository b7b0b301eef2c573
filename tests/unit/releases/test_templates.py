from __future__ import annotations

import pytest

from protogen.releases import names, templates
from protogen.releases.names import Line, Listing, Name, Version
from protogen.releases.templates import Fit, Templates

NUMBERS = "v{major}.{minor}.{patch}"
SHORT = "v{major}.{minor}"


@pytest.mark.parametrize(
    ("template", "text", "expected"),
    [
        (NUMBERS, "v1.02.3", Fit((1, 2, 3), "")),
        (NUMBERS, "v1.2.3-rc.1", Fit((1, 2, 3), "-rc.1")),
        (NUMBERS, "v1.2", None),
        ((SHORT, NUMBERS), "v1.0", Fit((1, 0), "")),
        ((SHORT, NUMBERS), "v1.0.1", Fit((1, 0, 1), "")),
        ("api/" + NUMBERS, "api/v1.2.3", Fit((1, 2, 3), "")),
        ("api/" + NUMBERS, "v1.2.3", None),
        (NUMBERS + "-beta", "v0.21.2-beta", Fit((0, 21, 2), "")),
        (NUMBERS + "-beta", "v0.21.2-beta.rc1", Fit((0, 21, 2), ".rc1")),
        ("v{date}", "v20250211", Fit((0, 20250211, 0), "")),
        ("{date}", "2025-02-11", Fit((0, 20250211, 0), "")),
        ("{date}-{commit}", "20260519T074026Z-4a1b2c3", Fit((0, 20260519, 74026), "")),
        ("{date}-{commit}", "20260519T074026Z", None),
        ("v{date}", "v2025021", None),
        ("", "v1", None),
        ((), "v1", None),
    ],
)
def test_a_template_reads_numbers_and_dates(template: Templates, text: str, expected: Fit | None) -> None:
    assert templates.fit(template, text) == expected


@pytest.mark.parametrize(
    ("template", "branches", "tags"),
    [
        ("r{major}", True, True),
        ("r{major}.{minor}", True, True),
        (NUMBERS, True, True),
        ("{minor}", False, False),
        ("{minor}.{major}", False, False),
        ("plain", False, False),
        ("v{date}", False, True),
        ("{date}-{commit}", False, True),
        ("{commit}-{date}", False, False),
        ("{major}-{date}", False, False),
    ],
)
def test_what_can_be_a_template(template: str, branches: bool, tags: bool) -> None:
    assert (templates.is_for_branches(template), templates.is_for_tags(template)) == (branches, tags)


BETAS = ("v0.20.0-beta", "v0.20.1-beta", "v0.20.1-beta.rc1", "v0.21.0-beta", "v0.3-alpha")


def listing(*tags: str, tag: Templates = NUMBERS, branch: str = "") -> Listing:
    refs = {f"refs/tags/{name}": f"{number:040x}" for number, name in enumerate(tags, 1)}
    return Listing("api", refs, branch, tag)


@pytest.mark.parametrize(
    ("tags", "final"),
    [
        (BETAS, {"0.20.0", "0.20.1", "0.21.0"}),
        ((*BETAS, "v0.21.0"), {"0.21.0"}),
        (("v1.0.0-beta", "v1.1.0-beta"), set()),
        (("v1.0.0-rc1", "v1.1.0-rc1", "v1.2.0-rc1"), set()),
    ],
)
def test_a_suffix_of_all_final_releases_is_no_prerelease(tags: tuple[str, ...], final: set[str]) -> None:
    assert {str(version) for version in listing(*tags).versions() if not version.pre} == final


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("v0.21.0-beta", Version((0, 21, 0))),
        ("0.21.0-beta", Version((0, 21, 0))),
        ("0.21.0", Version((0, 21, 0))),
        ("v0.20.1-beta.rc1", Version((0, 20, 1), "rc1")),
        ("0.21", Line((0, 21))),
    ],
)
def test_a_name_may_have_the_suffix_or_not(typed: str, expected: names.ReleaseName) -> None:
    assert listing(*BETAS).parse(typed) == expected


@pytest.mark.parametrize(
    ("tag", "typed", "expected"),
    [
        ("v{date}", "v20250211", Version((0, 20250211, 0))),
        ("v{date}", "20250211", Version((0, 20250211, 0))),
        ("{date}-{commit}", "20260519T074026Z-4a1b2c3", Version((0, 20260519, 74026))),
        ("{date}-{commit}", "20260519T074026Z", Version((0, 20260519, 74026))),
        (NUMBERS, "20250211", Name("20250211")),
    ],
)
def test_a_date_is_a_release_where_the_recipe_says_so(
    tag: str, typed: str, expected: names.ReleaseName
) -> None:
    assert names.parse_name(typed, "", tag) == expected


@pytest.mark.parametrize(
    ("template", "tags", "found"),
    [
        ("common-protos-1_3_{major}", ("common-protos-1_3_1",), False),
        ("common-protos-1_3_{major}", ("common-protos-1_3_1", "common-protos-1_3_2"), True),
        (NUMBERS, ("v1.0.0",), True),
        ("api2/" + NUMBERS, ("api2/v1.0.0",), True),
        ("v{major}", ("v1",), True),
    ],
)
def test_a_template_that_one_tag_fits_by_chance_is_none(
    template: str,
    tags: tuple[str, ...],
    found: bool,
) -> None:
    assert bool(listing(*tags, "nightly", tag=template).versions()) == found


def test_the_nearest_releases_are_the_newest_of_those_as_near() -> None:
    tags = ("v1.62.0", "v1.62.2", "v1.63.0", "v1.63.1", "v1.63.3")
    assert names.nearest("1.64", tags) == ("v1.63.3", "v1.63.1", "v1.63.0")
    assert names.nearest("1.62.1", tags) == ("v1.62.2", "v1.62.0", "v1.63.1")
    assert listing(*tags).releases()[:2] == ("v1.63.3", "v1.63.1")


def test_a_tag_is_spelled_by_the_first_template_with_numbers() -> None:
    assert listing(tag=("v{date}", SHORT)).spelled(Version((1, 2, 3))) == "v1.2"
    assert listing(tag="v{date}").spelled(Version((1, 2, 3))) == "1.2.3"
