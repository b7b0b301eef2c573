"""Protos with comments wherever a parser allows one, made up at random."""

from __future__ import annotations

import random
import re

_COMMENTS = (
    "// {0}\n",
    "// {0}\n//   in two lines\n",
    "/* {0} */",
    "/* {0}\n * in\n   lines */",
    "// {0}\n\n",
    "// {0}\n\n// Apart.\n\n",
    "//\n",
    "/**/",
    "\n",
    "\n\n",
)
_TOKENS = re.compile(r'("(?:[^"\\]|\\.)*"|\s+|[{};])')


def with_comments(text: str, chance: random.Random) -> str:
    """The proto with comments between its tokens, a quarter of the places having one."""
    found = []
    for number, token in enumerate(_TOKENS.split(text)):
        found.append(token)
        if token and (token in "{};" or token.isspace()) and chance.random() < 0.25:
            found.append(f" {chance.choice(_COMMENTS).format(number)} ")
    return "".join(found)
