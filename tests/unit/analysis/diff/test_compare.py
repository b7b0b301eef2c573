from __future__ import annotations

import pytest
from hypothesis import given, settings

from protogen.analysis.diff import schema
from protogen.analysis.diff.change import Change, Difference
from protogen.analysis.diff.compare import compare
from protogen.analysis.diff.judging import judge
from protogen.analysis.diff.rules import BREAKS, RULES
from protogen.analysis.diff.text import lines
from protogen.releases.release import Release
from tests.support.change_cases import CASES, Case, told
from tests.support.drawn_sets import sets
from tests.support.schemas import enum, field, file, message, serialized

OLD, NEW = (Release(name, f"{name}.0", "git", ()) for name in ("1.0", "1.1"))


def changes(old: bytes, new: bytes) -> tuple[Change, ...]:
    return judge(compare(schema.read(old), schema.read(new)), None)


def as_told(found: tuple[Change, ...]) -> list[str]:
    told = lines(Difference(OLD, NEW, found))
    return [f"{line.text[2:]}  {line.breaks}".rstrip() for line in told if line.text.startswith(" ")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_change_is_told_with_what_it_breaks(case: Case) -> None:
    expected = [line.partition(" buf: ")[0] for line in told()[case.name]]
    assert expected
    assert as_told(changes(case.old, case.new)) == expected


def test_every_case_has_a_name_of_its_own_and_its_words() -> None:
    assert [case.name for case in CASES] == list(told())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_set_does_not_differ_from_itself(case: Case) -> None:
    assert changes(case.old, case.old) == ()
    assert changes(case.new, case.new) == ()


def test_every_rule_breaks_something_and_is_named_as_buf_names_it() -> None:
    for rule, breaks in RULES.items():
        assert breaks, rule
        assert rule == rule.upper()
        assert set(breaks) <= set(BREAKS)
        assert breaks == tuple(each for each in BREAKS if each in breaks), rule


@given(sets(), sets())
@settings(max_examples=40)
def test_from_the_other_side_what_was_added_is_removed(one: bytes, other: bytes) -> None:
    there, back = changes(one, other), changes(other, one)
    for kind, opposite in (("added", "removed"), ("removed", "added")):
        assert sorted((each.element, each.name) for each in there if each.kind == kind) == sorted(
            (each.element, each.name) for each in back if each.kind == opposite
        )
    assert _turned(there) == sorted((each.element, each.aspect, each.new, each.old) for each in _plain(back))


def _plain(found: tuple[Change, ...]) -> list[Change]:
    """Changes that say the same from either side: aliases don't, nor what is reserved with a field's end."""
    return [
        each
        for each in found
        if each.kind == "changed" and each.element != "value" and each.aspect != "reserved"
    ]


def _turned(found: tuple[Change, ...]) -> list[tuple[str, str, str, str]]:
    return sorted((each.element, each.aspect, each.old, each.new) for each in _plain(found))


@given(sets())
@settings(max_examples=30)
def test_nothing_differs_from_itself(one: bytes) -> None:
    assert changes(one, one) == ()


def test_what_was_added_alone_breaks_nothing() -> None:
    additions = [case for case in CASES if "added" in case.name and "required" not in case.name]
    assert len(additions) > 5
    for case in additions:
        assert not any(change.breaks for change in changes(case.old, case.new)), case.name


def test_files_that_a_source_lacks_are_left_out() -> None:
    content = serialized(file("a.proto", message("A")), file("b.proto", message("B"), package="q"))
    assert list(schema.read(content, ["b.proto"]).messages) == ["p.A"]
    assert schema.without(content, ["b.proto"]) == serialized(file("a.proto", message("A")))
    assert schema.without(content, []) == content


def test_an_enum_that_was_left_out_is_not_known_to_be_wider() -> None:
    def side(chosen: str) -> schema.Schema:
        holder = file("a.proto", message("M", field("e", 1, f"enum q.{chosen}")), public=["b.proto"])
        enums = file("b.proto", enum("E", ("A", 0)), enum("F", ("B", 0)), package="q")
        return schema.read(serialized(enums, holder), ["b.proto"])

    (change,) = judge(compare(side("E"), side("F")), None)
    assert change.breaks == ("wire", "json", "source")


def test_a_type_inside_another_knows_where_it_stands() -> None:
    found = schema.read(serialized(file("a.proto", message("M", message("N", message("O"))), package="")))
    deep = found.messages["M.N.O"]
    assert (deep.local, deep.simple, deep.parent) == ("M.N.O", "O", "M.N")
