"""One thing that was looked at, and its verdict."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

OK: Final = "ok"
WARNING: Final = "warning"
PROBLEM: Final = "problem"


@dataclass(frozen=True)
class Check:
    """One row of the diagnosis."""

    subject: str
    """What it is a part of: protogen, a language, `sources` or `cache`."""
    name: str
    found: str
    """In words, mostly a version; so is what is wanted."""
    wanted: str = ""
    origin: str = ""
    """Where it is, or would be, taken from."""
    verdict: str = OK
    """OK, WARNING where packages can be made all the same, PROBLEM where they can't."""
    note: str = ""
    """What follows from it."""
    remedy: str = ""
    """The command that mends it."""

    @property
    def plain(self) -> dict[str, Any]:
        """As JSON; origin is `from` there."""
        return {"from" if key == "origin" else key: value for key, value in asdict(self).items()}
