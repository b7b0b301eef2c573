from __future__ import annotations

import pytest
from hypothesis import given

from protogen.analysis.graph.model import reached
from protogen.analysis.graph.view import Question, View
from protogen.errors import UsageError
from tests.unit.analysis.graph.made import SHOP, ask, edges_among

MONEY, SHOP_PROTO, STOCK = "money/money.proto", "shop/shop.proto", "stock/stock.proto"


def names(view: View) -> list[str]:
    return [node.name for node in view.graph.nodes]


def test_without_a_question_everything_is_shown_from_what_nobody_imports() -> None:
    view = ask()
    assert names(view) == sorted(SHOP)
    assert (view.roots, view.title, view.why) == (("top.proto",), "shop 1.0", None)


def test_focus_shows_what_a_file_reaches() -> None:
    view = ask(Question(focus=STOCK))
    assert names(view) == [MONEY, "shop/size.proto", STOCK]
    assert (view.roots, view.title) == ((STOCK,), f"shop 1.0: {STOCK}")
    assert view.following[STOCK] == (MONEY, "shop/size.proto")


def test_reverse_begins_at_the_imported() -> None:
    view = ask(Question(reverse=True))
    assert view.roots == ("google/protobuf/any.proto", MONEY, "shop/size.proto")
    assert view.following[MONEY] == ("shop/order.proto", STOCK, "top.proto")


def test_focus_in_reverse_shows_who_reaches_a_file() -> None:
    view = ask(Question(focus=STOCK, reverse=True))
    assert names(view) == [SHOP_PROTO, STOCK, "top.proto"]
    assert (view.roots, view.title) == ((STOCK,), f"shop 1.0: who imports {STOCK}")


def test_a_focus_on_a_file_shows_the_groups_that_it_reaches() -> None:
    view = ask(Question(focus=STOCK, by="directory"))
    assert names(view) == ["money", "shop", "stock"]
    assert view.roots == ("stock",)
    assert view.graph.cycles == ()


def test_why_is_every_chain_from_an_entry_point() -> None:
    view = ask(Question(why=STOCK))
    assert view.why is not None
    assert view.why.chains == ((SHOP_PROTO, STOCK), ("top.proto", SHOP_PROTO, STOCK))
    assert (view.why.total, view.why.complete) == (2, True)
    assert names(view) == [SHOP_PROTO, STOCK, "top.proto"]
    assert view.title == f"shop 1.0: why {STOCK}"


def test_why_may_begin_at_a_focus_and_run_the_other_way() -> None:
    view = ask(Question(why=MONEY, focus=SHOP_PROTO, reverse=True))
    assert view.why is not None
    assert view.why.chains == (
        (MONEY, "shop/order.proto", SHOP_PROTO),
        (MONEY, STOCK, SHOP_PROTO),
    )
    assert view.title == f"shop 1.0: why {SHOP_PROTO} has {MONEY}"


def test_why_of_groups_leads_to_the_group_of_the_file() -> None:
    view = ask(Question(why=MONEY, by="directory"))
    assert view.why is not None
    assert [".".join(chain) for chain in view.why.chains] == [
        "..money",
        "..shop.money",
        "..shop.stock.money",
        "shop.money",
        "shop.stock.money",
    ]


def test_the_bound_is_told() -> None:
    view = ask(Question(why=MONEY, max_chains=2))
    assert view.why is not None
    assert (len(view.why.chains), view.why.total, view.why.complete) == (2, 5, False)


def test_no_chain_is_an_answer_too() -> None:
    view = ask(Question(why="top.proto", focus=MONEY))
    assert view.why is not None
    assert (view.why.chains, view.why.total, view.why.complete, names(view)) == ((), 0, True, [])


@pytest.mark.parametrize(
    ("question", "flag", "words", "remedy"),
    [
        (Question(focus="stock.proto"), "--focus", f"did you mean {STOCK}", f"--focus {STOCK}"),
        (Question(why="money/mony.proto"), "--why", f"did you mean {MONEY}", f"--why {MONEY}"),
        (Question(why="/shop/shop.proto"), "--why", f"mean {SHOP_PROTO}", f"--why {SHOP_PROTO}"),
        (Question(focus="zzz"), "--focus", "'zzz' is not among the 7 protos of 1.0", "for all names"),
        (Question(focus="shop"), "--focus", "'shop' is not among the 7 protos of 1.0", "for all names"),
    ],
)
def test_an_unknown_file_is_refused_with_the_nearest_names(
    question: Question, flag: str, words: str, remedy: str
) -> None:
    with pytest.raises(UsageError) as raised:
        ask(question)
    assert raised.value.where == flag
    assert words in raised.value.message
    assert remedy in raised.value.remedy


def test_a_cycle_that_nothing_leads_to_begins_at_an_entry_point() -> None:
    ring = {
        "a/x.proto": ("b/x.proto",),
        "b/x.proto": ("c/x.proto",),
        "b/y.proto": ("a/x.proto",),
        "c/x.proto": (),
    }
    assert ask(Question(by="directory"), ring, ("b/y.proto",)).roots == ("b",)


@given(edges_among("abcdef"))
def test_from_the_roots_everything_is_reached(edges: dict[str, tuple[str, ...]]) -> None:
    for reverse in (False, True):
        view = ask(Question(reverse=reverse), {name: edges[name] for name in edges}, ("a",))
        assert reached(view.following, view.roots) == set(edges)
