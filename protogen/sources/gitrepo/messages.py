"""What git's own words mean: which error, and whether it may pass. Only read where git failed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.errors import ReleaseNotFound, SourceRefused, SourceUnreachable
from protogen.system.locations import secrets, without_credentials

if TYPE_CHECKING:
    from protogen.errors import ProtogenError


_UNREACHABLE = re.compile(
    r"could(?: not|n't) (?:resolve|connect)|failed to connect|unable to connect|"
    r"connection (?:refused|timed out|reset)|network is unreachable|no route to host|"
    r"temporary failure in name resolution|operation timed out|operation too slow|timed out|"
    r"name or service not known|proxy connect aborted|"
    r"\bssl\b|the remote end hung up|early eof|rpc failed|unexpected disconnect|"
    r"connection (?:was )?closed|transfer closed|empty reply|returned error: (?:429|5\d\d)",
    re.IGNORECASE,
)
# What may be gone a moment later. A host that isn't there stays away, and `auto` has somewhere to go.
_TRANSIENT = re.compile(
    r"connection (?:was )?(?:reset|closed)|timed out|operation too slow|the remote end hung up|early eof|"
    r"rpc failed|unexpected disconnect|transfer closed|empty reply|returned error: (?:429|5\d\d)",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"authentication failed|could not read username|could not read password|terminal prompts disabled|"
    r"permission denied|access denied|returned error: 40[13]|host key verification failed|"
    r"not found|does not appear to be a git repository|does not exist|dubious ownership",
    re.IGNORECASE,
)
_NO_COMMIT = re.compile(
    r"not our ref|couldn't find remote ref|could not find remote ref|unadvertised object|no such remote ref"
)

_DUBIOUS = re.compile(r"dubious ownership in repository at '([^'\n]+)'")
_PARTIAL = re.compile(r"lazy fetching disabled|from promisor remote|promisor remote cannot be contacted")
_ERROR = re.compile(r"(remote: )?(fatal|error): ")
_MOST_LINES = 3


def failure(url: str, words: str, final: str = "") -> ProtogenError:
    """What git's own words mean, as an error; words carry no credentials.

    final: what the user's url.*.insteadOf make of the URL.
    """
    place = without_credentials(url)
    for kind in (_dubious, _partial):
        if known := kind(url, words):
            return known
    names = (place, final)
    if told := _line(_NO_COMMIT, words, names):
        return ReleaseNotFound(
            f"{place} doesn't have that commit or ref: {told}",
            where=place,
            remedy="check the id, or name a branch or tag instead",
        )
    unreachable = _line(_UNREACHABLE, words, names)
    if (told := _line(_REFUSED, words, names)) and not unreachable:
        return SourceRefused(
            f"{place} refuses: {told}",
            where=place,
            remedy=f"check the address and your credentials: git ls-remote -- {shlex.quote(place)}",
        )
    if unreachable:
        return SourceUnreachable(f"{place} can't be reached: {unreachable}", where=place)
    return SourceRefused(
        f"git failed on {place}: {_cause(words)}",
        where=place,
        remedy=f"git ls-remote -- {shlex.quote(place)}",
    )


def unread(words: str, folder: Path | None) -> SourceRefused:
    """A repository of the cache that git can't read, as an error."""
    return SourceRefused(
        f"what git fetched can't be read: {_cause(words)}",
        where=str(folder or ""),
        remedy="run the same command again; if it fails again, run git fsck on the remote",
    )


def may_pass(error: SourceUnreachable) -> bool:
    """Whether the remote may answer a moment later."""
    return _TRANSIENT.search(error.message) is not None


def scrub(words: str, url: str, *others: str) -> str:
    """The words without the URL's credentials, and without these other secrets."""
    for secret in (*secrets(url), *others):
        words = words.replace(secret, "***") if secret else words
    return words


def _dubious(url: str, words: str) -> SourceRefused | None:
    """A repository of another user of this machine, which git doesn't trust."""
    found = _DUBIOUS.search(words)
    if not found:
        return None
    place = without_credentials(url)
    return SourceRefused(
        f"{place} belongs to another user, whose repositories git reads only where you say so",
        where=found[1],
        remedy=f"git config --global --add safe.directory {shlex.quote(found[1])}",
    )


def _partial(url: str, words: str) -> SourceRefused | None:
    """A partial clone of this machine, which lacks files of the commit and can't serve it."""
    if not _PARTIAL.search(words):
        return None
    place = without_credentials(url)
    folder = shlex.quote(place.removeprefix("file://"))
    return SourceRefused(
        f"{place} is a partial clone, and doesn't hold all files of the commit",
        where=place,
        remedy=f"git -C {folder} fetch --refetch --no-filter",
    )


def _cause(words: str) -> str:
    """The lines that say what went wrong, the remote's first; a few of them say all."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    errors = [line for line in lines if _ERROR.match(line)] or lines
    return "\n  ".join(dict.fromkeys(errors[:_MOST_LINES]))


def _line(kind: re.Pattern[str], words: str, names: tuple[str, ...]) -> str:
    """The first line that says so, without git's own prefix; empty where none does.

    The remote's name says nothing of what happened, such as that of a repository of SSL.
    """

    def nameless(line: str) -> str:
        for name in filter(None, names):
            line = line.replace(name, "")
        return line

    found = next((line for line in words.splitlines() if kind.search(nameless(line))), "")
    return found.removeprefix("fatal: ").removeprefix("error: ").removeprefix("remote: ")
