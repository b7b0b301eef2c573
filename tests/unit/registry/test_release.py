"""What a run's provenance tells of a release, which release is the one before, and lists of releases."""

from __future__ import annotations

import json
from itertools import permutations

import pytest

from protogen.registry.model import Package
from protogen.registry.pages import catalogue
from protogen.registry.pages.catalogue import Entry, Row
from protogen.registry.provenance import Input, Tool
from protogen.registry.release import Changes, Evidence, Release, evidence, predecessors
from tests.support.registry_packages import artifacts


def test_provenance_tells_commits_tools_and_the_release() -> None:
    files = {f"files/api/1.2.0/a/{path}": each for path, each in artifacts().items() if "/" not in path}
    found = evidence("files/api/1.2.0/a", files)
    assert (found.release, found.source, found.groups) == ("r1.2", "git", ("config",))
    assert found.inputs == (
        Input("recipe api", "urn:protogen:recipe:api", {"sha256": "7" * 64}),
        Input("api", "git+https://example.com/api@r1.2", {"gitCommit": "a1" * 20}),
    )
    assert found.tools == (Tool("protoc-gen-go", "v1.35.2", "go"),)
    assert found.builder == {"protogen": "0.1.0"}
    assert found.descriptor_set == "files/api/1.2.0/a/api-1.2.0.protoset"
    assert found.size == 3
    assert set(found.files) == set(files)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", json.dumps({"predicate": {}}).encode()])
def test_what_is_no_provenance_tells_nothing(content: bytes) -> None:
    found = evidence("files/api/1/a", {"files/api/1/a/x.provenance.json": content})
    assert (found.release, found.inputs, found.tools, found.descriptor_set) == ("", (), (), "")


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        ("", {}),
        ("1.2.0", {"1.2.0": ""}),
        ("1.10.0 1.9.0 1.2.0", {"1.2.0": "", "1.9.0": "1.2.0", "1.10.0": "1.9.0"}),
        ("1.0.0 1.1.0-rc.1 1.1.0", {"1.0.0": "", "1.1.0-rc.1": "1.0.0", "1.1.0": "1.0.0"}),
        ("1.1.0-rc.1 1.1.0-rc.2", {"1.1.0-rc.1": "", "1.1.0-rc.2": "1.1.0-rc.1"}),
        ("0.0.0-1.a 1.0.0", {"0.0.0-1.a": "", "1.0.0": ""}),
    ],
)
def test_the_release_before_is_the_next_lower_and_final_for_a_final_one(
    versions: str, expected: dict[str, str]
) -> None:
    for each in permutations(versions.split()):
        assert predecessors(each) == expected


def test_runs_add_up_in_any_order() -> None:
    packages = [Package("go", "example.com/api", "v1.2.0"), Package("pypi", "api", "1.2.0")]
    runs = [Evidence("files/api/1.2.0/b", {}, 5), Evidence("files/api/1.2.0/a", {}, 7, "r1.2")]
    one = two = Release("api", "1.2.0")
    for package, run in zip(packages, runs, strict=True):
        one = one.with_run([package], run)
    for package, run in zip(reversed(packages), reversed(runs), strict=True):
        two = two.with_run([package], run)
    assert one == two
    assert one.main.release == "r1.2", "the larger descriptor set stands for the release"
    assert one.with_run(packages, runs[0]) == one


def row(recipe: str, version: str, **more: object) -> Row:
    return Row(recipe, version, "", (), catalogue.page_path(recipe, version), **more)  # type: ignore[arg-type]


def test_the_list_has_the_newest_of_each_recipe_first() -> None:
    rows = [row("b", "1.0.0"), row("a", "1.9.0"), row("a", "1.10.0"), row("a", "1.10.0-rc.1")]
    for each in permutations(rows):
        found = [(row.recipe, row.version) for row in catalogue.ordered(each)]
        assert found == [("a", "1.10.0"), ("a", "1.10.0-rc.1"), ("a", "1.9.0"), ("b", "1.0.0")]


def test_the_list_reads_as_it_was_written_a_line_a_release() -> None:
    rows = (
        row("a", "1.1.0", since="1.0.0", changes=(1, 0, 2)),
        Row("a", "1.0.0", "r1.0", (Entry("go", "x", "v1.0.0", "breaks"), Entry("npm", "x", "1.0.0")), "p"),
    )
    content = catalogue.render(rows)
    assert catalogue.read(content) == rows
    assert len(content.splitlines()) == 2 + len(rows)
    document = json.loads(content)
    assert document["schema"] == 1
    assert document["releases"][1]["packages"][0]["yanked"] == "breaks"
    assert "yanked" not in document["releases"][1]["packages"][1]
    assert json.loads(catalogue.render(())) == {"schema": 1, "releases": []}


@pytest.mark.parametrize(
    "content", [b"", b"{}", b'{"schema": 2, "releases": []}', b'{"schema":1,"releases":[1]}']
)
def test_what_is_no_list_has_no_rows(content: bytes) -> None:
    assert catalogue.read(content) == ()


def test_a_row_tells_of_withdrawn_packages_and_of_changes() -> None:
    release = Release(
        "api",
        "1.2.0",
        (Package("go", "x", "v1.2.0"), Package("pypi", "x", "1.2.0")),
        (Evidence("files/api/1.2.0/a", {}, release="r1.2"),),
        "1.1.0",
        "r1.1",
        Changes(3, 2, 1),
    )
    found = catalogue.row(release, {("pypi", "x", "1.2.0"): ""})
    assert [each.yanked for each in found.packages] == [None, ""]
    assert (found.release, found.since, found.changes) == ("r1.2", "1.1.0", (3, 2, 1))
    assert found.page == "files/api/1.2.0/index.html"
