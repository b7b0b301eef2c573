from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.analysis.doctor.check import OK, PROBLEM, WARNING, Check
from protogen.analysis.doctor.tools import judge, registries, remedy
from protogen.languages.toolchain.go import GO
from protogen.languages.toolchain.programs import CACHED as CACHE
from protogen.languages.toolchain.programs import GIVEN, PACKAGED, Found, Prerequisite
from protogen.languages.toolchain.programs import ON_PATH as PATH
from protogen.languages.toolchain.toolbox import Tool

CLIENT = GO.prerequisites[0]
GET = CLIENT.remedy
TOOL = Tool("gen", "v1.35.2", GO, "gen")
HERE = Found(PATH, "1.26", Path("/bin/go"))
CACHED = Found(CACHE, "1.35.2", Path("/cache/gen"))


def told(client: Found, tool: Found, *, offline: bool = False) -> tuple[Check, Check]:
    first, second = judge("go", [(CLIENT, client), (TOOL, tool)], offline=offline, installer="brew")
    return first, second


@pytest.mark.parametrize(
    ("client", "tool", "offline", "verdicts"),
    [
        (HERE, CACHED, False, (OK, OK)),
        (HERE, Found(PATH, "1.35.2", Path("/bin/gen")), False, (OK, OK)),
        (HERE, Found(), False, (OK, OK)),
        (HERE, Found(passed_over="1.0"), False, (OK, OK)),
        (HERE, Found(), True, (OK, PROBLEM)),
        (HERE, Found(GIVEN, "1.0", Path("/gen")), False, (OK, WARNING)),
        (HERE, Found(GIVEN, "", Path("/gen")), False, (OK, WARNING)),
        (HERE, Found(GIVEN, "", Path("/gen"), runs=False), False, (OK, PROBLEM)),
        (Found(), CACHED, False, (WARNING, OK)),
        (Found(), Found(), False, (PROBLEM, PROBLEM)),
        (Found(), Found(), True, (WARNING, PROBLEM)),
        (Found(PATH, "1.9", Path("/bin/go")), Found(), False, (PROBLEM, PROBLEM)),
        (Found(PATH, "", Path("/bin/go")), Found(), False, (PROBLEM, PROBLEM)),
        (Found(PATH, "1.26", Path("/bin/go"), runs=False), Found(), False, (PROBLEM, PROBLEM)),
        (Found(PACKAGED, "1.26", Path("/x/go")), Found(), False, (OK, OK)),
        (Found(GIVEN, "1.2", Path("/go")), Found(), False, (WARNING, OK)),
        (Found(GIVEN, "", Path("/go"), runs=False), Found(), False, (PROBLEM, PROBLEM)),
        (Found(), Found(GIVEN, "1.35.2", Path("/gen")), False, (WARNING, OK)),
    ],
)
def test_verdicts(client: Found, tool: Found, offline: bool, verdicts: tuple[str, str]) -> None:
    rows = told(client, tool, offline=offline)
    assert (rows[0].verdict, rows[1].verdict) == verdicts
    for row in rows:
        assert (row.verdict == OK) is (not row.remedy), "whatever isn't well has a remedy"


@pytest.mark.parametrize(
    ("client", "tool", "offline", "row", "words"),
    [
        (HERE, Found(), False, 1, ("not there", "go install gen@v1.35.2", "the first run installs it", "")),
        (HERE, Found(passed_over="1.0"), False, 1, ("not there (1.0 on PATH)", "", "", "")),
        (Found(), Found(), False, 1, ("not there", "", "go would install it", GET)),
        (HERE, Found(), True, 1, ("", "", "--offline forbids", "run again without --offline once")),
        (HERE, CACHED, False, 1, ("1.35.2", "cache: /cache/gen", "", "")),
        (
            Found(GIVEN, "", Path("/go"), runs=False),
            CACHED,
            False,
            0,
            ("doesn't run", "", "", "--tool go=PATH"),
        ),
        (Found(PATH, "1.9", Path("/bin/go")), Found(), False, 0, ("1.9", "PATH: /bin/go", "", GET)),
        (Found(PATH, "", Path("/go")), Found(), False, 0, ("doesn't tell its version", "", "", "")),
        (Found(), CACHED, False, 0, ("not there", "", "none is missing", GET)),
        (
            HERE,
            Found(GIVEN, "9", Path("/gen")),
            False,
            1,
            ("9", "given: /gen", "whatever its version", "--tool gen"),
        ),
    ],
)
def test_words(client: Found, tool: Found, offline: bool, row: int, words: tuple[str, ...]) -> None:
    check = told(client, tool, offline=offline)[row]
    for part, text in zip(words, (check.found, check.origin, check.note, check.remedy), strict=True):
        assert part in text


def test_what_packages_are_made_without_is_no_problem() -> None:
    extra = Prerequisite("javac", "8", purpose="it compiles", packages={"brew": "openjdk"})
    (row,) = judge("java", [(extra, Found())], offline=False, installer="brew")
    assert (row.verdict, row.remedy) == (WARNING, "brew install openjdk")
    assert row.note == "packages can be made without: it compiles"
    (row,) = judge("java", [(Prerequisite("mvn"), Found())], offline=False, installer="")
    assert (row.verdict, row.remedy, row.note) == (PROBLEM, "install mvn and put it on PATH", "")


@pytest.mark.parametrize(
    ("wanted", "installer", "expected"),
    [
        (CLIENT, "brew", GET),
        (Prerequisite("git", "2.31", packages={"apk": "git"}), "apk", "apk add git"),
        (
            Prerequisite("git", "2.31", packages={"apk": "git"}),
            "brew",
            "install git 2.31 or newer and put it on PATH",
        ),
        (Prerequisite("git", packages={"brew": "g"}), "brew", "brew install g"),
    ],
)
def test_remedies_are_commands(wanted: Prerequisite, installer: str, expected: str) -> None:
    assert remedy(wanted, installer) == expected


def test_where_a_client_fetches_from_is_not_asked() -> None:
    (row,) = registries([(CLIENT, HERE), (TOOL, Found())], offline=False)
    assert (row.name, row.found, row.origin) == ("Go module proxy", "not asked", "go env GOPROXY")
    assert row.note == "needed for gen"
    (row,) = registries([(CLIENT, HERE), (TOOL, CACHED)], offline=False)
    assert row.note == "nothing is to be installed from there"
    assert registries([(CLIENT, HERE), (TOOL, Found())], offline=True) == []


PLACES = st.builds(
    Found,
    st.sampled_from(["", GIVEN, CACHE, PATH]),
    st.sampled_from(["", "1.0", "1.35.2", "2.0"]),
    st.just(Path("/x")),
    st.booleans(),
)


@given(PLACES, PLACES, st.booleans())
def test_the_tool_decides_whether_packages_can_be_made(client: Found, tool: Found, offline: bool) -> None:
    rows = told(client, tool, offline=offline)
    if rows[1].verdict != PROBLEM:
        installed = "the first run installs it" in rows[1].note
        assert (rows[0].verdict in {OK, WARNING} and client.place != "") or not installed
    if rows[0].verdict == PROBLEM:
        assert rows[1].verdict == PROBLEM or tool.place == GIVEN
