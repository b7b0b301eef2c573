from __future__ import annotations

import pytest

from protogen.errors import ReleaseNotFound, UsageError
from protogen.releases import available
from protogen.releases.available import AvailableRelease, ReleaseRange, bound, pick
from protogen.releases.names import Line, Listing, Version
from tests.unit.sources.gitrepo.test_choices import listing

GIT = listing(
    "api",
    "refs/heads/master",
    "refs/heads/r0.5.1",
    "refs/heads/r2.9",
    "refs/heads/r2.10",
    "refs/heads/r2.12",
    "refs/heads/r2.13",
    "refs/tags/2.9.0",
    "refs/tags/2.9.10",
    "refs/tags/2.9.9",
    "refs/tags/2.10.0-rc0",
    "refs/tags/2.10.0",
    "refs/tags/2.10.1-rc10",
    "refs/tags/2.10.1-rc9",
    "refs/tags/2.11.0-rc0",
    "refs/tags/2.12.0-rc1",
    "refs/tags/1.0.0",
    "refs/tags/r2.9",
    "refs/tags/nightly",
)
RULES = Listing("api", {}, GIT.branch, GIT.tag)
LINES = ("r2.13", "r2.12", "r2.10", "r2.9", "1.0.0")
NUMBERS = {
    Version((1, 3, 0), "rc0"): "demo==1.3.0rc0",
    Version((1, 2, 0)): "demo==1.2.0",
    Version((1, 2, 1)): "demo==1.2.1",
    Version((1, 2, 2), "rc1"): "demo==1.2.2rc1",
    Version((1, 10, 0)): "demo==1.10",
}


def names(found: tuple[AvailableRelease, ...]) -> tuple[str, ...]:
    return tuple(offer.version for offer in found)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (ReleaseRange(), LINES),
        (ReleaseRange(pre=True), ("r2.13", "r2.12", "2.12.0-rc1", "2.11.0-rc0", "2.10.1-rc10", *LINES[2:])),
        (ReleaseRange(exact=True), ("r2.13", "r2.12", "2.10.0", "2.9.10", "2.9.9", "2.9.0", "1.0.0")),
        (
            ReleaseRange(exact=True, pre=True, since=Line((2, 10))),
            ("r2.13", "2.12.0-rc1", "2.11.0-rc0", "2.10.1-rc10", "2.10.1-rc9", "2.10.0", "2.10.0-rc0"),
        ),
        (ReleaseRange(since=Line((2, 10))), ("r2.13", "r2.12", "r2.10")),
        (ReleaseRange(since=Line((2,))), LINES[:4]),
        (ReleaseRange(until=Line((2, 10))), ("r2.10", "r2.9", "1.0.0")),
        (ReleaseRange(since=Line((2, 9)), until=Line((2, 9))), ("r2.9",)),
        (ReleaseRange(until=Version((2, 9, 9))), ("2.9.9", "1.0.0")),
        (ReleaseRange(since=Version((2, 9, 10)), until=Version((2, 10, 0))), ("r2.10", "r2.9")),
        (ReleaseRange(since=Version((2, 9, 11)), until=Line((2, 10))), ("r2.10",)),
        (ReleaseRange(names=("2.9", "2.10.0")), ("2.10.0", "r2.9")),
        (ReleaseRange(names=("r2.9", "2.9")), ("r2.9",)),
        (ReleaseRange(names=("1.0", "2.11.0-rc0")), ("2.11.0-rc0", "1.0.0")),
        (ReleaseRange(names=("2.9", "2.12"), since=Line((2, 10))), ("r2.12",)),
    ],
)
def test_the_wanted_releases_come_newest_first(wanted: ReleaseRange, expected: tuple[str, ...]) -> None:
    assert names(pick(available.of_listing(GIT, "git"), wanted, RULES)) == expected


def test_a_line_is_its_newest_final_release() -> None:
    found = {offer.version: offer for offer in pick(available.of_listing(GIT, "git"), ReleaseRange(), RULES)}
    assert {name: offer.package_version for name, offer in found.items()} == {
        "r2.13": "2.13.0",
        "r2.12": "2.12.0",
        "r2.10": "2.10.0",
        "r2.9": "2.9.10",
        "1.0.0": "1.0.0",
    }
    assert (found["r2.9"].ref, found["1.0.0"].ref) == ("refs/heads/r2.9", "refs/tags/1.0.0")
    assert {offer.source for offer in found.values()} == {"git"}


@pytest.mark.parametrize(
    ("branch", "wanted", "expected"),
    [
        ("r{major}.{minor}", ReleaseRange(), (("r1.10", "1.10.0"), ("r1.2", "1.2.1"))),
        ("", ReleaseRange(), (("1.10", "1.10.0"), ("1.2", "1.2.1"))),
        ("r{major}", ReleaseRange(), (("r1", "1.10.0"),)),
        (
            "r{major}.{minor}",
            ReleaseRange(pre=True),
            (("r1.10", "1.10.0"), ("1.3.0-rc0", "1.3.0-rc0"), ("1.2.2-rc1", "1.2.2-rc1"), ("r1.2", "1.2.1")),
        ),
        (
            "r{major}.{minor}",
            ReleaseRange(exact=True),
            (("1.10.0", "1.10.0"), ("1.2.1", "1.2.1"), ("1.2.0", "1.2.0")),
        ),
        ("r{major}.{minor}", ReleaseRange(until=Version((1, 2, 0))), (("1.2.0", "1.2.0"),)),
    ],
)
def test_lines_have_one_name_whichever_source_answers(
    branch: str, wanted: ReleaseRange, expected: tuple[tuple[str, str], ...]
) -> None:
    rules = Listing("api", {}, branch, "{major}.{minor}.{patch}")
    found = pick(available.of_numbers(NUMBERS, branch, "index"), wanted, rules)
    assert tuple((offer.version, offer.package_version) for offer in found) == expected
    assert all(offer.ref == NUMBERS[offer.number] for offer in found)


def test_tags_without_branches_are_their_lines() -> None:
    tags = listing("api", "refs/tags/1.2.0", "refs/tags/1.2.1", "refs/tags/1.3.0", branch="")
    assert names(pick(available.of_listing(tags, "git"), ReleaseRange(), tags)) == ("1.3.0", "1.2.1")


@pytest.mark.parametrize(
    ("wanted", "said", "remedy"),
    [
        (
            ReleaseRange(since=Line((3,))),
            "no release from 3 on; nearest: r2.13, r2.12",
            "without --since",
        ),
        (ReleaseRange(until=Line((0, 9))), "release up to 0.9; nearest: 2.9.0, 1.0.0", "without --since"),
        (
            ReleaseRange(since=Line((2, 11)), until=Line((2, 11))),
            "no final release from 2.11 on up to 2.11; nearest: r2.12, 2.12.0-rc1, 2.10.1-rc10, 2.10.1-rc9",
            "--pre",
        ),
        (
            ReleaseRange(since=Line((2, 9)), until=Line((2, 8))),
            "up to 2.8; nearest: 2.9.9,",
            "without --since",
        ),
        (ReleaseRange(names=("master",)), "api has no release by the name of master", "and --version"),
        (ReleaseRange(names=("r2.7", "0" * 40)), "name of r2.7 or 0000000", "and --version"),
    ],
)
def test_nothing_in_the_range_names_what_is_near(wanted: ReleaseRange, said: str, remedy: str) -> None:
    with pytest.raises(ReleaseNotFound) as raised:
        pick(available.of_listing(GIT, "git"), wanted, RULES)
    assert said in raised.value.message
    assert remedy in raised.value.remedy


def test_a_source_without_releases() -> None:
    with pytest.raises(ReleaseNotFound, match="none at all") as raised:
        pick((), ReleaseRange(), RULES)
    assert "--repo" in raised.value.remedy


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("r2.8", Line((2, 8))),
        ("2", Line((2,))),
        ("v2.8.1", Version((2, 8, 1))),
        ("2.8.1", Version((2, 8, 1))),
    ],
)
def test_ends_of_a_range(typed: str, expected: available.Bound) -> None:
    assert bound(typed, "--since", RULES) == expected


@pytest.mark.parametrize("typed", ["master", "0" * 40, "r3", "-x", "a b"])
def test_what_is_no_end_of_a_range(typed: str) -> None:
    with pytest.raises(UsageError) as raised:
        bound(typed, "--until", RULES)
    assert raised.value.where == "--until"
    assert "--until 1.2" in raised.value.remedy
