from __future__ import annotations

import json
from dataclasses import replace

import pytest

from protogen.analysis.diff.change import Change, Difference, Finding, Verdict
from protogen.analysis.diff.render import document, lines, markdown, summary
from protogen.releases.release import Release, ResolvedRepository

SERVING = ResolvedRepository("api", "https://example.com/api", "refs/heads/r1.0", "c" * 40)
OLD, NEW = Release("1.0", "1.0.4", "git", (SERVING,)), Release("1.1", "1.1.0", "index", ())
GONE = Change("removed", "rpc", "p.S.Buy", "a.proto", old="(p.A) returns (p.B)")
FIELD = Change("added", "field", "p.M.a", "a.proto", new="int32 = 1")
RENAMED = Change("changed", "value", "p.E.B", "a.proto", "name", "A", "B")
MOVED = Change("changed", "file", "b.proto", "b.proto", "file", "a.proto", "b.proto", "1 message")
FOUND = Finding("RPC_NO_DELETE", "a.proto", 7, 'Previously present RPC "Buy" was deleted.')
NOWHERE = Finding("FILE_NO_DELETE", "", 0, 'File "a.proto" was deleted.')
ALL = Difference(OLD, NEW, (FIELD, RENAMED, MOVED, GONE), Verdict("1.75.0", "FILE", (FOUND, NOWHERE)))


def option(file: str, aspect: str = "go_package") -> Change:
    return Change("changed", "file", file, file, aspect, "x", "y")


def test_text_is_by_section_with_services_first_then_what_breaks_and_a_summary() -> None:
    assert [(line.text, line.kind) for line in lines(ALL)] == [
        ("Services", "title"),
        ("  - rpc p.S.Buy (p.A) returns (p.B)", "removed"),
        ("Messages", "title"),
        ("  + field p.M.a (int32 = 1)", "added"),
        ("Enums", "title"),
        ("  ~ value p.E.B: renamed from A", "changed"),
        ("Files", "title"),
        ("  ~ file b.proto: moved from a.proto (1 message)", "changed"),
        ("Broken, as buf finds", "title"),
        ('  ! a.proto:7: Previously present RPC "Buy" was deleted. (RPC_NO_DELETE)', "broken"),
        ('  ! File "a.proto" was deleted. (FILE_NO_DELETE)', "broken"),
        (
            "1.0 -> 1.1: 1 added, 1 removed, 2 changed; buf 1.75.0 finds 2 broken (rules FILE)",
            "summary",
        ),
    ]


def test_markdown_tells_first_what_breaks() -> None:
    assert (
        markdown(ALL)
        == """\
## API changes from 1.0 to 1.1

1 added, 1 removed, 2 changed; buf 1.75.0 finds 2 broken (rules FILE).

### Broken, as buf finds

- `a.proto:7`: Previously present RPC "Buy" was deleted. (`RPC_NO_DELETE`)
- File "a.proto" was deleted. (`FILE_NO_DELETE`)

### Services

- Removed rpc `p.S.Buy` `(p.A) returns (p.B)`

### Messages

- Added field `p.M.a` (`int32 = 1`)

### Enums

- Changed value `p.E.B`: renamed from `A`

### Files

- Changed file `b.proto`: moved from `a.proto` (1 message)
"""
    )


@pytest.mark.parametrize(
    ("changes", "verdict", "words"),
    [
        ((), None, "no changes"),
        ((), Verdict("1.9", "WIRE", ()), "no changes"),
        ((FIELD, FIELD), None, "2 added; nothing judged what breaks"),
        (
            (FIELD, GONE),
            Verdict("1.9", "WIRE", ()),
            "1 added, 1 removed; buf 1.9 finds nothing broken (rules WIRE)",
        ),
    ],
)
def test_a_summary_counts(changes: tuple[Change, ...], verdict: Verdict | None, words: str) -> None:
    assert summary(Difference(OLD, NEW, changes, verdict)) == words


def test_only_what_breaks_can_be_told() -> None:
    only = replace(ALL, changes=(), only_breaking=True)
    assert [line.kind for line in lines(only)] == ["title", "broken", "broken", "summary"]
    assert summary(only) == "buf 1.75.0 finds 2 broken (rules FILE)"
    assert (
        summary(replace(only, verdict=Verdict("1.9", "WIRE", ())))
        == "buf 1.9 finds nothing broken (rules WIRE)"
    )


def test_nothing_changed_is_said() -> None:
    nothing = Difference(OLD, NEW, ())
    assert [line.text for line in lines(nothing)] == ["1.0 -> 1.1: no changes"]
    assert markdown(nothing) == "## API changes from 1.0 to 1.1\n\nNo changes.\n"


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
    assert told["schema"] == 2
    assert told["old"] == {
        "version": "1.0",
        "package_version": "1.0.4",
        "source": "git",
        "repositories": {
            "api": {"url": "https://example.com/api", "ref": "refs/heads/r1.0", "commit": "c" * 40}
        },
    }
    assert told["new"]["version"] == "1.1"
    assert told["summary"] == {"added": 1, "removed": 1, "changed": 2}
    assert told["changes"][1] == {
        "kind": "changed",
        "element": "value",
        "name": "p.E.B",
        "file": "a.proto",
        "aspect": "name",
        "old": "A",
        "new": "B",
        "note": None,
    }
    assert told["buf"] == {
        "version": "1.75.0",
        "category": "FILE",
        "findings": [
            {"rule": FOUND.rule, "path": "a.proto", "line": 7, "message": FOUND.message},
            {"rule": NOWHERE.rule, "path": None, "line": None, "message": NOWHERE.message},
        ],
    }
    assert document(Difference(OLD, NEW, ()))["buf"] is None


def test_what_upstream_wrote_steers_neither_terminal_nor_markdown() -> None:
    default = Change("changed", "field", "p.M.a", "a.proto", "default", "\x1b[2J`", "``x`")
    note = Change(
        "changed", "file", "a_b.proto", "a_b.proto", "types", note="it imports <b>/_c_/d_e.proto publicly"
    )
    finding = Finding("R", "\x1b.proto", 1, "\x1b[2J*bold*")
    hostile = Difference(OLD, NEW, (default, note), Verdict("1", "FILE", (finding,)))
    told = [line.text for line in lines(hostile)]
    assert told[1] == "  ~ field p.M.a: default ?[2J` -> ``x`"
    assert "  ! ?.proto:1: ?[2J*bold* (R)" in told
    text = markdown(hostile)
    assert "default `` ?[2J` `` → ``` ``x` ```" in text
    assert r"it imports \<b\>/\_c\_/d_e.proto publicly" in text
    assert r"- `?.proto:1`: ?\[2J\*bold\* (`R`)" in text
