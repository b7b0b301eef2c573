"""Which releases are tried where there is no time for all: other ones each week."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

# The lines whose official packages are whole, newest first.
LINES = (*(f"r2.{minor}" for minor in range(21, -1, -1)), *(f"r1.{minor}" for minor in range(15, 10, -1)))


def this_week() -> int:
    """Weeks since year 1."""
    return datetime.datetime.now(tz=datetime.timezone.utc).toordinal() // 7


def sample(releases: Sequence[str], number: int, week: int) -> list[str]:
    """So many of them, far apart; each week the next ones, so that all have their turn."""
    places = {(week + turn * len(releases) // number) % len(releases) for turn in range(number)}
    return [releases[place] for place in sorted(places)]


def wished(wish: str, week: int) -> list[str]:
    """The tested lines that a text asks for: releases by commas, a number of them, or `all`."""
    if wish == "all":
        return list(LINES)
    return sample(LINES, int(wish), week) if wish.isdigit() else wish.split(",")
