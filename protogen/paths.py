"""Rules for paths that come from recipes, protos and archives; and path patterns. Pure."""

from __future__ import annotations

import re
from functools import lru_cache


def check_relative(path: str) -> None:
    """Refuse a path that could leave the folder it is joined to, or upset a tool.

    Raises ValueError with the reason.
    """
    if not path:
        raise ValueError("an empty path")
    if len(path) > 1000:
        raise ValueError("a path of more than 1000 characters")
    if any(ord(character) < 32 or ord(character) == 127 for character in path):
        raise ValueError("a control character in the path")
    if "\\" in path:
        raise ValueError(f"{path!r}: a backslash in the path")
    if path.startswith(("/", "-", "~", "@")):
        raise ValueError(f"{path!r}: starts with {path[0]!r}")
    parts = path.split("/")
    if path != "." and any(part in {"", ".", ".."} for part in parts):
        raise ValueError(f"{path!r}: an empty part, `.` or `..` in the path")


@lru_cache(maxsize=256)
def pattern(text: str) -> re.Pattern[str]:
    """A path pattern as a regular expression: `*` and `?` stay within a folder, `**/` spans any."""
    out = []
    index = 0
    while index < len(text):
        if text.startswith("**/", index):
            out.append("(?:[^/]+/)*")
            index += 3
        elif text.startswith("**", index):
            out.append(".*")
            index += 2
        else:
            out.append({"*": "[^/]*", "?": "[^/]"}.get(text[index], re.escape(text[index])))
            index += 1
    return re.compile("".join(out))


def fixed_prefix(text: str) -> str:
    """The folder that every match of the pattern lies in; empty for the top."""
    literal = re.split(r"[*?]", text, maxsplit=1)[0]
    return literal.rpartition("/")[0]


def import_name(path: str, roots: tuple[str, ...]) -> str:
    """The name under which a file of the repository is imported: relative to the deepest root above it."""
    best = ""
    for root in roots:
        if root != "." and path.startswith(root + "/") and len(root) > len(best):
            best = root
    return path[len(best) + 1 :] if best else path
