"""Whether the sources of protos answer. Pure: what they said, against what the source option asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from protogen.analysis.doctor.check import OK, PROBLEM, WARNING, Check
from protogen.errors import ProtogenError, SourceUnreachable, ToolMissing

if TYPE_CHECKING:
    from protogen.recipe.model import Recipe
    from protogen.sources.selection import Selection


Answer = str | ProtogenError
"""What a source said, in words, or how it failed."""
NOT_ASKED = "not asked"
_WANTED = "an answer"


def asks_git(selection: Selection) -> bool:
    """Whether a run asks the repositories."""
    return selection.source in {"auto", "git"}


def asks_index(recipe: Recipe, selection: Selection) -> bool:
    """Whether a run asks the index of Python packages, be it as a fallback."""
    if selection.source == "index":
        return True
    return selection.may_fall_back and all(each.packages for each in recipe.repositories.values())


def judge(
    repositories: Mapping[str, tuple[str, Answer]], index: tuple[str, Answer] | None, *, source: str
) -> list[Check]:
    """A row for each repository and for the index.

    repositories: place and answer by name, none where git isn't asked. index: the same, None where
    it isn't asked. source: as the option has it; with auto either is enough, where git's host
    can't be reached.
    """
    failed = [answer for _, answer in repositories.values() if isinstance(answer, ProtogenError)]
    index_fails = index is None or isinstance(index[1], ProtogenError)
    falls_back = source == "auto" and not index_fails
    rows = []
    for name, (place, answer) in repositories.items():
        spared = falls_back and all(isinstance(each, SourceUnreachable | ToolMissing) for each in failed)
        note = "published packages are taken instead, without comments" if spared else ""
        rows.append(_row(f"git: {name}", place, answer, spared=spared, note=note))
    if index:
        spared = source == "auto" and not failed
        note = "it is asked only where the repositories can't be reached" if source == "auto" else ""
        rows.append(_row("package index", *index, spared=spared, note=note))
    return rows


def unasked(name: str, place: str, note: str) -> Check:
    """The row of a source that isn't asked, with the reason."""
    return Check("sources", name, NOT_ASKED, origin=place, note=note)


def _row(name: str, place: str, answer: Answer, *, spared: bool, note: str) -> Check:
    if not isinstance(answer, ProtogenError):
        return Check("sources", name, answer, _WANTED, place, OK)
    return Check(
        "sources",
        name,
        answer.message.removeprefix(f"{place} "),
        _WANTED,
        place,
        WARNING if spared else PROBLEM,
        note,
        answer.remedy,
    )
