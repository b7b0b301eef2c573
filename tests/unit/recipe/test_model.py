from __future__ import annotations

from pathlib import Path

import pytest

from protogen.errors import RecipeError
from protogen.recipe import builtin, model

GOOD = """\
schema: 1
name: shop
releases: api
repositories:
  api:
    url: https://example.com/api
    branch: release-{major}.{minor}
    tag: v{major}.{minor}.{patch}
    roots: [., proto]
  base:
    url: ../base
    pins:
      - {repository: api, file: DEPS, pattern: 'base = ([0-9a-f]{40})'}
      - {repository: api, submodule: deps/base}
entry_points:
  - {repository: api, pattern: "shop/**/*.proto"}
groups:
  admin:
    - {repository: base, pattern: admin/*.proto}
"""


def test_a_recipe_is_read_whole() -> None:
    read = model.parse(GOOD, "r.yaml")
    assert read.title == "shop"
    assert read.primary.roots == (".", "proto")
    assert read.repositories["base"].pins[1].submodule == "deps/base"
    assert [entry.pattern for entry in read.selected(("admin",))] == ["shop/**/*.proto", "admin/*.proto"]
    assert read.selected(()) == read.entry_points


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("schema: 1", "schema: 2", "r.yaml:1: schema: 2 is not known; expected 1"),
        ("    url: ../base", "    url: ../base\n    ref: -x", "repositories.base.ref: "),
        (
            "    url: ../base",
            "    url: ../base\n    ref: main",
            "repositories.base.ref: pins stands beside it",
        ),
        (
            "    branch: release-{major}.{minor}",
            "    ref: main",
            "repositories.api.ref: --version names what is taken of it; expected branch or tag",
        ),
        (
            "groups:",
            "prefer: [{pattern: a.proto, repository: x}]\ngroups:",
            "prefer[0].repository: no repository 'x'; expected one of api, base",
        ),
        (
            "groups:",
            "prefer: [{pattern: a.proto, repository: api, root: x}]\ngroups:",
            "prefer[0].root: api has no root 'x'; expected one of ., proto",
        ),
        (
            "groups:",
            "prefer: [{pattern: a/*, repository: api}]\ngroups:",
            "prefer[0].pattern: 'a/*'; expected a pattern that ends in .proto",
        ),
        ("groups:", "prefer: [{pattern: ../a.proto, repository: api}]\ngroups:", "prefer[0].pattern: "),
        ("groups:", "prefer: [{pattern: a.proto, repository: api, to: x}]\ngroups:", "unknown key"),
        ("name: shop", "name: Shop!", "r.yaml:2: name: 'Shop!' can't be a name"),
        ("releases: api", "releases: x", "r.yaml:3: releases: no repository 'x'; expected one of api, base"),
        (
            "https://example.com/api",
            "ext::sh -c x",
            "r.yaml:6: repositories.api.url: ext:: names a transport",
        ),
        ("https://example.com/api", "-x", "starts with '-'"),
        ("release-{major}.{minor}", "release", "can't name releases; expected {major}"),
        ("release-{major}.{minor}", "r-{minor}.{major}", "can't name releases"),
        ("release-{major}.{minor}", "r{date}", "can't name releases"),
        ("tag: v{major}.{minor}.{patch}", "tag: ['v{date}', 'v{patch}']", "tag[1]: 'v{patch}' can't name"),
        ("tag: v{major}.{minor}.{patch}", "tag: '{date}-{major}'", "or {date}, or {date}-{commit}"),
        ("[., proto]", "[]", "r.yaml:9: repositories.api.roots: empty; expected at least one import root"),
        ("[., proto]", "[/etc]", "r.yaml:9: repositories.api.roots[0]: '/etc': starts with '/'"),
        ("[., proto]", "[a/../..]", "an empty part, `.` or `..`"),
        ("([0-9a-f]{40})'", "[0-9a-f]{40}'", "0 groups; expected exactly one group"),
        ("([0-9a-f]{40})'", "('", "not a regular expression"),
        (
            "repository: api, file: DEPS",
            "repository: base, file: DEPS",
            "no other repository 'base'; expected one of api",
        ),
        ("file: DEPS, ", "", "unclear pin; expected file with pattern or module, or submodule"),
        ("submodule: deps/base", "submodule: ../x", "an empty part"),
        ("submodule: deps/base", "submodule: deps/base, as: tag", "pins[1].as: a submodule is a commit"),
        ("file: DEPS, ", "file: DEPS, module: m, ", "pins[0].module: pattern stands beside it"),
        ("submodule: deps/base", "file: x.mod, module: m", "'x.mod' has no Go modules; expected a go.mod"),
        ("submodule: deps/base", "submodule: x, as: branch", "pins[1].as: invalid enum value 'branch'"),
        ("    url: ../base\n", "    url: ../base\n    by_date: a..b\n", "by_date: 'a..b'"),
        ("    url: ../base\n", "    packages: [x]\n", "base.pins: packages have no refs"),
        ("    url: https://example.com/api\n", "    packages: [x]\n", "api.branch: packages have no refs"),
        ("    url: ../base\n", "", "repositories.base.url: "),
        ("url: ../base", "{url: x, packages: [{name: a b}]}", "not valid YAML"),
        (
            "    url: ../base\n",
            "    url: x\n    packages: [{name: a b}]\n",
            "packages[0].name: 'a b' can't be",
        ),
        (
            "    url: ../base\n",
            "    url: x\n    packages: [{name: a, version: new}]\n",
            "packages[0].version: 'new' is no version; expected a version, newest or lowest",
        ),
        (
            "    url: ../base\n",
            "    url: x\n    packages: [{name: a, version: newest >=}]\n",
            "can't be bounds",
        ),
        (
            "    url: ../base\n",
            "    url: x\n    packages: [{name: a, version: '1', versions: {'1.0': '1'}}]\n",
            "packages[0].versions: version stands beside it",
        ),
        (
            "    url: ../base\n",
            "    url: x\n    packages: [{name: a, versions: {x: '1'}}]\n",
            "packages[0].versions.x: 'x' is no release",
        ),
        (
            "    url: ../base\n",
            "    url: x\n    packages: [{name: a, versions: {'1.0': x}}]\n",
            "'x' is no version",
        ),
        ("    branch: release", "    by_date: main\n    branch: release", "api.by_date: --version names"),
        ("    url: ../base\n", "    url: ../base\n    ref: x\n    by_date: y\n", "stands beside it"),
        ("shop/**/*.proto", "shop/**/*.txt", "expected a pattern that ends in .proto"),
        ("{repository: api, pattern:", "{repository: x, pattern:", "no repository 'x'"),
        ('  - {repository: api, pattern: "shop/**/*.proto"}', "  []", "entry_points: empty"),
        (
            "    roots:",
            "    root:",
            "r.yaml:9: repositories.api.root: unknown key; expected one of url, branch",
        ),
        ("    roots: [., proto]", "    roots: proto", "r.yaml:9: repositories.api.roots: "),
    ],
)
def test_a_malformed_recipe_names_line_and_expectation(old: str, new: str, complaint: str) -> None:
    assert old in GOOD
    with pytest.raises(RecipeError) as caught:
        model.parse(GOOD.replace(old, new, 1), "r.yaml")
    assert complaint in caught.value.message
    assert caught.value.code == 2


def test_an_unknown_group_names_those_there_are() -> None:
    with pytest.raises(RecipeError, match=r"no group 'x'; it has: admin"):
        model.parse(GOOD, "r.yaml").selected(("x",))


def test_the_shipped_default_is_valid() -> None:
    read = model.load(builtin.default_name())
    assert read.name in builtin.names()
    assert read.groups


def test_an_unknown_name_lists_the_shipped_ones() -> None:
    with pytest.raises(RecipeError, match="there is no recipe 'nope'; protogen has: "):
        model.load("nope")


def test_a_folder_that_is_named_like_a_recipe_is_proposed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nope").mkdir()
    (tmp_path / "nope" / "recipe.yaml").write_text(GOOD, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecipeError) as caught:
        model.load("nope")
    assert caught.value.remedy == "run again with ./nope, the folder of that name"
    assert model.load("./nope").name == "shop"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="can't be read: No such file"):
        model.load(str(tmp_path / "r.yaml"))
    (tmp_path / "r.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(RecipeError, match="not UTF-8"):
        model.load(str(tmp_path / "r.yaml"))


def test_a_recipe_is_loaded_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(GOOD)
    assert model.load(str(tmp_path / "r.yaml")).name == "shop"
