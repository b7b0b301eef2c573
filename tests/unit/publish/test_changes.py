from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from protogen.publish.changes import Changes, Obstacle, plan_changes
from protogen.publish.tree import OTHER, SYMLINK, Disk


class Case(NamedTuple):
    """Contents are single letters; whatever isn't named in expected is empty."""

    name: str
    old: Mapping[str, str]
    disk: Mapping[str, str]
    new: Mapping[str, str]
    expected: Mapping[str, object]
    folders: frozenset[str] = frozenset()
    foreign: frozenset[str] = frozenset()


def set_of(*paths: str) -> frozenset[str]:
    return frozenset(paths)


MINE, EDITED = "not written by protogen", "edited since protogen wrote it"
LINK, ODD, NEEDED = "a symlink", "not a regular file", "a file where a folder is needed"
CASES = [
    Case("nothing there", {}, {}, {"f": "1"}, {"write": ["f"]}),
    Case("nothing to do", {"f": "1"}, {"f": "1"}, {"f": "1"}, {}),
    Case("changed", {"f": "1"}, {"f": "1"}, {"f": "2"}, {"write": ["f"]}),
    Case("deleted by the user", {"f": "1"}, {}, {"f": "1"}, {"write": ["f"]}),
    Case("foreign with our content", {}, {"f": "1"}, {"f": "1"}, {}),
    Case("edited to what is new", {"f": "1"}, {"f": "2"}, {"f": "2"}, {}),
    Case("foreign", {}, {"f": "x"}, {"f": "1"}, {"write": ["f"], "in_the_way": [("f", MINE)]}),
    Case("edited", {"f": "1"}, {"f": "x"}, {"f": "2"}, {"write": ["f"], "in_the_way": [("f", EDITED)]}),
    Case(
        "edited, same tree",
        {"f": "1"},
        {"f": "x"},
        {"f": "1"},
        {"write": ["f"], "in_the_way": [("f", EDITED)]},
    ),
    Case("a symlink", {"f": "1"}, {"f": SYMLINK}, {"f": "1"}, {"write": ["f"], "in_the_way": [("f", LINK)]}),
    Case("a fifo", {}, {"f": OTHER}, {"f": "1"}, {"write": ["f"], "in_the_way": [("f", ODD)]}),
    Case("stale", {"f": "1"}, {"f": "1"}, {}, {"remove": ["f"]}),
    Case("stale and gone", {"f": "1"}, {}, {}, {}),
    Case("stale and edited", {"f": "1"}, {"f": "x"}, {}, {"remove": ["f"], "in_the_way": [("f", EDITED)]}),
    Case(
        "stale and a symlink", {"f": "1"}, {"f": SYMLINK}, {}, {"remove": ["f"], "in_the_way": [("f", LINK)]}
    ),
    Case("stale, now their folder", {"f": "1"}, {}, {}, {}, folders=set_of("f")),
    Case("foreign elsewhere", {}, {}, {"f": "1"}, {"write": ["f"]}, foreign=set_of("x")),
    Case(
        "stale folder",
        {"a/b/f": "1", "a/g": "1"},
        {"a/b/f": "1", "a/g": "1"},
        {"a/g": "1"},
        {"remove": ["a/b/f"], "prune": ["a/b"]},
        folders=set_of("a", "a/b"),
    ),
    Case(
        "stale folders, deepest first",
        {"a/b/f": "1"},
        {"a/b/f": "1"},
        {},
        {"remove": ["a/b/f"], "prune": ["a/b", "a"]},
        folders=set_of("a", "a/b"),
    ),
    Case(
        "their empty folder where one of ours goes",
        {},
        {},
        {"a/f": "1"},
        {"write": ["a/f"]},
        folders=set_of("a"),
    ),
    Case(
        "file becomes folder",
        {"f": "1"},
        {"f": "1"},
        {"f/g": "1"},
        {"write": ["f/g"], "remove": ["f"]},
    ),
    Case(
        "folder becomes file",
        {"f/g": "1"},
        {"f/g": "1"},
        {"f": "1"},
        {"write": ["f"], "remove": ["f/g"], "prune": ["f"]},
        folders=set_of("f"),
    ),
    Case(
        "our emptied folder becomes file",
        {"f/g": "1"},
        {},
        {"f": "1"},
        {"write": ["f"], "prune": ["f"]},
        folders=set_of("f"),
    ),
    Case(
        "folder with an edited file becomes file",
        {"f/g": "1"},
        {"f/g": "x"},
        {"f": "1"},
        {"write": ["f"], "remove": ["f/g"], "prune": ["f"], "in_the_way": [("f/g", EDITED)]},
        folders=set_of("f"),
    ),
    Case(
        "folder with a foreign file becomes file",
        {"f/g": "1"},
        {"f/g": "1"},
        {"f": "1"},
        {
            "write": ["f"],
            "remove": ["f/g"],
            "prune": ["f"],
            "immovable": [("f", "a folder with files of others")],
        },
        folders=set_of("f"),
        foreign=set_of("f/x"),
    ),
    Case(
        "folder with a foreign symlink inside becomes file",
        {"f/g/h": "1"},
        {"f/g": SYMLINK},
        {"f": "1"},
        {
            "write": ["f"],
            "prune": ["f"],
            "immovable": [("f", "a folder with files of others")],
        },
        folders=set_of("f"),
    ),
    Case(
        "their folder at a file's path",
        {"f": "1"},
        {},
        {"f": "1"},
        {"write": ["f"], "immovable": [("f", "a folder with files of others")]},
        folders=set_of("f"),
    ),
    Case(
        "their file where a folder is needed",
        {},
        {"a": "x"},
        {"a/f": "1"},
        {"write": ["a/f"], "remove": ["a"], "in_the_way": [("a", NEEDED)]},
    ),
    Case(
        "a symlink where a folder is needed",
        {"a/f": "1"},
        {"a": SYMLINK},
        {"a/f": "1"},
        {"write": ["a/f"], "remove": ["a"], "in_the_way": [("a", LINK)]},
    ),
    Case("a symlink where a folder was needed", {"a/f": "1"}, {"a": SYMLINK}, {}, {}),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_changes_are_planned(case: Case) -> None:
    def obstacles(key: str) -> tuple[Obstacle, ...]:
        named = case.expected.get(key, [])
        assert isinstance(named, list)
        return tuple(Obstacle(*each) for each in named)

    def paths(key: str) -> tuple[str, ...]:
        named = case.expected.get(key, [])
        assert isinstance(named, list)
        return tuple(named)

    disk = Disk(case.disk, case.folders, case.foreign)
    assert plan_changes(case.old, disk, case.new) == Changes(
        write=paths("write"),
        remove=paths("remove"),
        prune=paths("prune"),
        in_the_way=obstacles("in_the_way"),
        immovable=obstacles("immovable"),
    )
