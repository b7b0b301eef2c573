"""Symbolic links of a commit, followed within it as a file system would. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

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


def relevant(links: Mapping[str, str], files: Collection[str]) -> dict[str, str]:
    """The links by which a file or a folder that holds files is reached, and those that can't be followed."""
    found: dict[str, str] = {}
    finals: dict[str, str] = {}
    for path, target in links.items():
        try:
            finals[path] = follow(path, links)
        except ValueError:
            found[path] = target
    folders = {parent for path in files for parent in _parents(path)}
    while True:  # a link may lead to a folder that holds nothing but links
        more = {
            path: links[path]
            for path, final in finals.items()
            if path not in found and (not final or final in files or final in folders)
        }
        if not more:
            return found
        found |= more
        folders |= {parent for path in more for parent in _parents(path)}


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts))]
