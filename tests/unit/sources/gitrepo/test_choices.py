"""Which commit of each repository a release stands for."""

from __future__ import annotations

import pytest

from protogen.errors import ReleaseNotFound
from protogen.releases import names as releases
from protogen.releases.names import Commit, Line, Listing
from protogen.releases.release import is_semver
from protogen.releases.templates import Templates
from protogen.sources.gitrepo import choices
from protogen.sources.gitrepo.choices import ChosenCommit, Pinned

BRANCH, TAG = "r{major}.{minor}", "{major}.{minor}.{patch}"
C = "0123456789abcdef0123456789abcdef01234567"


def listing(name: str, *refs: str, branch: str = BRANCH, tag: Templates = TAG) -> Listing:
    return Listing(name, {ref: f"{number:040x}" for number, ref in enumerate(refs, 1)}, branch, tag)


API = listing(
    "api",
    "refs/heads/master",
    "refs/heads/r2.1",
    "refs/heads/r2.11",
    "refs/heads/r2.12",
    "refs/heads/r2.20",
    "refs/heads/topic/x",
    "refs/tags/r2.1",
    "refs/tags/2.1.0",
    "refs/tags/2.11.0",
    "refs/tags/2.11.0-rc1",
    "refs/tags/2.11.1",
    "refs/tags/2.11.2-rc0",
    "refs/tags/2.12.2",
    "refs/tags/nightly",
)
BASE = listing(
    "base",
    "refs/heads/master",
    "refs/heads/r2.1",
    "refs/heads/r2.11",
    "refs/tags/v2.11.0",
    "refs/tags/v2.11.1",
    "refs/tags/v2.11.0-rc1",
    "refs/tags/v2.12.0",
    "refs/tags/v2.12.1",
    "refs/tags/v2.13.0",
    tag="v{major}.{minor}.{patch}",
)


@pytest.mark.parametrize(
    ("typed", "ref"),
    [
        ("r2.11", "refs/heads/r2.11"),
        ("2.11", "refs/heads/r2.11"),
        ("r2.1", "refs/heads/r2.1"),
        ("2.1", "refs/heads/r2.1"),
        ("2.11.1", "refs/tags/2.11.1"),
        ("v2.11.1", "refs/tags/2.11.1"),
        ("2.11.0-rc1", "refs/tags/2.11.0-rc1"),
        ("master", "refs/heads/master"),
        ("topic/x", "refs/heads/topic/x"),
        ("nightly", "refs/tags/nightly"),
        ("2", "refs/tags/2.12.2"),
    ],
)
def test_a_name_chooses_one_full_refname(typed: str, ref: str) -> None:
    chosen = choices.choose(typed, API)
    assert (chosen.ref, chosen.commit) == (ref, API.refs[ref])


def test_a_commit_is_its_own_choice() -> None:
    assert choices.choose(C, API) == ChosenCommit("", C, Commit(C))


def test_a_tag_named_like_a_line_serves_where_there_is_no_branch() -> None:
    only_tag = listing("api", "refs/tags/r2.1", "refs/tags/2.1.0")
    assert choices.choose("r2.1", only_tag).ref == "refs/tags/r2.1"


def test_a_line_without_branch_rule_is_its_newest_release() -> None:
    tags = listing("api", "refs/tags/2.1.0", "refs/tags/2.1.3", "refs/tags/2.1.4-rc1", branch="")
    assert choices.choose("2.1", tags).ref == "refs/tags/2.1.3"


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("r2.99", ("r2.20", "r2.12", "r2.11")),
        ("2.11.7", ("2.11.1", "2.11.0", "2.12.2")),
        ("mastr", ("master",)),
        ("nightli", ("nightly",)),
    ],
)
def test_an_unknown_release_names_the_nearest(typed: str, nearest: tuple[str, ...]) -> None:
    with pytest.raises(ReleaseNotFound) as caught:
        choices.choose(typed, API)
    assert caught.value.code == 3
    assert (
        caught.value.message == f"api has no release, branch or tag {typed!r}; nearest: {', '.join(nearest)}"
    )
    assert caught.value.remedy == f"run again with --version {nearest[0]}"


def test_an_unlike_name_gets_no_suggestion() -> None:
    with pytest.raises(ReleaseNotFound) as caught:
        choices.choose("zzzz", API)
    assert caught.value.message == "api has no release, branch or tag 'zzzz'"


def test_an_abbreviated_commit_is_told_so() -> None:
    with pytest.raises(ReleaseNotFound, match="must be written out in full"):
        choices.choose("abcdef12", API)


@pytest.mark.parametrize(
    ("typed", "ref", "note"),
    [
        ("r2.11", "refs/heads/r2.11", ""),
        ("r2.1", "refs/heads/r2.1", ""),
        ("2.11.1", "refs/tags/v2.11.1", ""),
        ("2.11.0-rc1", "refs/tags/v2.11.0-rc1", ""),
        ("2.12.2", "refs/tags/v2.12.1", "base has no 2.12.2; 2.12.1 is the newest before it"),
    ],
)
def test_the_companion_is_of_the_same_release(typed: str, ref: str, note: str) -> None:
    companion = choices.choose_companion(choices.choose(typed, API), BASE, pinned=True)
    assert isinstance(companion, ChosenCommit)
    assert (companion.ref, companion.commit, companion.note) == (ref, BASE.refs[ref], note)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("master", "a name that isn't a release takes the pinned commit"),
        ("topic/x", "a name that isn't a release takes the pinned commit"),
        ("nightly", "a name that isn't a release takes the pinned commit"),
        (C, "a name that isn't a release takes the pinned commit"),
        ("2.1.0", "base has no 2.1.0"),
        ("2.11.2-rc0", "base has no 2.11.2-rc0"),
    ],
)
def test_what_has_no_match_takes_the_pin(typed: str, reason: str) -> None:
    assert choices.choose_companion(choices.choose(typed, API), BASE, pinned=True) == Pinned(reason)


def test_a_branch_that_only_one_repository_has_is_named() -> None:
    with pytest.raises(ReleaseNotFound) as caught:
        choices.choose_companion(choices.choose("r2.12", API), BASE, pinned=True)
    assert caught.value.message == "base has no 'r2.12' to match refs/heads/r2.12; nearest: r2.11, r2.1"
    assert "--ref base=r2.11" in caught.value.remedy


@pytest.mark.parametrize(("typed", "ref"), [("master", "refs/heads/master"), ("r2.1", "refs/heads/r2.1")])
def test_without_pins_the_same_name_is_taken(typed: str, ref: str) -> None:
    companion = choices.choose_companion(choices.choose(typed, API), BASE, pinned=False)
    assert isinstance(companion, ChosenCommit)
    assert companion.ref == ref


@pytest.mark.parametrize("typed", ["topic/x", C, "2.1.0"])
def test_without_pins_what_has_no_match_is_not_found(typed: str) -> None:
    with pytest.raises(ReleaseNotFound) as caught:
        choices.choose_companion(choices.choose(typed, API), BASE, pinned=False)
    assert "--ref base=" in caught.value.remedy


def test_a_companion_without_branches_gives_its_newest_of_the_line() -> None:
    tags = listing("base", "refs/tags/2.11.0", "refs/tags/2.11.3", branch="")
    chosen = choices.choose("r2.11", API)
    companion = choices.choose_companion(chosen, tags, pinned=False)
    assert isinstance(companion, ChosenCommit)
    assert companion.ref == "refs/tags/2.11.3"
    tagged = ChosenCommit("refs/tags/r2.11", C, Line((2, 11)))
    with_rule = listing("base", "refs/heads/r2.11", "refs/tags/2.11.3")
    assert choices.choose_companion(tagged, with_rule, pinned=True).ref == "refs/tags/2.11.3"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("r2.11", "refs/heads/r2.11"),
        ("refs/tags/v2.12.0", "refs/tags/v2.12.0"),
        ("v2.12.0", "refs/tags/v2.12.0"),
    ],
)
def test_an_override_is_taken_as_it_is(text: str, ref: str) -> None:
    chosen = choices.choose_ref(text, BASE)
    assert (chosen.ref, chosen.note) == (ref, "by --ref")


def test_an_override_may_be_a_commit_or_is_not_found() -> None:
    assert choices.choose_ref(C, BASE).commit == C
    with pytest.raises(ReleaseNotFound, match=r"base has no branch or tag 'r2\.9'; nearest: r2\.11"):
        choices.choose_ref("r2.9", BASE)
    with pytest.raises(ReleaseNotFound, match="base has no branch or tag 'zz'"):
        choices.choose_ref("zz", BASE)


@pytest.mark.parametrize(
    ("typed", "version"),
    [
        ("r2.11", "2.11.1"),
        ("2.11", "2.11.1"),
        ("r2.20", "2.20.0"),
        ("2.11.0", "2.11.0"),
        ("2.11.0-rc1", "2.11.0-rc1"),
        ("master", "0.0.0-dev.20240102030405.g000000000000"),
        (C, "0.0.0-dev.20240102030405.g0123456789ab"),
    ],
)
def test_package_version_follows_the_release(typed: str, version: str) -> None:
    chosen = choices.choose(typed, API)
    assert (
        releases.package_version(
            chosen.named, API.versions(), commit=chosen.commit, committed="20240102030405"
        )
        == version
    )


PADDED = listing(
    "api",
    "refs/heads/r24.01",
    "refs/heads/r24.10",
    "refs/heads/r23.2",
    "refs/heads/r23.02",
    "refs/tags/24.01.00",
    "refs/tags/24.01.02-rc01",
)
PLAIN = listing("base", "refs/heads/r24.1", "refs/heads/r23.02", "refs/tags/24.1.0")


@pytest.mark.parametrize(
    ("typed", "ref", "version"),
    [
        ("24.01", "refs/heads/r24.01", "24.1.0"),
        ("24.1", "refs/heads/r24.01", "24.1.0"),
        ("r24.01", "refs/heads/r24.01", "24.1.0"),
        ("r24.1", "refs/heads/r24.01", "24.1.0"),
        ("24.10", "refs/heads/r24.10", "24.10.0"),
        ("23.2", "refs/heads/r23.2", "23.2.0"),
        ("r23.02", "refs/heads/r23.02", "23.2.0"),
        ("24.01.0", "refs/tags/24.01.00", "24.1.0"),
        ("24.1.0", "refs/tags/24.01.00", "24.1.0"),
        ("24.1.2-rc1", "refs/tags/24.01.02-rc01", "24.1.2-rc1"),
    ],
)
def test_zeros_before_a_number_mean_nothing_and_the_ref_stays_as_spelled(
    typed: str, ref: str, version: str
) -> None:
    chosen = choices.choose(typed, PADDED)
    assert chosen.ref == ref
    assert releases.package_version(chosen.named, PADDED.versions()) == version
    assert is_semver(version)


@pytest.mark.parametrize(
    ("typed", "of", "companion", "ref"),
    [
        ("24.01", PADDED, PLAIN, "refs/heads/r24.1"),
        ("24.1", PLAIN, PADDED, "refs/heads/r24.01"),
        ("r23.02", PADDED, PLAIN, "refs/heads/r23.02"),
        ("r23.02", PLAIN, PADDED, "refs/heads/r23.02"),
        ("24.01.0", PADDED, PLAIN, "refs/tags/24.1.0"),
        ("24.1.0", PLAIN, PADDED, "refs/tags/24.01.00"),
    ],
)
def test_companions_match_by_number(typed: str, of: Listing, companion: Listing, ref: str) -> None:
    matched = choices.choose_companion(choices.choose(typed, of), companion, pinned=False)
    assert isinstance(matched, ChosenCommit)
    assert matched.ref == ref


TEMPORAL = listing(
    "api",
    "refs/heads/release/v1.62",
    "refs/heads/stray-1",
    "refs/tags/v1.62.14",
    "refs/tags/v1.63.0",
    "refs/tags/v1.63.3",
    "refs/tags/v1.64.0-rc1",
    branch="release/v{major}.{minor}",
    tag="v{major}.{minor}.{patch}",
)
SPEC = listing(
    "api",
    "refs/tags/v1.0",
    "refs/tags/v1.0.1",
    "refs/tags/v1.0.2",
    branch="",
    tag=("v{major}.{minor}", "v{major}.{minor}.{patch}"),
)
BETAS = listing(
    "api",
    "refs/tags/v0.20.9-beta",
    "refs/tags/v0.21.0-beta",
    "refs/tags/v0.21.2-beta",
    "refs/tags/v0.21.3-beta.rc1",
    branch="",
    tag="v{major}.{minor}.{patch}",
)


@pytest.mark.parametrize(
    ("typed", "of", "ref", "version"),
    [
        ("1.63", TEMPORAL, "refs/tags/v1.63.3", "1.63.3"),
        ("1.62", TEMPORAL, "refs/heads/release/v1.62", "1.62.14"),
        ("v1.0", SPEC, "refs/tags/v1.0", "1.0.0"),
        ("1.0", SPEC, "refs/tags/v1.0.2", "1.0.2"),
        ("1.0.0", SPEC, "refs/tags/v1.0", "1.0.0"),
        ("0.21", BETAS, "refs/tags/v0.21.2-beta", "0.21.2"),
        ("0.21.0", BETAS, "refs/tags/v0.21.0-beta", "0.21.0"),
        ("v0.21.0-beta", BETAS, "refs/tags/v0.21.0-beta", "0.21.0"),
        ("v0.21.3-beta.rc1", BETAS, "refs/tags/v0.21.3-beta.rc1", "0.21.3-rc1"),
    ],
)
def test_releases_as_real_projects_name_them(typed: str, of: Listing, ref: str, version: str) -> None:
    chosen = choices.choose(typed, of)
    assert chosen.ref == ref
    assert releases.package_version(chosen.named, of.versions()) == version


def test_the_newest_release_of_a_line_takes_its_own_companion() -> None:
    base = listing(
        "base", "refs/tags/v1.63.2", "refs/tags/v1.63.9", branch="", tag="v{major}.{minor}.{patch}"
    )
    companion = choices.choose_companion(choices.choose("1.63", TEMPORAL), base, pinned=True)
    assert isinstance(companion, ChosenCommit)
    assert companion.ref == "refs/tags/v1.63.2"
    later = listing("base", "refs/tags/v1.63.9", branch="", tag="v{major}.{minor}.{patch}")
    companion = choices.choose_companion(choices.choose("1.63", TEMPORAL), later, pinned=True)
    assert isinstance(companion, ChosenCommit)
    assert companion.note == "base has no 1.63.3; 1.63.9 is the newest of the line"


@pytest.mark.parametrize(
    ("typed", "of", "message", "remedy"),
    [
        ("1.65", TEMPORAL, "'1.65'; nearest: v1.63.3, v1.63.0, ", "--version v1.63.3"),
        ("0.22", BETAS, "'0.22'; nearest: v0.21.2-beta, v0.21.0-beta", "--version v0.21.2-beta"),
        ("1.0.5", TEMPORAL, "its oldest release is v1.62.14", "--version "),
    ],
)
def test_an_unknown_number_names_releases_and_the_newest_first(
    typed: str, of: Listing, message: str, remedy: str
) -> None:
    with pytest.raises(ReleaseNotFound) as caught:
        choices.choose(typed, of)
    assert message in caught.value.message
    assert "stray" not in caught.value.message
    assert remedy in caught.value.remedy


@pytest.mark.parametrize(
    ("typed", "remedy"), [("1.0", "--version main"), ("mian", "--version main"), ("zz", "--version main")]
)
def test_a_repository_without_releases_offers_its_main_branch(typed: str, remedy: str) -> None:
    none = listing("api", "refs/heads/main", "refs/heads/topic", branch="")
    with pytest.raises(ReleaseNotFound, match="it has no releases") as caught:
        choices.choose(typed, none)
    assert remedy in caught.value.remedy
    assert "--version main" in choices.no_releases(none).remedy
    assert choices.no_releases(listing("api")).remedy == "check --repo and --recipe"
