from __future__ import annotations

import pytest

from protogen.errors import RecipeError
from protogen.recipe import model
from protogen.recipe.of_release import of_release
from protogen.recipe.roots import Root, import_name, mount
from tests.unit.recipe.test_model import GOOD


@pytest.mark.parametrize(
    ("path", "roots", "name"),
    [
        ("a/x.proto", (Root("."),), "a/x.proto"),
        ("r/a/x.proto", (Root("."), Root("r")), "a/x.proto"),
        ("r/s/a/x.proto", (Root("."), Root("r"), Root("r/s")), "a/x.proto"),
        ("rr/a.proto", (Root("."), Root("r")), "rr/a.proto"),
        ("a/x.proto", (Root(".", as_="etcd"),), "etcd/a/x.proto"),
        ("r/x.proto", (Root("r", as_="a/b"),), "a/b/x.proto"),
        ("a/x.proto", (Root("."), Root(".", as_="etcd")), "a/x.proto"),
        ("a/x.proto", (Root(".", as_="etcd"), Root(".")), "etcd/a/x.proto"),
        ("r/a.proto", (Root("."), Root("r", exclude=("r/a.proto",))), "r/a.proto"),
        ("r/a.proto", (Root("r", exclude=("r/**",)),), ""),
        ("a.proto", (Root("r"),), "a.proto"),
    ],
)
def test_an_import_name_is_that_of_the_deepest_root(path: str, roots: tuple[Root, ...], name: str) -> None:
    assert import_name(path, roots) == name


@pytest.mark.parametrize(
    ("root", "name", "path"),
    [
        (Root("."), "a.proto", "a.proto"),
        (Root("r"), "a.proto", "r/a.proto"),
        (Root(".", as_="etcd"), "etcd/a.proto", "a.proto"),
        (Root("api", as_="x/y"), "x/y/a.proto", "api/a.proto"),
        (Root(".", as_="etcd"), "etcdx/a.proto", ""),
        (Root(".", as_="etcd"), "a.proto", ""),
        (Root(".", exclude=("vendor/**",)), "vendor/a.proto", ""),
    ],
)
def test_a_root_says_which_file_an_import_means(root: Root, name: str, path: str) -> None:
    assert root.path_of(name) == path


@pytest.mark.parametrize(
    ("name", "paths", "root"),
    [
        ("etcd/api/kv.proto", ["api/kv.proto"], Root(".", as_="etcd")),
        ("x/y/api/kv.proto", ["z/api/kv.proto", "api/kv.proto"], Root(".", as_="x/y")),
        ("g/p/kv.proto", ["z/q/kv.proto"], None),
        ("g/kv.proto", ["kv.proto"], Root(".", as_="g")),
        ("a/b/c.proto", ["x/b/c.proto"], Root("x", as_="a")),
        ("kv.proto", ["x/kv.proto"], None),
    ],
)
def test_a_mount_is_told_by_the_end_of_a_path(name: str, paths: list[str], root: Root | None) -> None:
    assert mount(name, paths) == root


def test_a_root_is_told_as_a_recipe_has_it() -> None:
    assert str(Root("proto")) == "proto"
    whole = Root(".", as_="etcd", exclude=("**/x.proto", "y/**"), from_="3.7", until="4")
    text = f"repositories: {{a: {{url: a, tag: 'v{{major}}', roots: [{whole}]}}}}"
    text = f"{text}\nschema: 1\nname: a\nreleases: a\nentry_points: [{{repository: a, pattern: a.proto}}]"
    assert model.parse(text, "r.yaml").primary.import_roots == (whole,)


PERIODS = GOOD.replace("[., proto]", '[., {path: proto, until: "2.2"}, {path: new, from: "2.3.1"}]')
PERIODS = PERIODS.replace("deps/base}", 'deps/base, until: "1"}').replace(
    "../base", '../base\n    from: "0.9"'
)
PERIODS = PERIODS.replace(
    'shop/**/*.proto"}', 'shop/**/*.proto"}\n  - {repository: api, pattern: n.proto, from: "2"}'
)


@pytest.mark.parametrize(
    ("version", "roots", "pins", "entries", "repositories"),
    [
        ("0.8", [".", "proto"], 0, 1, ["api"]),
        ("0.9.0", [".", "proto"], 2, 1, ["api", "base"]),
        ("1.7.3", [".", "proto"], 2, 1, ["api", "base"]),
        ("2.2", [".", "proto"], 1, 2, ["api", "base"]),
        ("2.2.9", [".", "proto"], 1, 2, ["api", "base"]),
        ("2.3.0", ["."], 1, 2, ["api", "base"]),
        ("v2.3.1", [".", "new"], 1, 2, ["api", "base"]),
        ("2.3", [".", "new"], 1, 2, ["api", "base"]),
        ("release-2.10", [".", "new"], 1, 2, ["api", "base"]),
        ("main", [".", "new"], 1, 2, ["api", "base"]),
        ("c" * 40, [".", "new"], 1, 2, ["api", "base"]),
    ],
)
def test_a_release_has_what_holds_for_it(
    version: str, roots: list[str], pins: int, entries: int, repositories: list[str]
) -> None:
    recipe = of_release(model.parse(PERIODS, "r.yaml"), version)
    assert [root.path for root in recipe.primary.import_roots] == roots
    assert list(recipe.repositories) == repositories
    assert len(recipe.entry_points) == entries
    assert len(recipe.groups["admin"]) == len(repositories) - 1
    assert sum(len(each.pins) for each in recipe.repositories.values()) == pins


DATED = GOOD.replace("v{major}.{minor}.{patch}", "v{date}", 1)


@pytest.mark.parametrize(
    ("period", "holding"),
    [
        ('from: "20250211"', ["20250211", "v20250211", "20250211T100000Z", "20260101", "main"]),
        ('from: "2025-02-11"', ["20250211", "v20250211", "20250211T100000Z", "20260101", "main"]),
        ('from: "20250211T120000Z"', ["20260101", "main"]),
        ('until: "20250211"', ["20250210", "20250211", "v20250211", "20250211T100000Z"]),
    ],
)
def test_a_period_may_begin_and_end_with_a_date(period: str, holding: list[str]) -> None:
    text = DATED.replace("[., proto]", f"[., {{path: proto, {period}}}]")
    assert text != DATED != GOOD
    recipe = model.parse(text, "r.yaml")
    releases = ["20250210", "20250211", "v20250211", "20250211T100000Z", "20260101", "main"]
    found = [each for each in releases if len(of_release(recipe, each).primary.import_roots) == 2]
    assert found == holding


@pytest.mark.parametrize(
    ("version", "holds"), [("v1.0", False), ("1.0", True), ("v1.0.1", True), ("release-1.0", True)]
)
def test_a_tag_of_two_numbers_is_no_line(version: str, *, holds: bool) -> None:
    tags = GOOD.replace(
        "tag: v{major}.{minor}.{patch}", "tag: ['v{major}.{minor}', 'v{major}.{minor}.{patch}']", 1
    )
    text = tags.replace("[., proto]", '[., {path: proto, from: "1.0.1"}]')
    recipe = of_release(model.parse(text, "r.yaml"), version)
    assert (len(recipe.primary.import_roots) == 2) is holds


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("[., proto]", "[{as: x}]", "roots[0]: object missing required field `path`"),
        ("[., proto]", "[{path: ., ass: x}]", "roots[0].ass: unknown key; expected one of path, as, exclude"),
        ("[., proto]", "[{path: /x}]", "roots[0].path: '/x': starts with '/'"),
        ("[., proto]", "[{path: ., as: 'a,b'}]", "roots[0].as: 'a,b': a comma"),
        ("[., proto]", "[{path: ., as: ../b}]", "roots[0].as: '../b': an empty part"),
        (
            "[., proto]",
            "[{path: ., exclude: [x]}]",
            "roots[0].exclude[0]: 'x'; expected a pattern that",
        ),
        ("[., proto]", "[{path: ., exclude: ['!x/**']}]", "roots[0].exclude[0]: '!x/**'; expected 'x/**'"),
        (
            "[., proto]",
            "[{path: ., from: 3.10}]",
            'roots[0].from: expected `str`, got `float`; expected "3.10"',
        ),
        ("[., proto]", "[{path: ., from: v3}]", "roots[0].from: 'v3' is no number of a release"),
        ("[., proto]", "[{path: ., from: '1234567'}]", "roots[0].from: '1234567' is no number of a release"),
        ("[., proto]", "[{path: ., from: '3.7', until: '3'}]", ""),
        ("[., proto]", "[{path: ., from: '3.7', until: '3.6'}]", "roots[0].until: before 3.7"),
        (
            "[., proto]",
            "[.]\n    from: '1'",
            "repositories.api: its releases are what",
        ),
        (
            '"shop/**/*.proto"',
            '"!shop/**/*.proto"',
            "expected exclude: ['shop/**/*.proto'] b",
        ),
        ('*.proto"}', '*.proto", exclude: [../x.proto]}', "entry_points[0].exclude[0]: '../x.proto'"),
        ("deps/base}", "deps/base, until: x}", "repositories.base.pins[1].until: 'x' is no number"),
    ],
)
def test_complaints_name_the_key(old: str, new: str, complaint: str) -> None:
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    if not complaint:
        model.parse(text, "r.yaml")
        return
    with pytest.raises(RecipeError) as caught:
        model.parse(text, "r.yaml")
    assert complaint in str(caught.value)
