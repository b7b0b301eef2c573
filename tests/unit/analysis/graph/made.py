"""Closures for tests, from who imports whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from protogen.analysis.graph.view import Question, View, answer
from protogen.protos.closure import Closure
from protogen.protos.imports import Import, ImportGraph
from protogen.protos.outline import File, Method, Outline, Service
from protogen.protos.protoset import Form, Origin, ProtoFile, ProtoSet
from protogen.releases.release import Release

RELEASE = Release("1.0", "1.0.2", "git", ())
METHOD = Method("Buy", "shop.Order", "shop.Order")

# Two directories import each other, two Go packages do, one import is public, and one is implied.
SHOP = {
    "shop/shop.proto": ("shop/order.proto", "stock/stock.proto", "google/protobuf/any.proto"),
    "shop/order.proto": ("money/money.proto",),
    "shop/size.proto": (),
    "stock/stock.proto": ("shop/size.proto", "public money/money.proto"),
    "money/money.proto": (),
    "google/protobuf/any.proto": (),
    "top.proto": ("shop/shop.proto", "money/money.proto"),
}
SERVICES = {"shop/shop.proto": ("Shop", "Till"), "top.proto": ("Top",)}
GO_PACKAGES = {
    "shop/shop.proto": "example.com/go/shop;shoppb",
    "shop/order.proto": "example.com/go/shop;shoppb",
    "shop/size.proto": "example.com/go/shop",
    "stock/stock.proto": "example.com/go/stock",
    "google/protobuf/any.proto": "example.com/known/anypb",
}
ENTRY_POINTS = ("shop/shop.proto", "top.proto")


def closure(imports: Mapping[str, Sequence[str]], entry_points: Sequence[str]) -> Closure:
    """A closure; an import may begin with a modifier, and files below google/ are the compiler's."""
    files = {
        name: ProtoFile(name, Origin("protoc" if name.startswith("google/") else "api", ".", name), b"")
        for name in imports
    }
    found = {
        name: tuple(Import(each.rpartition(" ")[2], each.rpartition(" ")[0]) for each in wanted)
        for name, wanted in imports.items()
    }
    known = frozenset(name for name in imports if name.startswith("google/"))
    protos = ProtoSet(RELEASE, Form.TEXT, tuple(entry_points), lambda name: (files[name],), (".",))
    return Closure(protos, ImportGraph(tuple(entry_points), files, found, known))


def outline(imports: Mapping[str, Sequence[str]]) -> Outline:
    """What the compiler would tell of the files: services and Go packages as in the tables above."""
    return Outline(
        tuple(
            File(
                name,
                name.rpartition("/")[0].replace("/", "."),
                tuple(each.rpartition(" ")[2] for each in wanted),
                (),
                tuple(Service(service, (METHOD,)) for service in SERVICES.get(name, ())),
                options={"go_package": GO_PACKAGES[name]} if name in GO_PACKAGES else {},
            )
            for name, wanted in imports.items()
        )
    )


def ask(
    question: Question | None = None,
    imports: Mapping[str, Sequence[str]] = SHOP,
    entry_points: Sequence[str] = ENTRY_POINTS,
) -> View:
    """What is answered to a question about a made-up closure."""
    return answer("shop", closure(imports, entry_points), outline(imports), question or Question())


def edges_among(names: str) -> st.SearchStrategy[dict[str, tuple[str, ...]]]:
    """Graphs of nodes with one-letter names: what each points to, never itself."""
    some = st.sets(st.sampled_from(names), max_size=4)
    return st.dictionaries(st.sampled_from(names), some, max_size=len(names)).map(
        lambda found: {
            name: tuple(sorted(found.get(name, set()) - {name}))
            for name in sorted({*found, *(each for others in found.values() for each in others)})
        }
    )
