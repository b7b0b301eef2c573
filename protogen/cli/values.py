"""What options and the environment hold, as values."""

from __future__ import annotations

import os


def commas(values: tuple[str, ...]) -> tuple[str, ...]:
    """Values that repeat or take commas, in order, each once."""
    return tuple(dict.fromkeys(part.strip() for value in values for part in value.split(",") if part.strip()))


def environment() -> dict[str, str]:
    """The user's environment, as a value, with a home folder."""
    from protogen.system.home import with_home

    return with_home(os.environ)
