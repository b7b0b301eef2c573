from __future__ import annotations

import pytest
from hypothesis import given

from protogen.analysis.graph.model import Edge, Graph, Node, reached, turned
from protogen.analysis.graph.view import Question
from tests.unit.analysis.graph.made import ask, edges_among

EDGES = edges_among("abcdefg")


def graph_of(edges: dict[str, tuple[str, ...]]) -> Graph:
    return Graph(
        "directory",
        tuple(Node(name, (name,)) for name in edges),
        tuple(Edge(name, other, ((name, other),)) for name in edges for other in edges[name]),
    )


def test_a_file_is_a_node_in_its_directory() -> None:
    graph = ask().graph
    nodes = {node.name: node for node in graph.nodes}
    assert list(nodes) == sorted(nodes)
    shop = nodes["shop/shop.proto"]
    assert (shop.files, shop.cluster, shop.repositories) == (("shop/shop.proto",), "shop", ("api",))
    assert (shop.services, shop.entry_point) == (("shop.Shop", "shop.Till"), True)
    assert (nodes["top.proto"].cluster, nodes["top.proto"].services) == (".", ("Top",))
    known = nodes["google/protobuf/any.proto"]
    assert (known.well_known, known.repositories, known.entry_point) == (True, (), False)
    assert not shop.well_known


@pytest.mark.parametrize(
    ("by", "nodes", "cycles"),
    [
        ("directory", [".", "google/protobuf", "money", "shop", "stock"], (("shop", "stock"),)),
        (
            "go-package",
            [".", "example.com/go/shop", "example.com/go/stock", "example.com/known/anypb", "money"],
            (("example.com/go/shop", "example.com/go/stock"),),
        ),
    ],
)
def test_files_are_grouped(by: str, nodes: list[str], cycles: tuple[tuple[str, ...], ...]) -> None:
    graph = ask(Question(by=by)).graph
    assert [node.name for node in graph.nodes] == nodes
    assert graph.cycles == cycles
    shop = next(node for node in graph.nodes if node.name.endswith("shop"))
    assert shop.files == ("shop/order.proto", "shop/shop.proto", "shop/size.proto")
    assert shop.services == ("shop.Shop", "shop.Till")
    assert shop.entry_point


def test_a_go_package_is_drawn_below_its_path_and_a_directory_that_stands_for_one_is_not() -> None:
    clusters = {node.name: node.cluster for node in ask(Question(by="go-package")).graph.nodes}
    assert clusters["example.com/go/shop"] == "example.com/go"
    assert clusters["money"] == clusters["."] == ""


def test_an_edge_between_groups_tells_the_imports_that_it_stands_for() -> None:
    edges = {(edge.importer, edge.imported): edge for edge in ask(Question(by="directory")).graph.edges}
    assert ("shop", "shop") not in edges
    assert edges["shop", "stock"].imports == (("shop/shop.proto", "stock/stock.proto"),)
    assert edges["stock", "money"].public
    assert not edges["shop", "money"].public


def test_a_file_is_on_the_cycle_of_its_directory_but_imports_within_one_are_not() -> None:
    graph = ask().graph
    assert graph.cycles == (("shop", "stock"),)
    assert graph.cycle_at("shop/shop.proto") == graph.cycle_at("stock") == 0
    assert graph.cycle_at("shop/shop.proto", "stock/stock.proto") == 0
    assert graph.cycle_at("shop/shop.proto", "shop/order.proto") is None
    assert graph.cycle_at("top.proto", "shop/shop.proto") is None


def test_what_another_way_leads_to_is_implied() -> None:
    (edge,) = ask().graph.implied
    assert (edge.importer, edge.imported) == ("top.proto", "money/money.proto")


def test_on_a_cycle_nothing_is_implied() -> None:
    ring = {"a": ("b", "c"), "b": ("c", "d"), "c": ("a", "d"), "d": ()}
    assert graph_of(ring).implied == set()


@given(EDGES)
def test_an_edge_is_implied_if_its_end_is_reached_without_it(edges: dict[str, tuple[str, ...]]) -> None:
    graph = graph_of(edges)
    for edge in graph.edges:
        without = {
            name: [each for each in others if (name, each) != (edge.importer, edge.imported)]
            for name, others in edges.items()
        }
        on_cycle = edge.importer in reached(edges, [edge.imported])
        expected = not on_cycle and edge.imported in reached(without, [edge.importer])
        # A way that begins inside the importer's own cycle doesn't count: its edges are shown as a cycle.
        if any(edge.importer in reached(edges, [other]) for other in edges[edge.importer]):
            continue
        assert (edge in graph.implied) is expected


@given(EDGES)
def test_cycles_are_what_reaches_itself_through_others(edges: dict[str, tuple[str, ...]]) -> None:
    members = {name for cycle in graph_of(edges).cycles for name in cycle}
    for name, imported in edges.items():
        assert (name in members) is any(name in reached(edges, [other]) for other in imported)


@given(EDGES)
def test_turning_twice_changes_nothing(edges: dict[str, tuple[str, ...]]) -> None:
    assert turned(turned(edges)) == edges
    graph = graph_of(edges)
    assert graph.importers == turned(graph.imported)
