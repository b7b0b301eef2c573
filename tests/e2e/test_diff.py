"""diff with buf itself: on every kind of change, on drawn sets, and on real releases."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from protogen.analysis.diff import buf
from protogen.languages.toolchain.buf import find
from protogen.languages.toolchain.programs import Program
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.system.cache import Cache
from protogen.system.process import Processes
from tests.support.change_cases import CASES
from tests.support.command import protogen
from tests.support.drawn_sets import sets

PAIRS = [
    ("r1.15", "r2.1"),
    ("r2.1", "r2.5"),
    ("r2.5", "r2.6"),
    ("r2.6", "r2.11"),
    ("r2.11", "r2.12"),
    ("r2.12", "r2.16"),
    ("r2.16", "r2.19"),
    ("r2.19", "master"),
    ("r1.15", "master"),
    ("master", "r1.15"),
]
# Changes that break nobody.
HARMLESS = ("added", "deprecated", "newly reserved", "packed", "edition: newer")


@pytest.fixture(scope="module")
def toolbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Toolbox]:
    processes = Processes()
    yield Toolbox(Cache(tmp_path_factory.mktemp("cache")), processes, {"PATH": os.environ["PATH"]})
    processes.cancel()


@pytest.fixture(scope="module")
def tool(toolbox: Toolbox) -> Program:
    found = find(toolbox)
    if found is None:
        pytest.skip("NO BUF: pip install buf-bin, which the extra `dev` has")
    return found


def test_buf_judges_every_kind_of_change(tool: Program, toolbox: Toolbox) -> None:
    found = {case.name: buf.breaking(tool, case.old, case.new, "FILE", toolbox) for case in CASES}
    broken = {name for name, (findings, _) in found.items() if findings}
    assert len(broken) > len(CASES) / 2
    assert not [name for name in broken if name.endswith(HARMLESS) and "required" not in name]
    assert [name for name, (_, unchecked) in found.items() if unchecked] == ["file moved, a value gone"]


@given(old=sets(), new=sets())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_a_category_refuses_is_refused_by_those_before_it(
    old: bytes, new: bytes, tool: Program, toolbox: Toolbox
) -> None:
    found = [bool(buf.breaking(tool, old, new, each, toolbox)[0]) for each in buf.CATEGORIES]
    assert found == sorted(found, reverse=True)


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_real_releases_are_judged(
    old: str, new: str, tool: Program, from_corpus: list[str], cache: Path, tmp_path: Path
) -> None:
    arguments = ["diff", old, new, *from_corpus, "--format", "json", "--tool", f"buf={tool.path}"]
    ran = protogen(*arguments, cwd=tmp_path, cache=cache)
    assert ran.code == 1, ran.err
    document = json.loads(ran.out)
    assert document["changes"]
    assert document["buf"]["version"] == tool.version
    # Since r2.19, upstream only added.
    assert bool(document["buf"]["findings"]) is (new != "master" or old != "r2.19")


def test_the_categories_are_bufs(tool: Program, tmp_path: Path) -> None:
    argv = [str(tool.path), "config", "ls-breaking-rules", "--version", "v2", "--format", "json"]
    done = subprocess.run(argv, env={"HOME": str(tmp_path)}, capture_output=True, check=True)
    rules = [json.loads(line) for line in done.stdout.splitlines()]
    assert {category for rule in rules for category in rule["categories"]} >= set(buf.CATEGORIES)
