from __future__ import annotations

from itertools import pairwise, takewhile
from pathlib import Path

import pytest
import semver
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.version import Version
from univers.versions import GolangVersion, MavenVersion

from protogen.errors import UsageError
from protogen.languages import load_language
from protogen.languages.go.naming import module_version as go
from protogen.languages.java.naming import maven_version as maven
from protogen.languages.python.naming import pep440
from protogen.releases.release import is_prerelease, is_semver

MASTER = "0.0.0-dev.20240102030405.g0123456789ab"

TABLE = [
    ("2.11.1", "2.11.1", "2.11.1", "v2.11.1"),
    ("2.12.0-rc0", "2.12.0rc0", "2.12.0-rc0", "v2.12.0-rc.0"),
    ("2.12.0-rc.1", "2.12.0rc1", "2.12.0-rc.1", "v2.12.0-rc.1"),
    ("1.0.0-alpha1", "1.0.0a1", "1.0.0-alpha1", "v1.0.0-alpha.1"),
    ("1.0.0-a1", "1.0.0a1", "1.0.0-a1", "v1.0.0-a.1"),
    ("1.0.0-a.1", "1.0.0a1", "1.0.0-alpha-a.1", "v1.0.0-a.1"),
    ("1.0.0-beta", "1.0.0b0", "1.0.0-beta", "v1.0.0-beta"),
    ("1.0.0-pre2", "1.0.0rc2", "1.0.0-alpha-pre2", "v1.0.0-pre.2"),
    ("1.0.0-dev", "1.0.0.dev0", "1.0.0-alpha-dev", "v1.0.0-dev"),
    ("1.0.0-dev.3", "1.0.0.dev3", "1.0.0-alpha-dev.3", "v1.0.0-dev.3"),
    (
        MASTER,
        "0.0.0.dev20240102030405+g0123456789ab",
        "0.0.0-alpha-dev.20240102030405.g0123456789ab",
        "v0.0.0-20240102030405-0123456789ab",
    ),
    ("0.0.0-dev.0.g0123456789ab", "0.0.0.dev0+g0123456789ab", "0.0.0-alpha-dev.0.g0123456789ab", None),
    ("1.0.0-SNAPSHOT", None, "1.0.0-SNAPSHOT", "v1.0.0-SNAPSHOT"),
    ("1.0.0-7", None, "1.0.0-alpha-7", "v1.0.0-7"),
    ("1.0.0-final", None, "1.0.0-alpha-final", "v1.0.0-final"),
    ("1.0.0-rc01", "1.0.0rc1", "1.0.0-rc01", "v1.0.0-rc01"),
    ("1.0.0-alphabet", None, "1.0.0-alpha-alphabet", "v1.0.0-alphabet"),
]

# Each is before the next one, in every ecosystem.
ASCENDING = [
    [MASTER, "0.0.0-dev.20240102030406.g0000000000ab", "0.0.1", "1.0.0-rc0"],
    ["1.9.0", "2.0.0-alpha1", "2.0.0-beta1", "2.0.0-rc0", "2.0.0-rc1", "2.0.0-rc9", "2.0.0-rc10", "2.0.0"],
    ["1.9.0", "2.0.0-dev.9", "2.0.0-dev.10", "2.0.0", "2.0.1", "2.0.10", "2.1.0-rc0", "2.1.0", "10.0.0"],
]

identifiers = st.from_regex(r"\A(0|[1-9][0-9]{0,4}|[0-9]{0,2}[A-Za-z-][0-9A-Za-z-]{0,5})\Z")
words = st.sampled_from(["alpha", "a", "b", "beta", "rc", "dev", "pre", "final", "ga", "sp", "SNAPSHOT", "m"])
versions = st.tuples(
    *[st.integers(0, 9999)] * 3,
    st.one_of(
        st.lists(identifiers, max_size=3).map(".".join),
        st.tuples(words, st.integers(0, 99)).map(lambda each: f"{each[0]}{each[1]}"),
    ),
).map(lambda parts: "{}.{}.{}".format(*parts[:3]) + (f"-{parts[3]}" if parts[3] else ""))


@pytest.mark.parametrize(("version", "python", "java", "module"), TABLE)
def test_versions_in_every_ecosystem(version: str, python: str | None, java: str, module: str | None) -> None:
    assert is_semver(version)
    assert maven(version) == java
    assert go(version) == (module or f"v{version}")
    if python is None:
        with pytest.raises(UsageError) as raised:
            pep440(version)
        assert "--package-version 1.0.0" in raised.value.remedy
    else:
        assert pep440(version) == python


@pytest.mark.parametrize("ascending", ASCENDING)
def test_order_is_the_same_everywhere(ascending: list[str]) -> None:
    for earlier, later in pairwise(ascending):
        assert Version(pep440(earlier)) < Version(pep440(later))
        assert MavenVersion(maven(earlier)) < MavenVersion(maven(later))
        assert GolangVersion(go(earlier)) < GolangVersion(go(later))


@given(versions)
@example("0.0.0-R")
@example("1.2.0-post1")
def test_a_prerelease_is_before_its_release(version: str) -> None:
    final = version.partition("-")[0]
    if not is_prerelease(version):
        assert (maven(version), go(version), pep440(version)) == (version, f"v{version}", version)
        assert str(Version(version)) == version
        return
    assert MavenVersion(maven(version)) < MavenVersion(final)
    assert GolangVersion(go(version)) < GolangVersion(go(final))
    try:
        python = Version(pep440(version))
    except UsageError:
        return
    assert python.is_prerelease
    assert python < Version(final)
    assert str(python) == pep440(version)


@given(versions)
def test_go_versions_are_semver(version: str) -> None:
    assert is_semver(version)
    assert is_semver(go(version)[1:])
    assert semver.Version.is_valid(go(version)[1:])


@pytest.mark.parametrize(
    "version",
    [
        "",
        "1",
        "1.2",
        "1.2.3.4",
        "v1.2.3",
        "01.2.3",
        "1.2.3-",
        "1.2.3-01",
        "1.2.3-a..b",
        "1.2.3+b",
        "1.2.3\n",
        "1.2.3-é",
        "1234567890.0.0",
        "٣.1.2",
    ],
)
def test_what_is_not_semver(version: str) -> None:
    assert not is_semver(version)


@pytest.mark.parametrize(
    ("language", "version", "why"),
    [
        ("python", MASTER, "local part"),
        ("python", "1.0.0-rc1", ""),
        ("go", MASTER, "pseudo-version"),
        ("go", "1.0.0-rc1", ""),
        ("java", "1.0.0-SNAPSHOT", "snapshot"),
        ("java", MASTER, ""),
        ("java", "1.0.0", ""),
    ],
)
def test_what_registries_refuse(language: str, version: str, why: str) -> None:
    said = load_language(language).refusal(version)
    assert why in said
    assert bool(said) == bool(why)
    assert why != "local part" or pep440(version) in said


def documented() -> list[list[str]]:
    """The rows of the table in docs/versions.md: version, Python, Maven, Go."""
    lines = (Path(__file__).parents[3] / "docs" / "versions.md").read_text(encoding="utf-8").splitlines()
    start = lines.index("| what you name | version | Python | Maven | Go |") + 2
    rows = takewhile(lambda line: line.startswith("|"), lines[start:])
    return [[cell.strip(" `") for cell in row.strip("|").split("|")[1:]] for row in rows]


@pytest.mark.parametrize("row", documented(), ids=lambda row: str(row[0]))
def test_the_documents_say_what_the_code_does(row: list[str]) -> None:
    version, python, java, module = row
    assert (maven(version), go(version)) == (java, module)
    if python == "-":
        with pytest.raises(UsageError):
            pep440(version)
    else:
        assert pep440(version) == python


def test_the_documents_tell_every_kind() -> None:
    assert len(documented()) == 8
    assert MASTER in [row[0] for row in documented()]
