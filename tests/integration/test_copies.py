"""Several places that hold one proto, and repositories that are taken at one ref."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.conftest import Command
from tests.support.upstream import Repository

RECIPE = """\
schema: 1
name: odd
releases: api
repositories:
  api:
    url: https://git.invalid/api
    tag: v{major}.{minor}.{patch}
    roots: [., third_party]
  base:
    url: https://git.invalid/base
    ref: master
entry_points:
  - {repository: api, pattern: "o/*.proto"}
"""
ENTRY = 'syntax = "proto3"; package o; import "google/api/http.proto"; message A { google.api.Http h = 1; }'
OLD = """syntax = "proto3";
package google.api;
import "google/api/rule.proto";
// What a rule is.
message Http { Rule rule = 1; }
"""
NEW = OLD.replace("rule = 1;", "rule = 1; bool strict = 2;")
RULE = 'syntax = "proto3"; package google.api; message Rule { string get = 1; }\n'


@dataclass(frozen=True)
class Pair:
    """An API and a repository that it takes protos from."""

    api: Repository
    base: Repository
    recipe: Path

    @property
    def options(self) -> list[str]:
        repositories = {"api": self.api, "base": self.base}
        given = [f"--repo={name}={each.path}" for name, each in repositories.items()]
        return ["--version=1.0.0", f"--recipe={self.recipe}", *given]


def pair(tmp_path: Path, api: Mapping[str, str], base: Mapping[str, str]) -> Pair:
    made = Pair(
        Repository.create(tmp_path / "api"), Repository.create(tmp_path / "base"), tmp_path / "odd.yaml"
    )
    made.api.commit({"o/a.proto": ENTRY, **api})
    made.api.git("tag", "v1.0.0")
    made.base.git("checkout", "--quiet", "-b", "master")
    made.base.commit(base)
    made.recipe.write_text(RECIPE)
    return made


def message(command: Command, made: Pair) -> str:
    """The message Http as the package has it."""
    ended = command(*made.options, "--lang", "python")
    assert ended.code == 0, ended.err
    (stub,) = Path("gen/python").rglob("http_pb2.pyi")
    return stub.read_text()


@pytest.mark.parametrize(
    "copy",
    [
        OLD.replace("\n", "\r\n"),
        OLD.replace("// What a rule is.", "/* Another comment. */"),
        "\ufeff" + OLD,
        OLD.replace("; ", " ;\n\t"),
        "// Copyright\n\n" + OLD + "\n\n",
        OLD.replace("rule = 1", "rule = 0x1"),
    ],
)
def test_copies_that_are_the_same_to_a_compiler_are_one(command: Command, tmp_path: Path, copy: str) -> None:
    vendored = {"third_party/google/api/http.proto": copy, "third_party/google/api/rule.proto": RULE}
    made = pair(tmp_path, vendored, {"google/api/http.proto": OLD, "google/api/rule.proto": RULE + "// x\n"})
    assert "rule" in message(command, made)
    graph = command("graph", *made.options, "--format=json")
    assert graph.code == 0, graph.err


@pytest.mark.parametrize(
    ("vendored", "central", "wanted"),
    [(OLD, NEW, "base"), (NEW, OLD, "api"), (OLD, OLD.replace("Rule rule", "string rule"), "")],
)
def test_copies_that_differ_are_refused_with_the_line_that_chooses_one(
    command: Command, tmp_path: Path, vendored: str, central: str, wanted: str
) -> None:
    rules = {"third_party/google/api/rule.proto": RULE, "third_party/google/api/http.proto": vendored}
    made = pair(tmp_path, rules, {"google/api/http.proto": central, "google/api/rule.proto": RULE})
    ended = command(*made.options, "--lang", "python")
    assert ended.code == 5
    assert (
        "'google/api/http.proto' is in two places with different content: "
        "api:third_party/google/api/http.proto and base:google/api/http.proto" in ended.err
    )
    assert "where: o/a.proto imports google/api/http.proto" in ended.err
    found = re.search(r"in the recipe which one counts: (prefer: .*)", ended.err)
    assert found
    assert f"repository: {wanted}" in found[1]
    with made.recipe.open("a") as file:
        file.write(found[1] + "\n")
    assert ("strict" in message(command, made)) == (NEW in (vendored, central))


def test_several_copies_that_differ_are_settled_by_one_proposal(command: Command, tmp_path: Path) -> None:
    files = {
        "third_party/google/api/http.proto": OLD,
        "third_party/google/api/rule.proto": RULE,
        "google/api/http.proto": NEW,
        "google/api/rule.proto": RULE.replace("get = 1;", "get = 1; string put = 2;"),
    }
    made = pair(tmp_path, files, {"x.proto": 'syntax = "proto3";'})
    ended = command(*made.options, "--lang", "python")
    assert ended.code == 5
    assert "so are google/api/http.proto" in ended.err or "so are google/api/rule.proto" in ended.err
    line = 'prefer: [{pattern: "google/api/*.proto", repository: api, root: "."}]'
    assert line in ended.err
    made.recipe.write_text(RECIPE + line + "\n")
    assert "strict" in message(command, made)


def test_a_repository_without_releases_is_taken_at_the_recipes_ref(command: Command, tmp_path: Path) -> None:
    made = pair(tmp_path, {}, {"google/api/http.proto": OLD, "google/api/rule.proto": RULE})
    first = made.base.head()
    ended = command(*made.options, "--lang", "python", "--format=json")
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)["releases"][0]["repositories"]["base"]
    assert (told["ref"], told["commit"]) == ("refs/heads/master", first)
    assert "(by the recipe)" in ended.err

    locked = command("lock", *made.options, "--lang", "python")
    assert locked.code == 0, locked.err
    made.base.commit({"google/api/http.proto": NEW})
    again = command(*made.options, "--lang", "python", "--locked")
    assert again.code == 0, again.err
    assert (
        json.loads(Path("protogen.lock").read_text())["releases"]["1.0.0"]["repositories"]["base"]["commit"]
        == first
    )
    assert "strict" in message(command, made)

    made.base.git("branch", "stable", first)
    ended = command(*made.options, "--lang", "python", "--ref=base=stable")
    assert ended.code == 0
    (stub,) = Path("gen/python").rglob("http_pb2.pyi")
    assert "strict" not in stub.read_text()


@pytest.mark.parametrize("ref", ["refs/heads/master", "v7", "COMMIT"])
def test_a_recipes_ref_may_be_any_ref_or_commit(command: Command, tmp_path: Path, ref: str) -> None:
    made = pair(tmp_path, {}, {"google/api/http.proto": OLD, "google/api/rule.proto": RULE})
    made.base.git("tag", "v7")
    head = made.base.head()
    made.base.git("checkout", "--quiet", "-b", "later")
    made.recipe.write_text(RECIPE.replace("ref: master", f"ref: {ref.replace('COMMIT', head)}"))
    assert "rule" in message(command, made)
    pinned = command(*made.options, "--lang=python", "--match=pin")
    assert pinned.code == 0, pinned.err


def test_a_recipes_ref_that_is_not_there_names_those_that_are(command: Command, tmp_path: Path) -> None:
    made = pair(tmp_path, {}, {"google/api/http.proto": OLD, "google/api/rule.proto": RULE})
    made.recipe.write_text(RECIPE.replace("ref: master", "ref: main"))
    ended = command(*made.options, "--lang=python")
    assert ended.code == 3
    assert "base has no branch or tag 'main'; nearest: master" in ended.err
    assert "where: repositories.base.ref of the recipe" in ended.err
    assert "run again with --ref base=master" in ended.err
    assert command(*made.options, "--lang=python", "--ref=base=master").code == 0
