"""`protogen graph` as a user types it, and real Graphviz."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from protogen.analysis.graph import graphviz
from protogen.analysis.graph.formats import render
from protogen.system.cache import Cache
from protogen.system.context import Context
from protogen.system.process import Processes
from tests.integration.conftest import Command, Shop
from tests.unit.analysis.graph.made import ask

SVG = "{http://www.w3.org/2000/svg}"
# Names that mean something to DOT, to its labels, to XML or to HTML.
HOSTILE = {'a/</script><b>"&amp;`#.proto': ('a"];x.proto', "a\u00e9\u2028{|}.proto")} | dict.fromkeys(
    ('a"];x.proto', "a\u00e9\u2028{|}.proto"), ()
)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    processes = Processes()
    yield Context(Cache(tmp_path / "cache"), processes, {})
    processes.cancel()


def texts(svg: str, kind: str) -> list[str]:
    """What stands in the nodes or clusters of a picture, sorted."""
    groups = ElementTree.fromstring(svg).iter(f"{SVG}g")
    return sorted(
        " ".join(text.text or "" for text in group.iter(f"{SVG}text"))
        for group in groups
        if group.get("class", "").startswith(kind)
    )


def test_the_graph_is_told_in_every_format(
    command: Command, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    graph = ("graph", "--version", "1.0", "--source", "git", *shop.options)
    tree = command(*graph)
    assert tree.code == 0, tree.err
    assert tree.out == (
        "shop 1.0: 6 files, 5 imports\n"
        "└── shop/shop.proto  ◆ Shop\n"
        "    ├── color.proto\n"
        "    ├── google/protobuf/any.proto\n"
        "    ├── money/money.proto\n"
        "    └── stock/stock.proto\n"
        "        └── size.proto\n"
    )
    why = command(*graph, "--why", "size.proto", "--reverse").out
    assert why == (
        "shop 1.0: why size.proto: 1 chain\n"
        "└── size.proto\n    └── stock/stock.proto\n        └── shop/shop.proto  ◆ Shop\n"
    )
    directories = command(*graph, "--by", "directory", "--format", "json").json
    assert [node["name"] for node in directories["nodes"]] == [
        ".",
        "google/protobuf",
        "money",
        "shop",
        "stock",
    ]
    assert [node["repositories"] for node in directories["nodes"]] == [
        ["base"],
        [],
        ["base"],
        ["api"],
        ["extra"],
    ]
    focused = command(*graph, "--focus", "stock/stock.proto", "--format", "mermaid").out
    assert "size.proto" in focused
    assert "shop.proto" not in focused
    svg = command(*graph, "--format", "svg").out
    assert texts(svg, "node") == [
        "any.proto",
        "color.proto",
        "money.proto",
        "shop.proto ◆ Shop",
        "size.proto",
        "stock.proto",
    ]
    assert texts(svg, "cluster") == [".", "google/protobuf", "money", "shop", "stock"]
    page = command(*graph, "--by", "go-package", "--format", "html").out
    assert page.count("<svg") == 1
    assert 'id="n0"' in page


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ([], 2, "no release is given"),
        (["--version", "1.0,1.1"], 2, "a graph is of one release, and these are 1.0, 1.1"),
        (["--version", "1.0", "--why", "shop.proto"], 2, "did you mean shop/shop.proto?"),
        (["--version", "1.0", "--format", "svg", "--tool", "dot=nothing"], 6, "nothing is not a program"),
    ],
)
def test_what_can_not_be_shown_is_told(
    command: Command, shop: Shop, options: list[str], code: int, words: str
) -> None:
    ended = command("graph", "--source", "git", *shop.options, *options)
    assert (ended.code, ended.out) == (code, "")
    assert words in ended.err


def test_a_terminal_gets_colours_and_lines_that_fit(
    command: Command, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = ("graph", "--version", "1.0", "--source", "git", *shop.options)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "30")
    coloured = command(*graph).out
    assert "\x1b[1;36m  ◆ Shop" in coloured
    assert max(map(len, re.sub(r"\x1b\[[0-9;]*m", "", coloured).splitlines())) == 30
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1;36m" not in command(*graph).out


def test_graphviz_shows_any_name_as_it_is(context: Context) -> None:
    view = ask(imports=HOSTILE, entry_points=sorted(HOSTILE))
    svg = render("svg", view, lambda dot: graphviz.draw(dot, context))
    assert isinstance(svg, str)
    assert texts(svg, "node") == sorted(node.short_name for node in view.graph.nodes)
    ids = {group.get("id") for group in ElementTree.fromstring(svg).iter(f"{SVG}g")}
    assert {"n0", "n1", "n2", "e0", "e1"} <= ids


def test_the_same_graph_is_the_same_picture(context: Context) -> None:
    pictures = {graphviz.draw(str(render("dot", ask(), str)), context) for _ in range(2)}
    assert len(pictures) == 1
    assert not re.search(r"\d{4}-\d\d-\d\d", pictures.pop())
