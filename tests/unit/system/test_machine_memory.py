from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from protogen.system.machine import free_memory as available
from protogen.system.machine import waves

if TYPE_CHECKING:
    from pathlib import Path

GIB = 1024**3


@pytest.mark.parametrize(
    ("needs", "free", "expected"),
    [
        ({}, GIB, ()),
        ({"a": 1}, 0, (("a",),)),
        ({"a": 2, "b": 2, "c": 2}, 6, (("a", "b", "c"),)),
        ({"a": 2, "b": 2, "c": 2}, 5, (("a", "b"), ("c",))),
        ({"a": 2, "b": 9, "c": 1}, 4, (("a",), ("b",), ("c",))),
        ({"a": 9, "b": 1, "c": 1}, 4, (("a",), ("b", "c"))),
    ],
)
def test_as_many_run_side_by_side_as_fit(
    needs: dict[str, int], free: int, expected: tuple[tuple[str, ...], ...]
) -> None:
    assert waves(needs, free) == expected


def test_the_tightest_limit_counts(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text(f"MemTotal:  99 kB\nMemAvailable:   {3 * GIB // 1024} kB\n")
    assert available(meminfo, tmp_path) == 3 * GIB
    (tmp_path / "memory.max").write_text(f"{2 * GIB}\n")
    (tmp_path / "memory.current").write_text(f"{GIB}\n")
    assert available(meminfo, tmp_path) == GIB
    (tmp_path / "memory.max").write_text("max\n")
    assert available(meminfo, tmp_path) == 3 * GIB


def test_an_older_control_group_counts_too(tmp_path: Path) -> None:
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "memory.limit_in_bytes").write_text("500")
    (tmp_path / "memory" / "memory.usage_in_bytes").write_text("200")
    assert available(tmp_path / "none", tmp_path) == 300


def test_a_system_that_does_not_say_has_what_is_built_in(tmp_path: Path) -> None:
    odd = tmp_path / "meminfo"
    odd.write_text("nothing of use\n")
    assert available(odd, tmp_path) == available(tmp_path / "none", tmp_path) > 64 * 1024**2
