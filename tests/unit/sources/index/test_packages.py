"""Which version of which package stands for each repository, and which of its wheels is read first."""

from __future__ import annotations

import pytest

from protogen.errors import ReleaseNotFound
from protogen.releases.names import Commit, Line, Name, Version, parse_name
from protogen.sources.index.packages import (
    Package,
    WheelFile,
    as_version,
    check_name,
    choose_companion,
    choose_primary,
    package,
    reading_order,
)

BRANCH, TAG = "r{major}.{minor}", "{major}.{minor}.{patch}"


def offering(name: str, *versions: str) -> Package:
    """A package with these versions; a yanked one starts with `!`."""
    return package(
        name,
        [
            WheelFile(f"{name}-{version.lstrip('!')}-py3-none-any.whl", "", yanked=version.startswith("!"))
            for version in versions
        ],
    )


API = offering("api", "1.13.0", "2.1.0", "2.1.4", "2.11.0", "2.11.1", "!2.11.2", "2.12.0rc1", "3.0.0a0")


@pytest.mark.parametrize(
    ("typed", "requirement", "note"),
    [
        ("r2.11", "api==2.11.1", ""),
        ("2.11", "api==2.11.1", ""),
        ("v2.11", "api==2.11.1", ""),
        ("r2.1", "api==2.1.4", ""),
        ("2", "api==2.11.1", ""),
        ("2.11.0", "api==2.11.0", ""),
        ("v2.11.0", "api==2.11.0", ""),
        ("2.11.2", "api==2.11.2", "yanked"),
        ("2.12.0-rc1", "api==2.12.0rc1", ""),
        ("2.12.0rc1", "api==2.12.0rc1", ""),
        ("3.0.0-alpha0", "api==3.0.0a0", ""),
        ("3.0.0-alpha", "api==3.0.0a0", ""),
    ],
)
def test_name_is_the_release_that_it_means(typed: str, requirement: str, note: str) -> None:
    named = check_name(typed, parse_name(typed, BRANCH, TAG))
    chosen = choose_primary(typed, named, [API])
    assert chosen.requirement == requirement
    assert note in chosen.note
    assert bool(note) == bool(chosen.note)


@pytest.mark.parametrize(
    ("typed", "near"), [("2.12", "2.12.0-rc1"), ("2.11.3", "2.11.1"), ("r9.9", "3.0.0-a0")]
)
def test_missing_release_names_the_nearest(typed: str, near: str) -> None:
    named = check_name(typed, parse_name(typed, BRANCH, TAG))
    with pytest.raises(ReleaseNotFound) as caught:
        choose_primary(typed, named, [API])
    assert near in caught.value.message
    assert "--version" in caught.value.remedy


@pytest.mark.parametrize("named", [Name("master"), Commit("1" * 40)])
def test_other_names_are_for_git(named: Name | Commit) -> None:
    with pytest.raises(ReleaseNotFound) as caught:
        check_name("it", named)
    assert "--source git" in caught.value.remedy


def test_primary_comes_from_the_first_package_that_has_it() -> None:
    packages = [offering("one", "1.0.0"), offering("two", "1.0.0", "1.0.1")]
    assert choose_primary("1.0", Line((1, 0)), packages).requirement == "two==1.0.1"
    assert choose_primary("1.0.0", Version((1, 0, 0)), packages).requirement == "one==1.0.0"


def test_line_prefers_a_package_where_the_release_is_not_yanked() -> None:
    packages = [offering("one", "!1.0.0"), offering("two", "1.0.0")]
    assert choose_primary("1.0", Line((1, 0)), packages).requirement == "two==1.0.0"


LITE, FULL = (
    offering("lite", "1.15.0", "2.5.3", "2.12.1"),
    offering("full", "1.11.0", "1.13.1", "2.5.3", "!2.5.4"),
)


@pytest.mark.parametrize(
    ("wanted", "requirement", "note"),
    [
        ((1, 15, 0), "lite==1.15.0", ""),
        ((1, 13, 1), "full==1.13.1", ""),
        ((1, 11, 1), "full==1.11.0", "full has no 1.11.1; 1.11.0 is the newest before it"),
        ((2, 5, 4), "lite==2.5.3", "lite has no 2.5.4; 2.5.3 is the newest before it"),
        ((2, 12, 2), "lite==2.12.1", "lite has no 2.12.2; 2.12.1 is the newest before it"),
    ],
)
def test_companion_has_the_same_number_or_a_lower_patch(
    wanted: tuple[int, int, int], requirement: str, note: str
) -> None:
    chosen = choose_companion(Version(wanted), [LITE, FULL])
    assert (chosen.requirement, chosen.note) == (requirement, note)


@pytest.mark.parametrize("wanted", [Version((1, 13, 0)), Version((2, 6, 0)), Version((2, 5, 4), "rc0")])
def test_companion_of_another_line_or_a_higher_patch_is_none(wanted: Version) -> None:
    with pytest.raises(ReleaseNotFound) as caught:
        choose_companion(wanted, [LITE, FULL])
    assert "lite or full" in caught.value.message
    assert "--source git" in caught.value.remedy


def test_later_packages_are_not_looked_at_in_vain() -> None:
    def packages() -> object:
        yield LITE
        raise AssertionError

    assert choose_companion(Version((1, 15, 0)), packages()).package == "lite"  # type: ignore[arg-type]


def wheel(name: str, *, yanked: bool = False) -> WheelFile:
    return WheelFile(name, f"https://files.example/{name}", yanked=yanked)


@pytest.mark.parametrize(
    ("spelled", "expected"),
    [
        ("1.2.3", Version((1, 2, 3))),
        ("1.2", Version((1, 2, 0))),
        ("2", Version((2, 0, 0))),
        ("1.2.3rc1", Version((1, 2, 3), "rc1")),
        ("1.2.3a0", Version((1, 2, 3), "a0")),
        ("1.2.3-alpha1", Version((1, 2, 3), "a1")),
        ("1.2.3-beta", Version((1, 2, 3), "b0")),
        ("1.2.3-pre2", Version((1, 2, 3), "rc2")),
        ("1.2.3.4", None),
        ("1.2.3.post1", None),
        ("1.2.3.dev1", None),
        ("1.2.3+local", None),
        ("1!1.2.3", None),
        ("9999999.0.0", None),
        ("latest", None),
    ],
)
def test_python_versions_are_read_as_release_names(spelled: str, expected: Version | None) -> None:
    assert as_version(spelled) == expected


def test_package_groups_wheels_by_version() -> None:
    found = package(
        "demo",
        [
            wheel("demo-1.0-py3-none-any.whl"),
            wheel("demo-1.1.0-cp310-cp310-linux_x86_64.whl", yanked=True),
            wheel("demo-1.1.0-1-cp310-cp310-linux_x86_64.whl"),
            wheel("demo-1.2.0-py3-none-any.whl", yanked=True),
            wheel("demo-1.3.0.tar.gz"),
            wheel("demo.whl"),
            wheel("demo-1.0.post1-py3-none-any.whl"),
        ],
    )
    assert set(found.releases) == {Version((1, 0, 0)), Version((1, 1, 0)), Version((1, 2, 0))}
    assert found.releases[Version((1, 0, 0))].spelled == "1.0"
    assert len(found.releases[Version((1, 1, 0))].wheels) == 2
    assert set(found.offered()) == {Version((1, 0, 0)), Version((1, 1, 0))}


def test_wheels_are_read_by_platform_then_newest_python() -> None:
    expected = [
        "d-1-cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "d-1-cp39-cp39-manylinux2010_x86_64.whl",
        "d-1-cp27-cp27mu-manylinux1_x86_64.whl",
        "d-1-py2.py3-none-any.whl",
        "d-1-cp311-cp311-manylinux2014_aarch64.whl",
        "d-1-cp312-cp312-macosx_11_0_arm64.whl",
        "d-1-cp311-cp311-win_amd64.whl",
        "d-1-odd-none-win32.whl",
    ]
    assert [file.name for file in reading_order([wheel(name) for name in sorted(expected)])] == expected


def test_yanked_wheels_are_read_only_where_all_are() -> None:
    good, bad = wheel("d-1-py3-none-any.whl"), wheel("d-1-cp310-cp310-manylinux1_x86_64.whl", yanked=True)
    assert reading_order([bad, good]) == (good,)
    assert reading_order([bad]) == (bad,)
