from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.kits import rows
from bench.made_up import proto
from bench.measure import Sample, side_by_side
from protogen.protos.imports import Import, scan_imports


def test_the_table_has_medians_and_ratios_pair_by_pair(capsys: pytest.CaptureFixture[str]) -> None:
    ours: Iterator[float] = iter([9.0, 1.0, 2.0, 6.0])
    theirs: Iterator[float] = iter([9.0, 1.0, 1.0, 2.0])
    sides = {
        "ours": lambda: Sample(next(ours), 0.5, 40.0, 2.5),
        "theirs": lambda: Sample(next(theirs), 0.25, 20.0),
    }
    side_by_side("a case", sides, 3)
    _, title, first, second = capsys.readouterr().out.splitlines()
    assert title == "a case"
    assert first.split() == "ours 2.000 s (1.000 to 6.000) 0.500 s cpu 40 MiB 2.500 MiB moved".split()
    assert second.split() == (
        "theirs 1.000 s (1.000 to 2.000) 0.250 s cpu 20 MiB ratio 2.00 wall, 2.00 cpu".split()
    )


def test_sides_take_turns() -> None:
    turns: list[str] = []

    def side(name: str) -> Sample:
        turns.append(name)
        return Sample(1.0, 1.0, 1.0)

    side_by_side("a case", {"a": lambda: side("a"), "b": lambda: side("b")}, 2)
    assert turns == ["a", "b"] * 3


def test_a_made_up_proto_imports_what_it_says() -> None:
    assert scan_imports(proto(3, 7, ["a.proto", "b.proto"])) == (Import("a.proto"), Import("b.proto"))


def test_a_kit_stands_beside_each_other_side() -> None:
    sides = {"stub": [1.0, 2.0, 4.0], "kit": [2.0, 2.0, 4.0]}
    first, second = rows("Predict", sides)
    assert first.split() == "Predict kit 2000.000 ms (2000.000 to 4000.000)".split()
    assert second.split() == "stub 2000.000 ms (1000.000 to 4000.000) ratio 1.00".split()
