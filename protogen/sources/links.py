"""Symbolic links of a commit, followed within it as a file system would. Pure."""

from __future__ import annotations

from collections.abc import Mapping

# As Linux does. Source: path_resolution(7), MAXSYMLINKS.
_MOST_LINKS = 40


def follow(path: str, links: Mapping[str, str]) -> str:
    """The path that remains when every link on the way is followed; the same where none is.

    path: below the repository, empty for its top. links: path -> what the link holds.
    Raises ValueError where a link leads out of the repository, or links lead in a circle.
    """
    if not links:
        return path
    resolved: list[str] = []
    pending = path.split("/")[::-1]
    followed = 0
    while pending:
        part = pending.pop()
        here = "/".join((*resolved, part))
        if part in {"", "."}:
            continue
        if part == "..":
            if not resolved:
                raise ValueError("a symbolic link leads out of the repository")
            resolved.pop()
        elif here in links:
            followed += 1
            if followed > _MOST_LINKS:
                raise ValueError("symbolic links lead in a circle")
            if links[here].startswith("/"):
                raise ValueError("a symbolic link leads out of the repository")
            pending += links[here].split("/")[::-1]
        else:
            resolved.append(part)
    return "/".join(resolved)
