"""Searching a file by a recipe's regular expression for what it pins, within bounds."""

from __future__ import annotations

import json
import signal
import sys

from protogen.errors import RecipeError, ToolFailed, ToolTimedOut
from protogen.system.process import Finished, Processes

SECONDS = 10.0
_BYTES = 1 << 30
_OUT_OF_MEMORY = 3
# A file that pins commits is written by people.
_MAX_CHARACTERS = 1_000_000
_MAX_FOUND = 200
# An expression of a stranger's recipe may try for ever, and within the interpreter nothing stops it.
# The limit on memory is a help, not a condition: macOS knows none, and a container may grant less.
_CHILD = """\
import contextlib, json, re, resource, sys, warnings
with contextlib.suppress(OSError, ValueError):
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = int(sys.argv[2]) if hard == resource.RLIM_INFINITY else min(int(sys.argv[2]), hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
warnings.simplefilter("ignore")
try:
    found = re.search(json.loads(sys.argv[1]), sys.stdin.buffer.read().decode("utf-8", "replace"))
    print(found[1] or "" if found else "")
except MemoryError:
    sys.exit(int(sys.argv[3]))
"""


def find_text(expression: str, text: str, processes: Processes) -> str:
    """What the expression's only group finds, empty where it finds nothing.

    Raises RecipeError for an expression that doesn't come to an end within its time and memory,
    ToolFailed where the search ends for another reason.
    """
    limits = [str(_BYTES), str(_OUT_OF_MEMORY)]
    argv = [sys.executable, "-I", "-S", "-c", _CHILD, json.dumps(expression), *limits]
    content = text[:_MAX_CHARACTERS].encode("utf-8", "replace")
    try:
        done = processes.run(argv, timeout=SECONDS, env={}, stdin=content)
    except ToolTimedOut:
        raise _endless(expression, f"within {SECONDS:g} seconds") from None
    if done.returncode == _OUT_OF_MEMORY:
        raise _endless(expression, "in the memory that there is for it")
    if done.returncode != 0:
        raise ToolFailed(
            f"the search for a pinned commit ended {_how(done)}",
            where="pins",
            remedy="free memory and run the same command again, or run again with --ref NAME=REF",
        )
    return done.stdout.decode("utf-8", "replace").strip()[:_MAX_FOUND]


def _how(done: Finished) -> str:
    if done.returncode < 0:
        return f"by signal {-done.returncode} ({signal.strsignal(-done.returncode)})"
    last = done.message.splitlines()[-1:]
    return f"with code {done.returncode}{': ' if last else ''}{''.join(last)}"


def _endless(expression: str, bound: str) -> RecipeError:
    return RecipeError(
        f"the recipe's expression for a pinned commit doesn't come to an end {bound}: {expression[:100]!r}",
        where="pins",
        remedy="write an expression without nested repetition, or run again with --ref NAME=REF",
    )
