from __future__ import annotations

from pathlib import Path

import pytest

from protogen.errors import UsageError
from protogen.pipeline.job import Job
from protogen.recipe import model
from protogen.sources.selection import Selection
from tests.unit.recipe.test_model import GOOD


def job(out: str = "gen", artifacts: str = "", *, several: bool = False) -> Job:
    versions = ("r1", "r2") if several else ("r1",)
    recipe = model.parse(GOOD, "r.yaml")
    return Job(Selection(recipe, versions), (), out_template=out, artifacts_template=artifacts)


@pytest.mark.parametrize(
    ("template", "several", "expected"),
    [
        ("./gen", False, "gen/go"),
        ("./gen", True, "gen/r1/go"),
        ("/", False, "/go"),
        ("x/{lang}", False, "x/go"),
        ("x/{lang}", True, "x/r1/go"),
        ("x/{version}", False, "x/r1/go"),
        ("x/{version}/{lang}/y", True, "x/r1/go/y"),
        ("x/{lang}-{version}", True, "x/go-r1"),
    ],
)
def test_out_template_is_filled_and_completed(template: str, expected: str, *, several: bool) -> None:
    assert job(template, several=several).out("r1", "go") == Path(expected)


@pytest.mark.parametrize(
    ("template", "several", "expected"),
    [("dist", False, "dist"), ("dist/", True, "dist/r1"), ("dist/{version}/all", True, "dist/r1/all")],
)
def test_artifacts_of_several_releases_go_into_folders_of_their_own(
    template: str, expected: str, *, several: bool
) -> None:
    assert job(artifacts=template, several=several).artifacts("r1") == Path(expected)
    assert job().artifacts("r1") is None


def test_a_branch_with_a_slash_stays_one_folder() -> None:
    assert job("x/{version}").out("topic/y", "go") == Path("x/topic-y/go")


def test_unknown_placeholder_is_refused() -> None:
    for template in ("x/{language}", "{lang}/{}", "{version}/{v}"):
        with pytest.raises(UsageError, match=r"isn't \{version\} or \{lang\}\n"):
            job(template).out("r1", "go")
    with pytest.raises(UsageError, match=r"isn't \{version\}\n"):
        job(artifacts="x/{lang}").artifacts("r1")


def test_no_folder_is_refused_as_packages_would_land_at_the_root() -> None:
    with pytest.raises(UsageError, match="no folder is given"):
        job("").out("r1", "go")
