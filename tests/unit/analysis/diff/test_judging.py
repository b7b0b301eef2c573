from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from protogen.analysis.diff import schema
from protogen.analysis.diff.change import Change
from protogen.analysis.diff.compare import compare
from protogen.analysis.diff.judging import Finding, Verdict, judge, read_findings
from tests.support.change_cases import CASES
from tests.support.schemas import enum, field, file, message, serialized


def finding(rule: str, message: str, path: str = "a.proto") -> Finding:
    (found,) = read_findings(json.dumps({"type": rule, "message": message, "path": path, "start_line": 1}))
    return found


def compared(case: str) -> tuple[Change, ...]:
    found = next(each for each in CASES if each.name == case)
    return compare(schema.read(found.old), schema.read(found.new))


def broken(changes: Iterable[Change]) -> list[tuple[str, ...]]:
    return [change.breaks for change in changes]


# In buf's own words, of 1.75.
@pytest.mark.parametrize(
    ("rule", "message", "subject"),
    [
        (
            "FIELD_NO_DELETE_UNLESS_NAME_RESERVED",
            'Previously present field "2" with name "b" on message "N" was deleted without its name.',
            ("N", "2"),
        ),
        ("FIELD_SAME_NAME", 'Field "1" on message "M" changed name from "a" to "b".', ("M", "1")),
        (
            "FIELD_SAME_ONEOF",
            'Field "1" with name "a" on message "M"q moved from oneof "o" to oneof "q".',
            ("M", "1"),
        ),
        (
            "FIELD_SAME_TYPE",
            'Extension "100" with name "p.x" on message "p.M" changed type from "int32" to "string".',
            ("M", "100"),
        ),
        ("ENUM_VALUE_NO_DELETE", 'Previously present enum value "-1" on enum "E" was deleted.', ("E", "-1")),
        ("RPC_NO_DELETE", 'Previously present RPC "R" on service "S" was deleted.', ("S", "R")),
        ("ONEOF_NO_DELETE", 'Previously present oneof "o" on message "M" was deleted.', ("M", "o")),
        ("MESSAGE_NO_DELETE", 'Previously present message "M.N" was deleted from file.', ("M.N",)),
        (
            "PACKAGE_ENUM_NO_DELETE",
            'Previously present enum "E" was deleted from package "p".',
            ("E",),
        ),
        ("PACKAGE_NO_DELETE", 'Previously present package "" was deleted.', ("",)),
        ("FILE_NO_DELETE", 'Previously present file "b/c.proto" was deleted.', ("b/c.proto",)),
        (
            "RESERVED_MESSAGE_NO_DELETE",
            'Previously present reserved range "[5,7]" on message "M" is missing values: [5,7] were removed.',
            ("M",),
        ),
        (
            "EXTENSION_MESSAGE_NO_DELETE",
            'Previously present extension range "[100,200]" on message "M" is missing values.',
            ("M",),
        ),
        (
            "MESSAGE_SAME_REQUIRED_FIELDS",
            'Message "M" had required field "4" added. Required fields must always be sent.',
            ("M", "4"),
        ),
        ("FILE_SAME_JAVA_PACKAGE", 'File option "java_package" changed from "x" to "y".', ("a.proto",)),
        ("ENUM_SAME_TYPE", 'Enum "E" changed from open to closed.', ("a.proto",)),
        ("SOME_NEW_RULE", "Something changed.", ("a.proto", "Something changed.")),
    ],
)
def test_what_a_finding_is_about_is_read_from_its_words(
    rule: str, message: str, subject: tuple[str, ...]
) -> None:
    assert finding(rule, message).subject == subject


@pytest.mark.parametrize("output", ["not json", "[]", '{"message": "no type"}'])
def test_what_is_no_finding_is_refused(output: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_findings(output)


def test_without_buf_our_own_reading_counts() -> None:
    assert broken(judge(compared("enum to int32"), None)) == [("json", "source")]


def test_with_buf_its_rules_count_only_where_it_finds_them_broken() -> None:
    words = 'Field "1" with name "a" on message "M" changed type from "enum" to "int32".'
    found = [finding(rule, words) for rule in ("FIELD_SAME_TYPE", "FIELD_WIRE_COMPATIBLE_TYPE")]
    (change,) = judge(compared("enum to int32"), Verdict(tuple(found)))
    assert change.breaks == ("wire", "source")
    assert {mark.decided for mark in change.marks} == {"buf"}
    (silent,) = judge(compared("enum to int32"), Verdict(()))
    assert silent.breaks == ()


def test_rules_that_buf_could_not_check_are_read_by_us() -> None:
    (change,) = judge(compared("field renamed"), Verdict((), frozenset({"FIELD_SAME_JSON_NAME"})))
    assert [(mark.rule, mark.decided) for mark in change.marks] == [("FIELD_SAME_JSON_NAME", "protogen")]


def test_rules_that_buf_lacks_count_whatever_it_finds() -> None:
    (change,) = judge(compared("rpc removed"), Verdict(()))
    assert [(mark.rule, mark.decided) for mark in change.marks] == [("call-gone", "protogen")]


def test_a_finding_about_nothing_told_is_told_in_bufs_words() -> None:
    known = finding("FIELD_SAME_JSTYPE", 'Field "7" with name "x" on message "X" changed option "jstype".')
    unknown = finding("SOME_NEW_RULE", "Something changed.", path="")
    first, second = judge([], Verdict((known, known, unknown)))
    assert (first.element, first.name, first.note) == ("finding", "a.proto", known.message)
    assert first.breaks == ("source",)
    assert (second.name, second.breaks) == (".Something changed.", ("source",))


def test_what_stands_in_a_message_that_is_gone_goes_without_saying() -> None:
    found = [
        finding("MESSAGE_NO_DELETE", 'Previously present message "M" was deleted from file.'),
        finding("MESSAGE_NO_DELETE", 'Previously present message "M.N" was deleted from file.'),
        finding("PACKAGE_ENUM_NO_DELETE", 'Previously present enum "M.E" was deleted from package "p".'),
    ]
    (change,) = judge(compared("message removed with what it holds"), Verdict(tuple(found)))
    assert change.name == "p.M"
    other = finding("MESSAGE_NO_DELETE", 'Previously present message "Mx.N" was deleted from file.')
    assert len(judge(compared("message removed with what it holds"), Verdict((*found, other)))) == 2


def test_the_entries_of_a_renamed_map_break_nothing() -> None:
    words = 'Field "1" with name "b" on message "M" changed type from "p.M.AEntry" to "p.M.BEntry".'
    found = [
        finding("FIELD_SAME_NAME", 'Field "1" on message "M" changed name from "a" to "b".'),
        finding("FIELD_WIRE_COMPATIBLE_TYPE", words),
        finding("MESSAGE_NO_DELETE", 'Previously present message "M.AEntry" was deleted from file.'),
    ]
    (change,) = judge(compared("map renamed"), Verdict(tuple(found)))
    assert change.breaks == ("json", "source")


def test_a_syntax_takes_what_buf_says_of_each_type_along() -> None:
    old, new = (
        serialized(file("a.proto", enum("E", ("A", 0)), syntax=each)) for each in ("proto3", "proto2")
    )
    found = [
        finding("FILE_SAME_SYNTAX", 'File syntax changed from "proto3" to "proto2".'),
        finding("ENUM_SAME_TYPE", 'Enum "E" changed from open to closed.'),
    ]
    (change,) = judge(compare(schema.read(old), schema.read(new)), Verdict(tuple(found)))
    assert [mark.rule for mark in change.marks] == ["FILE_SAME_SYNTAX", "ENUM_SAME_TYPE"]


def test_two_messages_of_one_name_err_on_the_side_of_breaking() -> None:
    def sides(type_: str) -> bytes:
        inner = message("M", field("a", 1, type_))
        return serialized(file("a.proto", message("X", inner), message("Y", inner)))

    words = 'Field "1" with name "a" on message "M" changed type from "int32" to "bool".'
    changes = compare(schema.read(sides("int32")), schema.read(sides("bool")))
    assert broken(judge(changes, Verdict((finding("FIELD_SAME_TYPE", words),)))) == [("source",), ("source",)]
