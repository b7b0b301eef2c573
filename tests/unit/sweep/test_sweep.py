"""A sweep is chosen, kept between runs, and told as a table that can be read back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.sweep import report, results, rotation
from tests.sweep.__main__ import _is_done, _options, choose
from tests.sweep.attempt import Sweep
from tests.sweep.results import Outcome, Result

OFFERED = ["r2.11", "r2.2", "r1.15", "r1.4"]
GOOD = Result(
    "r2.11",
    "index",
    "2.11.1",
    {"serving": "api==2.11.1", "other": "lib==2.11.0"},
    ("api==2.11.1", "lib==2.11.0"),
    {"go": Outcome("", 51), "java": Outcome("", 51)},
    files=51,
    messages=170,
    services=3,
    lacking=("tensorflow_serving/apis/internal/x.proto",),
)
BAD = replace(
    GOOD,
    release="r2.2",
    languages={"go": Outcome("a|b\nc"), "java": Outcome("", 51, ("shop.Order",))},
    unofficial=tuple(f"{n}.proto" for n in range(5)),
    details=("field shop.Order.price: 1 became 2",),
)
UNUSABLE = Result("r1.4", "index", unusable="x.proto is not in r1.4")


@pytest.mark.parametrize(
    ("arguments", "chosen"),
    [
        ("", OFFERED),
        ("--releases r2.2,master --releases r9", ["r2.2", "master", "r9"]),
        ("--sample 9", OFFERED),
        ("--sample 2 --seed 0", ["r2.11", "r1.15"]),
        ("--sample 2 --seed 1", ["r2.2", "r1.4"]),
    ],
)
def test_releases_are_chosen(arguments: str, chosen: list[str]) -> None:
    assert choose(OFFERED, _options(arguments.split())) == chosen


def test_a_sample_rotates_and_reaches_every_line() -> None:
    drawn = [rotation.wished("2", rotation.this_week() + weeks) for weeks in range(14)]
    assert {len(set(each)) for each in drawn} == {2}
    assert {release for each in drawn for release in each} == set(rotation.LINES)


@pytest.mark.parametrize(
    ("wish", "chosen"), [("all", list(rotation.LINES)), ("r2.3,1.12.3", ["r2.3", "1.12.3"])]
)
def test_a_wish_chooses_releases(wish: str, chosen: list[str]) -> None:
    assert rotation.wished(wish, 0) == chosen


def test_results_are_kept_and_the_newest_counts(tmp_path: Path) -> None:
    path = tmp_path / "new" / "results.jsonl"
    assert results.read(path) == {}
    for each in (replace(GOOD, seconds=9.0), BAD, UNUSABLE, GOOD):
        results.append(path, each)
    assert list(results.read(path).values()) == [GOOD, BAD, UNUSABLE]


@pytest.mark.parametrize(
    ("result", "languages", "done"),
    [
        (None, "go", False),
        (GOOD, "go java", True),
        (GOOD, "go python", False),
        (BAD, "java", False),
        (UNUSABLE, "go", True),
    ],
)
def test_what_failed_or_lacks_a_language_is_tried_again(
    result: Result | None, languages: str, done: bool, tmp_path: Path
) -> None:
    assert _is_done(result, Sweep("index", (), tuple(languages.split()), tmp_path, tmp_path)) is done


def test_the_table_reads_back_newest_first() -> None:
    rows = report.parse(report.table([UNUSABLE, BAD, GOOD], ["go", "java"]))
    assert [row["release"] for row in rows] == ["r2.11", "r2.2", "r1.4"]
    good, bad, unusable = rows
    titles = "release package official go java files messages differing services lacks note"
    assert " ".join(good) == titles
    assert [*good.values()][:-2] == ["r2.11", "2.11.1", "2.11.1 / 2.11.0", "✓", "✓", "51", "170", "0", "3"]
    assert [*good.values()][-2:] == ["`apis/internal/x.proto`", "-"]
    assert (bad["go"], bad["java"], bad["differing"]) == ("✗", "✓", "1")
    assert bad["note"].startswith("go: a|b; not in the official packages: `0.proto`")
    assert bad["note"].endswith("and 2 more; differing: `shop.Order`")
    assert unusable["note"] == "x.proto is not in r1.4"
    assert {unusable[key] for key in ("package", "go", "java", "files")} == {"-"}


def test_lines_tell_states_and_reasons() -> None:
    assert report.line(UNUSABLE) == "index r1.4: can't be made: x.proto is not in r1.4"
    assert report.line(BAD).splitlines() == [
        "index r2.2 (2.11.1): go failed, java ok; 51 files, 170 messages, 1 differing; 0 s",
        "  go: a|b",
        "  field shop.Order.price: 1 became 2",
    ]


def test_parts_of_the_document_are_replaced_and_the_rest_stays() -> None:
    document = (
        "# A\n<!-- sweep: x -->\nold\n<!-- sweep ends -->\nprose\n<!-- sweep: y -->\n<!-- sweep ends -->\n"
    )
    changed = report.with_parts(document, {"y": "2", "x": "1\n1"})
    assert (report.part(changed, "x"), report.part(changed, "y")) == ("1\n1", "2")
    assert "\nprose\n" in changed
    assert report.with_parts(changed, {"x": "1\n1"}) == changed
    with pytest.raises(ValueError, match="sweep: z"):
        report.part(document, "z")
    with pytest.raises(ValueError, match="sweep: z"):
        report.with_parts(document, {"z": ""})
