"""What somebody meant who typed a name that isn't there."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(typed: str, known: Iterable[str], *, likeness: float = 0.5) -> str:
    """The known name that is most like what was typed; empty where none is near.

    likeness: how near it must be, from 0 to 1.
    """
    from difflib import get_close_matches

    by_folded = {name.casefold(): name for name in known}
    near = get_close_matches(typed.casefold(), by_folded, 1, likeness)
    return by_folded[near[0]] if near else ""
