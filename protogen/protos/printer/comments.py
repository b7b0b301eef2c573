"""Comments of declarations, as source info holds them, and where the declarations stood."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Path = tuple[int, ...]
NOWHERE = (sys.maxsize, 0)


@dataclass(frozen=True)
class Location:
    """Where a declaration stood, and the comments around it."""

    start: tuple[int, int] = NOWHERE
    end: tuple[int, int] = NOWHERE
    detached: tuple[str, ...] = ()
    leading: str = ""
    trailing: str = ""

    def around(self, other: Location) -> bool:
        """Whether the other stood within this one."""
        return self.start <= other.start and other.end <= self.end

    def over(self, lines: Sequence[str], behind: int = -1) -> list[str]:
        """The lines of a declaration with its comments; behind: which line ends it, or opens its block."""
        before: list[str] = []
        for each in self.detached:
            before += ["", *_comment(each), ""]
        before += _comment(self.leading)
        if not self.trailing:
            return [*before, *lines]
        index = behind % len(lines)
        line, rest = lines[index], list(lines[index + 1 :])
        if line.endswith("{}"):
            line, rest = line[:-1], ["}"]
        comment = _comment(self.trailing)
        if len(comment) == 1 or not self.trailing.endswith("\n"):
            return [*before, *lines[:index], f"{line}  {comment[0]}", *comment[1:], *rest]
        # What has several lines must be parted from what follows, which it else would belong to.
        return [*before, *lines[:index], line, *comment, "", *rest]


@dataclass(frozen=True)
class SourceInfo:
    """The locations of a file's declarations by path."""

    by_path: dict[Path, list[Location]] = field(default_factory=dict)

    @classmethod
    def of(cls, file: Any) -> SourceInfo:
        """What the file has."""
        found: dict[Path, list[Location]] = {}
        for each in file.source_code_info.location:
            span = each.span
            start, end = (span[0], span[1]), (span[-2] if len(span) > 3 else span[0], span[-1])
            location = Location(
                start,
                end,
                tuple(each.leading_detached_comments),
                each.leading_comments,
                each.trailing_comments,
            )
            found.setdefault(tuple(each.path), []).append(location)
        return cls(found)

    def at(self, path: Path) -> Location:
        """The declaration's; one that is nowhere and has no comments where none is known."""
        return self.by_path.get(path, _NONE)[0]

    def statements(self, path: Path, alike: Sequence[object]) -> list[tuple[Location, list[int]]]:
        """Which of a list's members were declared by one statement: their numbers, and its location.

        alike: for each member, what it must have in common with the others of its statement, where that isn't
        known.
        """
        statements = self.by_path.get(path, ())
        found: list[tuple[Location, list[int]]] = []
        for index, what in enumerate(alike):
            member = self.at((*path, index))
            location = next((each for each in statements if each.around(member)), _NONE[0])
            is_alike = location != _NONE[0] or (found and alike[found[-1][1][-1]] == what)
            if found and found[-1][0] == location and is_alike:
                found[-1][1].append(index)
            else:
                found.append((location, [index]))
        return found


_NONE = (Location(),)


def _comment(text: str) -> list[str]:
    """A comment that is read as this text."""
    if not text:
        return []
    lines = text.split("\n")
    if lines[-1] == "":
        return [f"//{line}" for line in lines[:-1]]
    # Only one between slashes and stars doesn't end with its line. What begins its lines isn't read.
    first, *rest = lines
    return (
        [f"/*{first}", *(f" *{line}" for line in rest[:-1]), f" *{rest[-1]}*/"] if rest else [f"/*{first}*/"]
    )
