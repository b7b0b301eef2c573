"""What is told of packages that a registry has with other bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from protogen.pipeline import refusal
from protogen.pipeline.refusal import Case, told
from protogen.registry.origins import Origin

OLD = Origin(
    "2.11.1",
    commits={"api": "1" * 40, "base": "2" * 40},
    settings={"python_package": "old"},
    tools={"protogen": "0.1.0", "protoc-gen-go": "1.35.2"},
    recipe="r1",
)
CASE = Case(
    named="team-api 2.11.1 (pypi)",
    release="2.11.1",
    version="2.11.1",
    free="2.11.2-dev.1",
    is_branch=False,
    several=False,
    settings=frozenset({"python_package", "without_kit", "java_pom"}),
)
OTHER = "run again with --package-version 2.11.2-dev.1"


@pytest.mark.parametrize(
    ("new", "case", "made", "remedy"),
    [
        (OLD, CASE, "All that is recorded is the same", OTHER),
        (OLD, replace(CASE, several=True), "", OTHER.replace("with ", "with --version 2.11.1 ")),
        (None, CASE, "a version is published once", OTHER),
        (
            replace(OLD, release="r2.11", commits={"api": "3" * 40}),
            replace(CASE, release="r2.11", is_branch=True),
            "made of 2.11.1, not r2.11; of api at 111111111111, not 333333333333",
            f"run again with --version 2.11.1; or {OTHER}",
        ),
        (
            replace(OLD, release="2.11", settings={}),
            CASE,
            "made of 2.11.1, not 2.11; with --python-package old, not without --python-package",
            f"run again with --version 2.11.1 --python-package old; or {OTHER}",
        ),
        (replace(OLD, commits={"api": "3" * 40}), CASE, "of api at 111111111111, not 333333333333", OTHER),
        (replace(OLD, recipe="r2", settings={}), CASE, "by another recipe", OTHER),
        (
            replace(OLD, settings={"python_package": "new", "without_kit": "yes", "go_module": "x"}),
            CASE,
            "with --python-package old, not with --python-package new; without --without-kit",
            f"run again with --python-package old and without --without-kit; or {OTHER}",
        ),
        (
            replace(OLD, tools={"protogen": "0.2.0", "buf": "1"}),
            CASE,
            "by protogen 0.1.0, not 0.2.0",
            f"run again with protogen 0.1.0; or {OTHER}",
        ),
        (
            replace(OLD, settings={**OLD.settings, "java_pom": '{"name": "x"}'}),
            CASE,
            "without --java-pom, not with another --java-pom",
            f"run again without --java-pom; or {OTHER}",
        ),
    ],
)
def test_what_differs_is_named_with_what_makes_it_the_same(
    new: Origin | None, case: Case, made: str, remedy: str
) -> None:
    message, proposed = told(case, OLD, new)
    assert case.named in message
    assert made in message
    assert proposed == remedy


def test_only_a_branch_is_told_of_its_tag() -> None:
    new = replace(OLD, release="r2.11")
    branch, _ = told(replace(CASE, release="r2.11", is_branch=True), OLD, new)
    assert branch.startswith(
        "r2.11 is a branch; its packages have the number of its newest tag, 2.11.1, which"
    )
    tag, _ = told(replace(CASE, release="r2.11"), OLD, new)
    assert tag.startswith("the registry has other bytes")


def test_much_that_differs_is_cut() -> None:
    commits = {f"api{number}": "4" * 40 for number in range(9)}
    message, _ = told(
        CASE, replace(OLD, commits=dict.fromkeys(commits, "5" * 40)), replace(OLD, commits=commits)
    )
    assert message.endswith("; 5 more")


def test_what_is_proposed_is_a_version_that_nothing_has(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"files/api/2.11.2-dev.{number}").mkdir(parents=True)
    assert refusal.free(tmp_path, "api", "2.11.1") == "2.11.2-dev.3"
    assert refusal.free(tmp_path, "api", "2.11.0-rc1") == "2.11.1-dev.1"
