"""Rules for paths that come from recipes, protos and archives; and path patterns. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

# What file systems allow.
_MAX_PART = 255


def check_relative(path: str) -> None:
    """Refuse a path that could leave the folder it is joined to, or upset a tool.

    Raises ValueError with the reason.
    """
    if not path:
        raise ValueError("an empty path")
    if len(path) > 1000:
        raise ValueError("a path of more than 1000 characters")
    if any(ord(character) < 32 or 127 <= ord(character) < 160 for character in path):
        raise ValueError("a control character in the path")
    if "\\" in path:
        raise ValueError(f"{path!r}: a backslash in the path")
    if path.startswith(("/", "-", "~", "@")):
        raise ValueError(f"{path!r}: starts with {path[0]!r}")
    parts = path.split("/")
    try:
        if max(len(part.encode()) for part in parts) > _MAX_PART:
            raise ValueError(f"a part of more than {_MAX_PART} bytes in the path")
    except UnicodeEncodeError:
        raise ValueError(f"{path!r}: not UTF-8") from None
    if path != "." and any(part in {"", ".", ".."} for part in parts):
        raise ValueError(f"{path!r}: an empty part, `.` or `..` in the path")


def check_import(name: str) -> None:
    """Refuse an import name that could leave its folder or upset protoc or a plugin.

    Plugins get file names in lists of `Mname=package` that are separated by commas.
    Raises ValueError with the reason.
    """
    check_relative(name)
    if name == "." or any(character in name for character in ",=:"):
        raise ValueError(f"{name!r}: a comma, equals sign or colon in the path")


def legible(name: str) -> str:
    """The name for a message: control characters and what isn't UTF-8 written as escapes."""
    return name if name.isprintable() and len(name) < 300 else repr(name[:300])


class PathPattern:
    """A path pattern: `*` and `?` stay within a folder, `**/` spans any number of them.

    Matching takes time in proportion to the path, whatever the pattern: the states that a path can
    be in are the bits of a number, and never tried one after the other as regular expressions do.
    """

    def __init__(self, text: str) -> None:
        self._literals: dict[str, int] = {}
        self._single = self._name = self._any = self._folders = self._skip = 0
        state = 0
        for piece in _TOKEN.findall(text):
            bit = 1 << state
            if piece.startswith("**/"):
                self._folders |= bit
                self._name |= bit << 1
                state += 1
            elif piece.startswith("**"):
                self._any |= bit
            elif piece == "*":
                self._name |= bit
            elif piece == "?":
                self._single |= bit
            else:
                self._literals[piece] = self._literals.get(piece, 0) | bit
            if piece.startswith("*") and not piece.endswith("/"):
                self._skip |= bit
            state += 1
        self._end = 1 << state
        self._suffix = _TOKEN_TAIL.sub("", text)
        self._known: dict[tuple[int, str], int] = {}

    def fullmatch(self, path: str) -> bool:
        """Whether the whole path matches."""
        if not path.endswith(self._suffix):
            return False
        states = self._closed(1)
        for character in path:
            kind = character if character == "/" or character in self._literals else ""
            following = self._known.get((states, kind))
            if following is None:
                if len(self._known) > _MAX_KNOWN:
                    self._known.clear()
                following = self._known[states, kind] = self._step(states, kind)
            if not following:
                return False
            states = following
        return bool(states & self._end)

    def _step(self, states: int, kind: str) -> int:
        """The states after one more character; kind is empty for one that the pattern doesn't name."""
        after = (states & self._literals.get(kind, 0)) << 1 | states & self._any
        if kind == "/":
            after |= states >> 1 & self._folders
        else:
            after |= (states & (self._single | self._folders)) << 1 | states & self._name
        return self._closed(after)

    def _closed(self, states: int) -> int:
        """With the states that are reached without a character: a wildcard may match nothing."""
        while True:
            more = states | (states & self._skip) << 1 | (states & self._folders) << 2
            if more == states:
                return states
            states = more


# Folders upon folders mean the same as once.
_TOKEN = re.compile(r"(?:\*\*/)+|\*\*|.", re.DOTALL)
_TOKEN_TAIL = re.compile(r"^.*[*?](?:(?<=\*\*)/)?", re.DOTALL)
_MAX_KNOWN = 10_000


@lru_cache(maxsize=256)
def pattern(text: str) -> PathPattern:
    """The path pattern that a recipe writes."""
    return PathPattern(text)


def fixed_prefix(text: str) -> str:
    """The folder that every match of the pattern lies in; empty for the top."""
    literal = re.split(r"[*?]", text, maxsplit=1)[0]
    return literal.rpartition("/")[0]
