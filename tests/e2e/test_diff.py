"""buf beside protogen's own reading of its rules: on every case, on drawn sets, and on real releases."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from protogen.analysis.diff import buf, schema
from protogen.analysis.diff.change import Change, Difference
from protogen.analysis.diff.compare import compare
from protogen.analysis.diff.judging import judge
from protogen.analysis.diff.rules import RULES
from protogen.analysis.diff.text import lines
from protogen.languages.toolchain.toolbox import Tool, Toolbox
from protogen.releases.release import Release
from protogen.system.cache import Cache
from protogen.system.process import Processes
from tests.support.change_cases import CASES, Case, told
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
# What a category of buf is about, and where protogen's table differs: its comments say why.
CATEGORIES = {"wire": {"WIRE"}, "json": {"WIRE_JSON"}, "source": {"FILE", "PACKAGE"}}
OWN_READING = {
    "FILE_SAME_PACKAGE",
    "RESERVED_ENUM_NO_DELETE",
    "RESERVED_MESSAGE_NO_DELETE",
    "ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED",
    "FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED",
}


@pytest.fixture(scope="module")
def toolbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Toolbox]:
    processes = Processes()
    yield Toolbox(Cache(tmp_path_factory.mktemp("cache")), processes, {"PATH": os.environ["PATH"]})
    processes.cancel()


@pytest.fixture(scope="module")
def tool(toolbox: Toolbox) -> Tool:
    found = buf.find(toolbox)
    if found is None:
        pytest.skip("NO BUF: pip install buf-bin, which the extra `dev` has")
    return found


def judged(old: bytes, new: bytes, tool: Tool, toolbox: Toolbox) -> tuple[tuple[Change, ...], ...]:
    """The changes by our own reading, and by buf's word."""
    changes = compare(schema.read(old), schema.read(new))
    return judge(changes, None), judge(changes, buf.breaking(tool, old, new, toolbox))


def as_told(changes: tuple[Change, ...]) -> list[str]:
    nowhere = Release("x", "", "", ())
    found = lines(Difference(nowhere, nowhere, changes))
    return [f"{line.text[2:]}  {line.breaks}".rstrip() for line in found if line.text.startswith(" ")]


def is_stricter(own: Change) -> bool:
    """Whether the encoding reads one type as the other, though buf calls it a break."""
    several = {"repeated " in side or "map<" in side for side in (own.old, own.new)}
    types = {"map" if "map<" in side else side.rpartition(" ")[2] for side in (own.old, own.new)}
    alike = ({"int32", "p.E"}, {"bytes", "p.M"}, {"bytes", "p.N"}, {"bytes", "map"})
    return own.aspect == "type" and types in alike and len(several) == 1


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_buf_says_of_each_case_what_the_table_says(case: Case, tool: Tool, toolbox: Toolbox) -> None:
    _, by_buf = judged(case.old, case.new, tool, toolbox)
    expected = []
    for line in told()[case.name]:
        own, _, other = line.partition(" buf: ")
        expected.append(own.partition("  BREAKS ")[0] + f"  {other}" if other else own)
    assert as_told(by_buf) == expected


@given(old=sets(), new=sets())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_buf_agrees_on_drawn_sets(old: bytes, new: bytes, tool: Tool, toolbox: Toolbox) -> None:
    own, by_buf = judged(old, new, tool, toolbox)
    assert len(own) == len(by_buf), as_told(by_buf[len(own) :])
    for ours, its in zip(own, by_buf, strict=True):
        stricter = {"wire"} if is_stricter(ours) else set()
        assert set(its.breaks) - stricter == set(ours.breaks), (as_told((ours,)), as_told((its,)))


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_buf_agrees_on_real_releases(
    old: str, new: str, tool: Tool, from_corpus: list[str], cache: Path, tmp_path: Path
) -> None:
    def told_by(judge: str) -> Any:
        arguments = ["diff", old, new, *from_corpus, "--format", "json", "--rules", judge]
        ran = protogen(*arguments, "--tool", f"buf={tool.path}", cwd=tmp_path, cache=cache)
        assert ran.code == 1, ran.err
        return json.loads(ran.out)

    own, by_buf = told_by("own"), told_by("buf")
    assert (own["buf"], by_buf["buf"]) == (None, tool.version)
    assert own["changes"]
    for document in (own, by_buf):
        for change in document["changes"]:
            del change["rules"]
    assert by_buf["changes"] == own["changes"]


def test_the_table_of_rules_is_bufs(tool: Tool, tmp_path: Path) -> None:
    argv = [str(tool.path), "config", "ls-breaking-rules", "--version", "v2", "--format", "json"]
    done = subprocess.run(argv, env={"HOME": str(tmp_path)}, capture_output=True, check=True)
    listed = {rule["id"]: set(rule["categories"]) for rule in map(json.loads, done.stdout.splitlines())}
    assert set(listed) == set(RULES)
    differing = {
        rule
        for rule, categories in listed.items()
        if RULES[rule] != tuple(what for what, some in CATEGORIES.items() if some & categories)
    }
    assert differing == OWN_READING
