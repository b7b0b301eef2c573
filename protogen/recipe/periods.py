"""From which release on, and until which, a part of a recipe holds. Pure."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from protogen.recipe.document import Document, doc
from protogen.recipe.document import Path as KeyPath
from protogen.releases.templates import DAY, date_numbers

Number = tuple[float, ...]
"""The number of a release; of a line, the last parts are infinite."""

# No number of a template has more digits than six, so that eight of them are a day.
NUMBER = re.compile(rf"\d{{1,6}}(?:\.\d{{1,6}}){{0,2}}|{DAY}")


class Periodic(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What may hold for some releases only."""

    from_: Annotated[str, doc("The first release that it holds for, as `3.7`.")] = msgspec.field(
        default="", name="from"
    )
    until: Annotated[str, doc("The last release that it holds for; `3.7` is that whole line.")] = ""

    def holds(self, number: Number) -> bool:
        """Whether it holds for the release."""
        first, last = _parts(self.from_), _parts(self.until)
        return number[: len(first)] >= first and (not last or number[: len(last)] <= last)

    @property
    def is_always(self) -> bool:
        """Whether it holds for every release."""
        return not self.from_ and not self.until


def check(document: Document, path: KeyPath, periodic: Periodic) -> None:
    """Raise RecipeError for a release that can't be compared, and for a period without any."""
    for key, text in (("from", periodic.from_), ("until", periodic.until)):
        if text and not NUMBER.fullmatch(text):
            raise document.error(f"{text!r} is no number of a release", (*path, key), 'such as "3.7"')
    first, last = _parts(periodic.from_), _parts(periodic.until)
    if last and first[: len(last)] > last:
        raise document.error(f"before {periodic.from_}", (*path, "until"), "a later release than from")


def _parts(text: str) -> tuple[int, ...]:
    if dated := date_numbers(text):
        return dated if "T" in text else dated[:2]
    return tuple(map(int, text.split("."))) if text else ()
