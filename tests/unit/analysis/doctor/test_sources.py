from __future__ import annotations

import pytest

from protogen.analysis.doctor import sources
from protogen.analysis.doctor.check import OK, PROBLEM, WARNING
from protogen.errors import SourceRefused, SourceUnreachable, ToolMissing
from protogen.recipe import model
from protogen.sources.selection import Selection
from tests.unit.recipe.test_model import GOOD

AWAY = SourceUnreachable("no route", remedy="check the network")
REFUSED = SourceRefused("no such repository", remedy="check the address")
NO_GIT = ToolMissing("no git", remedy="install git")


@pytest.mark.parametrize(
    ("source", "api", "base", "index", "verdicts"),
    [
        ("auto", "5 refs", "6 refs", "1 project", [OK, OK, OK]),
        ("auto", "5 refs", "6 refs", AWAY, [OK, OK, WARNING]),
        ("auto", AWAY, "6 refs", "1 project", [WARNING, OK, OK]),
        ("auto", AWAY, AWAY, "1 project", [WARNING, WARNING, OK]),
        ("auto", AWAY, REFUSED, "1 project", [PROBLEM, PROBLEM, OK]),
        ("auto", NO_GIT, NO_GIT, "1 project", [WARNING, WARNING, OK]),
        ("auto", NO_GIT, NO_GIT, AWAY, [PROBLEM, PROBLEM, PROBLEM]),
        ("git", NO_GIT, NO_GIT, None, [PROBLEM, PROBLEM]),
        ("auto", AWAY, "6 refs", REFUSED, [PROBLEM, OK, PROBLEM]),
        ("auto", AWAY, "6 refs", None, [PROBLEM, OK]),
        ("git", AWAY, "6 refs", None, [PROBLEM, OK]),
    ],
)
def test_the_index_stands_in_for_hosts_that_are_away(
    source: str, api: sources.Answer, base: sources.Answer, index: sources.Answer | None, verdicts: list[str]
) -> None:
    rows = sources.judge(
        {"api": ("https://a", api), "base": ("../b", base)},
        ("the index", index) if index is not None else None,
        source=source,
    )
    assert [row.verdict for row in rows] == verdicts
    assert [bool(row.remedy) for row in rows] == [row.verdict != OK for row in rows]
    assert (rows[0].name, rows[0].origin) == ("git: api", "https://a")


def test_the_index_alone() -> None:
    assert [row.verdict for row in sources.judge({}, ("i", "yes"), source="index")] == [OK]
    (row,) = sources.judge({}, ("i", AWAY), source="index")
    assert (row.verdict, row.found, row.remedy) == (PROBLEM, "no route", "check the network")


def test_a_place_is_named_once() -> None:
    (row,) = sources.judge({}, ("host", SourceUnreachable("host can't be reached")), source="index")
    assert (row.origin, row.found) == ("host", "can't be reached")


def test_which_sources_are_asked() -> None:
    plain = model.parse(GOOD, "r.yaml")
    packaged = model.parse(GOOD.replace("    url", "    packages: [p]\n    url"), "r.yaml")
    assert [
        sources.asks_git(Selection(plain, source=source)) for source in ("auto", "git", "index", "folder")
    ] == [
        True,
        True,
        False,
        False,
    ]
    assert not sources.asks_index(Selection(plain))
    assert sources.asks_index(Selection(plain, source="index"))
    assert sources.asks_index(Selection(packaged))
    assert not sources.asks_index(Selection(packaged, match="pin"))
    assert not sources.asks_index(Selection(packaged, source="git"))
