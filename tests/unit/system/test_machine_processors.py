from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from protogen.system import machine

if TYPE_CHECKING:
    from pathlib import Path

MACHINE = 16


@pytest.fixture(autouse=True)
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(MACHINE)), raising=False)


@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        ("", {}, MACHINE),
        ("0::/\n", {"cpu.max": "max 100000\n"}, MACHINE),
        ("0::/\n", {"cpu.max": "200000 100000\n"}, 2),
        ("0::/\n", {"cpu.max": "150000 100000\n"}, 2),
        ("0::/\n", {"cpu.max": "1000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "6400000 100000\n"}, MACHINE),
        ("0::/\n", {"cpu.max": "nonsense"}, MACHINE),
        ("0::/\n", {"cpu.max": "100000 0\n"}, MACHINE),
        ("0::/a/b\n", {"cpu.max": "800000 100000", "a/cpu.max": "300000 100000"}, 3),
        ("0::/a/b\n", {"a/cpu.max": "max 100000", "a/b/cpu.max": "400000 100000"}, 4),
        ("0::/not/seen/from/here\n", {"cpu.max": "500000 100000"}, 5),
        ("0::/../other\n", {"cpu.max": "500000 100000"}, 5),
        ("0::/a\n", {"b/cpu.max": "100000 100000"}, MACHINE),
        (
            "4:memory:/m\n3:cpu,cpuacct:/a\n",
            {"cpu,cpuacct/a/cpu.cfs_quota_us": "250000\n", "cpu,cpuacct/a/cpu.cfs_period_us": "100000\n"},
            3,
        ),
        ("3:cpu:/a\n", {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, MACHINE),
        ("3:cpu:/a\n", {"cpu/cpu.cfs_quota_us": "700000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 7),
    ],
)
def test_the_tightest_quota_counts(tmp_path: Path, groups: str, files: dict[str, str], expected: int) -> None:
    own = tmp_path / "self"
    own.write_text(groups)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert machine.processors(tmp_path, own) == expected


def test_a_system_without_control_groups_and_affinity_has_what_is_built_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert machine.processors(tmp_path / "none", tmp_path / "none") == MACHINE
    monkeypatch.delattr(os, "sched_getaffinity")
    assert machine.processors(tmp_path / "none", tmp_path / "none") == 64


def test_this_process_is_granted_no_more_than_its_affinity() -> None:
    assert 1 <= machine.processors() <= MACHINE
