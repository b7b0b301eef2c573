"""Reading a pinned commit from a file by a recipe's regular expression, within bounds."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

from protogen.errors import RecipeError, ToolFailed

if TYPE_CHECKING:
    from protogen.process import Processes

SECONDS = 10.0
# A file that pins commits is written by people.
_MAX_CHARACTERS = 1_000_000
# An expression of a stranger's recipe may try for ever, and within the interpreter nothing stops it.
_CHILD = """\
import json, re, resource, sys, warnings
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
warnings.simplefilter("ignore")
found = re.search(json.loads(sys.argv[1]), sys.stdin.buffer.read().decode("utf-8", "replace"))
print(found[1] or "" if found else "")
"""


def find_commit(expression: str, text: str, processes: Processes) -> str:
    """The commit that the expression's only group finds, empty where it finds none.

    Raises RecipeError for an expression that doesn't come to an end within its time and memory.
    """
    argv = [sys.executable, "-I", "-S", "-c", _CHILD, json.dumps(expression)]
    content = text[:_MAX_CHARACTERS].encode("utf-8", "replace")
    try:
        done = processes.run(argv, timeout=SECONDS, env={}, stdin=content)
    except ToolFailed as error:
        if "did not finish" not in error.message:
            raise
        raise _endless(expression) from None
    if done.returncode != 0:
        raise _endless(expression)
    commit = done.stdout.decode("utf-8", "replace").strip()
    return commit if re.fullmatch(r"[0-9a-f]{40}", commit) else ""


def _endless(expression: str) -> RecipeError:
    return RecipeError(
        f"the recipe's expression for a pinned commit doesn't come to an end: {expression[:100]!r}",
        where="pins",
        remedy="write an expression without nested repetition, or run again with --ref NAME=REF",
    )
