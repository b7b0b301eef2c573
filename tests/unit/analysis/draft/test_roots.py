from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protogen.analysis.draft.roots import Found, Trees, find_roots, united
from protogen.protos.imports import scan_imports

Files = Mapping[str, Mapping[str, str]]


def proto(*imports: str, package: str = "", more: str = "") -> str:
    named = f"package {package};\n" if package else ""
    return 'syntax = "proto3";\n' + named + "".join(f'import "{name}";\n' for name in imports) + more


def found(files: Files, entries: Sequence[str], primary: str = "api") -> Found:
    trees = Trees(
        {name: sorted(protos) for name, protos in files.items()},
        lambda place: files[place[0]][place[1]].encode(),
        lambda content: [each.name for each in scan_imports(content)],
        lambda name: name.startswith("google/protobuf/"),
    )
    return find_roots(trees, [(primary, entry) for entry in entries])


LEAF = proto()
TYPES = {"money/money.proto": proto("color.proto"), "third_party/types/color.proto": proto("size.proto")}
NESTED = {**TYPES, "third_party/types/nested/size.proto": LEAF}


@pytest.mark.parametrize(
    ("files", "entries", "roots"),
    [
        ({"api": {"shop/shop.proto": LEAF}}, ["shop/shop.proto"], {"api": (".",)}),
        (
            {"api": {"shop/a.proto": proto("shop/b.proto"), "shop/b.proto": LEAF}},
            ["shop/a.proto", "shop/b.proto"],
            {"api": (".",)},
        ),
        (
            {"api": {"proto/shop/a.proto": proto("shop/b.proto"), "proto/shop/b.proto": LEAF}},
            ["proto/shop/a.proto", "proto/shop/b.proto"],
            {"api": ("proto",)},
        ),
        (
            {"api": {"shop/a.proto": proto("b.proto"), "shop/b.proto": LEAF}},
            ["shop/a.proto", "shop/b.proto"],
            {"api": ("shop",)},
        ),
        (
            {"api": {"shop.proto": proto("money/money.proto")}, "base": NESTED},
            ["shop.proto"],
            {"api": (".",), "base": (".", "third_party/types", "third_party/types/nested")},
        ),
        (
            {
                "api": {"a.proto": proto("x.proto")},
                "one": {"proto/x.proto": proto("y.proto")},
                "two": {"y.proto": LEAF},
            },
            ["a.proto"],
            {"api": (".",), "one": ("proto",), "two": (".",)},
        ),
        # Nobody imports the entry point: its package says where it starts, or nothing does.
        (
            {"api": {"proto/shop/v1/a.proto": proto(package="shop.v1")}},
            ["proto/shop/v1/a.proto"],
            {"api": ("proto",)},
        ),
        ({"api": {"shop/v1/a.proto": proto(package="shop.v1")}}, ["shop/v1/a.proto"], {"api": (".",)}),
        ({"api": {"apis/a.proto": proto(package="shop")}}, ["apis/a.proto"], {"api": (".",)}),
        (
            {"api": {"p/x/a.proto": proto(package="x"), "q/x/b.proto": proto(package="x")}},
            ["p/x/a.proto", "q/x/b.proto"],
            {"api": (".",)},
        ),
        # Imports settle one root, but not every entry point is below it.
        (
            {"api": {"proto/a.proto": proto("b.proto"), "proto/b.proto": LEAF, "more/c.proto": LEAF}},
            ["proto/a.proto", "more/c.proto"],
            {"api": (".", "proto")},
        ),
        # google's own come with the compiler, even where a repository holds a copy.
        (
            {"api": {"a.proto": proto("google/protobuf/any.proto"), "x/google/protobuf/any.proto": LEAF}},
            ["a.proto"],
            {"api": (".",)},
        ),
        # Import rings are followed once.
        (
            {"api": {"p/a.proto": proto("b.proto"), "p/b.proto": proto("a.proto")}},
            ["p/a.proto"],
            {"api": ("p",)},
        ),
    ],
)
def test_roots_are_found(files: Files, entries: list[str], roots: dict[str, tuple[str, ...]]) -> None:
    result = found(files, entries)
    assert result.roots == roots
    assert not (result.missing or result.doubtful or result.clashes or result.aliases)


def test_a_missing_import_names_an_importer() -> None:
    files = {"api": {"a.proto": proto("google/api/http.proto", "b.proto"), "b.proto": proto("gone.proto")}}
    result = found(files, ["a.proto"])
    assert result.missing == {"gone.proto": ("api", "b.proto"), "google/api/http.proto": ("api", "a.proto")}
    assert result.files == 2


COPIES = {
    "base": {
        "color.proto": proto(package="one"),
        "old/color.proto": proto(package="two"),
        "old/shape.proto": LEAF,
    }
}


def test_a_root_that_is_needed_anyway_settles_what_several_hold() -> None:
    files = {"api": {"a.proto": proto("color.proto", "shape.proto")}, **COPIES}
    result = found(files, ["a.proto"])
    assert result.roots["base"] == ("old",)
    assert result.doubtful == {}


def test_of_several_files_the_nearer_to_the_top_is_taken_and_told() -> None:
    result = found({"api": {"a.proto": proto("color.proto")}, **COPIES}, ["a.proto"])
    assert result.roots["base"] == (".",)
    assert result.doubtful == {"color.proto": (("base", "color.proto"), ("base", "old/color.proto"))}


def test_equal_copies_are_no_doubt() -> None:
    files = {"api": {"a.proto": proto("c.proto"), "x/c.proto": LEAF}, "base": {"y/c.proto": LEAF}}
    result = found(files, ["a.proto"])
    assert result.roots == {"api": (".", "x"), "base": (".",)}
    assert result.doubtful == {}


def test_the_root_that_serves_most_is_taken_and_test_folders_last() -> None:
    one, other = proto(package="one"), proto(package="other")
    files = {
        "api": {"a.proto": proto("x.proto", "y.proto")},
        "base": {
            "deep/er/x.proto": one,
            "deep/er/y.proto": one,
            "x.proto": other,
            "tests/x.proto": one,
            "tests/y.proto": one,
        },
    }
    assert found(files, ["a.proto"]).roots["base"] == ("deep/er",)


def test_roots_that_clash_are_told() -> None:
    files = {
        "api": {"a.proto": proto("color.proto", "left.proto", "right.proto")},
        "base": {
            "p/left.proto": LEAF,
            "p/color.proto": proto(package="one"),
            "q/right.proto": LEAF,
            "q/color.proto": proto(package="two"),
        },
    }
    result = found(files, ["a.proto"])
    assert result.roots["base"] == ("p", "q")
    assert result.clashes == {"color.proto": (("base", "p/color.proto"), ("base", "q/color.proto"))}


def test_a_file_with_two_names_is_told() -> None:
    files = {"api": {"a.proto": proto("x/b.proto", "b.proto"), "x/b.proto": LEAF}}
    assert found(files, ["a.proto"]).aliases == {("api", "x/b.proto"): ("b.proto", "x/b.proto")}


def test_what_releases_show_is_united() -> None:
    one = Found({"a": (".", "x/y"), "b": (".",)}, {"m": ("a", "1")}, files=3)
    two = Found({"a": ("z",), "b": (".",)}, {"m": ("a", "2"), "n": ("b", "3")}, files=5)
    both = united([one, two])
    assert both.roots == {"a": (".", "z", "x/y"), "b": (".",)}
    assert both.missing == {"m": ("a", "1"), "n": ("b", "3")}
    assert both.files == 5
    assert united([one]) == one


FOLDERS = st.sampled_from([".", "proto", "third_party/types", "third_party/types/nested", "src/main"])
PLACED = st.dictionaries(
    st.sampled_from([f"{folder}/{name}.proto" for folder in ("a", "b", "a/c") for name in ("x", "y", "z")]),
    st.tuples(st.sampled_from(["api", "base", "extra"]), FOLDERS),
    min_size=1,
)


@settings(max_examples=50, deadline=None)
@given(PLACED, st.data())
def test_whatever_the_layout_every_import_resolves(
    placed: dict[str, tuple[str, str]], data: st.DataObject
) -> None:
    files: dict[str, dict[str, str]] = {"api": {"main.proto": proto(*placed)}, "base": {}, "extra": {}}
    names = sorted(placed)
    for number, (name, (repository, root)) in enumerate(sorted(placed.items())):
        imports = data.draw(st.lists(st.sampled_from(names[number + 1 :] or [name]), unique=True))
        path = name if root == "." else f"{root}/{name}"
        files[repository][path] = proto(*(each for each in imports if each != name), package=f"p{number}")
    result = found(files, ["main.proto"])
    assert not result.missing
    served = {
        name: [
            (repository, root)
            for repository, roots in result.roots.items()
            for root in roots
            if (name if root == "." else f"{root}/{name}") in files[repository]
        ]
        for name in names
    }
    assert all(served.values())
