from __future__ import annotations

import json
from dataclasses import replace

import pytest

from protogen.analysis.diff.change import Change, Difference, Mark, mark
from protogen.analysis.diff.document import document
from protogen.analysis.diff.markdown import markdown
from protogen.analysis.diff.text import lines
from protogen.analysis.diff.words import counts
from protogen.releases.release import Release, ResolvedRepository

SERVING = ResolvedRepository("api", "https://example.com/api", "refs/heads/r1.0", "c" * 40)
OLD, NEW = Release("1.0", "1.0.4", "git", (SERVING,)), Release("1.1", "1.1.0", "index", ())
GONE = Change(
    "removed", "rpc", "p.S.Buy", "a.proto", old="(p.A) returns (p.B)", marks=(Mark("call-gone", ("wire",)),)
)
FIELD = Change("added", "field", "p.M.a", "a.proto", new="int32 = 1")
RENAMED = Change(
    "changed", "value", "p.E.B", "a.proto", "name", "A", "B", marks=(mark("ENUM_VALUE_SAME_NAME", "E", "1"),)
)
MOVED = Change(
    "changed",
    "file",
    "b.proto",
    "b.proto",
    "file",
    "a.proto",
    "b.proto",
    "1 message",
    (mark("FILE_NO_DELETE"),),
)
FOUND = Change(
    "changed", "finding", "a.proto", "a.proto", note="Something changed.", marks=(mark("FILE_NO_DELETE"),)
)
ALL = Difference(OLD, NEW, (FIELD, RENAMED, MOVED, GONE, FOUND), "1.75.0")


def option(file: str, aspect: str = "go_package") -> Change:
    rule = mark(f"FILE_SAME_{aspect.upper()}", file)
    return Change("changed", "file", file, file, aspect, "x", "y", marks=(rule,))


def test_text_is_by_section_with_services_first_and_a_summary() -> None:
    assert [(line.text, line.kind, line.breaks) for line in lines(ALL)] == [
        ("Services", "title", ""),
        ("  - rpc p.S.Buy (p.A) returns (p.B)", "removed", "BREAKS wire"),
        ("Messages", "title", ""),
        ("  + field p.M.a (int32 = 1)", "added", ""),
        ("Enums", "title", ""),
        ("  ~ value p.E.B: renamed from A", "changed", "BREAKS JSON, source"),
        ("Files", "title", ""),
        ("  ~ file b.proto: moved from a.proto (1 message)", "changed", "BREAKS source"),
        ("Found by buf", "title", ""),
        ("  ~ finding a.proto: Something changed.", "changed", "BREAKS source"),
        (
            "1.0 -> 1.1: 1 added, 1 removed, 3 changed; 4 breaking (wire 1, JSON 1, source 3)",
            "summary",
            "",
        ),
    ]


def test_text_names_the_rules_where_it_is_asked_to() -> None:
    told = [line.breaks for line in lines(ALL, rules=True) if line.breaks]
    assert told[:2] == ["BREAKS wire (call-gone)", "BREAKS JSON, source (ENUM_VALUE_SAME_NAME)"]


def test_markdown_tells_first_what_breaks() -> None:
    assert (
        markdown(ALL)
        == """\
## API changes from 1.0 to 1.1

1 added, 1 removed, 3 changed; 4 breaking (wire 1, JSON 1, source 3).

### Breaking

#### Services

- Removed rpc `p.S.Buy` `(p.A) returns (p.B)` — breaks wire

#### Enums

- Changed value `p.E.B`: renamed from `A` — breaks JSON, source

#### Files

- Changed file `b.proto`: moved from `a.proto` (1 message) — breaks source

#### Found by buf

- Changed finding `a.proto`: Something changed. — breaks source

### Messages

- Added field `p.M.a` (`int32 = 1`)
"""
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ((), "no changes"),
        ((FIELD, FIELD), "2 added; nothing breaks"),
        ((FIELD, GONE), "1 added, 1 removed; 1 breaking (wire 1, JSON 0, source 0)"),
    ],
)
def test_a_summary_counts(changes: tuple[Change, ...], words: str) -> None:
    assert counts(Difference(OLD, NEW, changes)) == words


def test_nothing_changed_is_said() -> None:
    nothing = Difference(OLD, NEW, ())
    assert [line.text for line in lines(nothing)] == ["1.0 -> 1.1: no changes"]
    assert markdown(nothing) == "## API changes from 1.0 to 1.1\n\nNo changes.\n"


def test_only_what_breaks_can_be_told() -> None:
    assert ALL.breaking.changes == (RENAMED, MOVED, GONE, FOUND)


def test_an_option_that_changed_in_many_files_is_told_once() -> None:
    few = Difference(OLD, NEW, tuple(option(f"{name}.proto") for name in "abc"))
    assert len([line for line in lines(few) if line.kind == "changed"]) == 3
    many = replace(few, changes=(*few.changes, MOVED, option("d.proto"), option("e.proto", "java_package")))
    told = [line.text for line in lines(many) if line.kind == "changed"]
    assert told == [
        "  ~ file a.proto: go_package x -> y (and in 3 other files)",
        "  ~ file b.proto: moved from a.proto (1 message)",
        "  ~ file e.proto: java_package x -> y",
    ]
    assert len(document(many)["changes"]) == 6


def test_json_holds_all_of_it() -> None:
    told = json.loads(json.dumps(document(ALL)))
    assert told["schema"] == 1
    assert told["old"] == {
        "version": "1.0",
        "package_version": "1.0.4",
        "source": "git",
        "repositories": {
            "api": {"url": "https://example.com/api", "ref": "refs/heads/r1.0", "commit": "c" * 40}
        },
    }
    assert told["new"]["version"] == "1.1"
    assert told["buf"] == "1.75.0"
    assert told["summary"] == {
        "added": 1,
        "removed": 1,
        "changed": 3,
        "breaking": 4,
        "breaking_wire": 1,
        "breaking_json": 1,
        "breaking_source": 3,
    }
    assert told["changes"][1] == {
        "kind": "changed",
        "element": "value",
        "name": "p.E.B",
        "file": "a.proto",
        "aspect": "name",
        "old": "A",
        "new": "B",
        "note": None,
        "breaking": ["json", "source"],
        "rules": [{"rule": "ENUM_VALUE_SAME_NAME", "decided_by": "protogen"}],
    }
    assert document(Difference(OLD, NEW, ()))["buf"] is None


def test_what_upstream_wrote_steers_neither_terminal_nor_markdown() -> None:
    default = Change("changed", "field", "p.M.a", "a.proto", "default", "\x1b[2J`", "``x`")
    note = Change(
        "changed", "file", "a_b.proto", "a_b.proto", "types", note="it imports <b>/_c_/d_e.proto publicly"
    )
    hostile = Difference(OLD, NEW, (default, note))
    assert [line.text for line in lines(hostile)][1] == "  ~ field p.M.a: default ?[2J` -> ``x`"
    told = markdown(hostile)
    assert "default `` ?[2J` `` → ``` ``x` ```" in told
    assert r"it imports \<b\>/\_c\_/d_e.proto publicly" in told
