"""What a git that failed says: which error it is, and whether it may pass. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from protogen.errors import ProtogenError, ReleaseNotFound, SourceRefused, SourceUnreachable
from protogen.system.locations import secrets, without_credentials

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
_BROKEN = re.compile(
    r"fatal: unable to read [0-9a-f]{40,64}|possible repository corruption on the remote side"
)
_ERROR = re.compile(r"(remote: )?(fatal|error): ")
_MOST_LINES = 3


def failure(url: str, message: str, final: str = "") -> ProtogenError:
    """What git says of a remote, as an error. message: without credentials.

    final: what the user's url.*.insteadOf make of the URL.
    """
    place = without_credentials(url)
    if dubious := _DUBIOUS.search(message):
        return SourceRefused(
            f"{place} belongs to another user, whose repositories git reads only where you say so",
            where=dubious[1],
            remedy=f"git config --global --add safe.directory {shlex.quote(dubious[1])}",
        )
    if incomplete := _incomplete(place, message):
        return incomplete
    # The remote's name says nothing of what happened, such as that of a repository of SSL.
    names = [name for name in (place, final) if name]
    if line := _line(_NO_COMMIT, message, names):
        return ReleaseNotFound(
            f"{place} doesn't have that commit or ref: {line}",
            where=place,
            remedy="check the id, or name a branch or tag instead",
        )
    if line := _line(_UNREACHABLE, message, names):
        return SourceUnreachable(f"{place} can't be reached: {line}", where=place)
    ask = f"git ls-remote -- {shlex.quote(place)}"
    if line := _line(_REFUSED, message, names):
        remedy = f"check the address and your credentials: {ask}"
        return SourceRefused(f"{place} refuses: {line}", where=place, remedy=remedy)
    return SourceRefused(f"git failed on {place}: {_cause(message)}", where=place, remedy=ask)


def _incomplete(place: str, message: str) -> SourceRefused | None:
    """The error where a repository doesn't hold all that its commits need."""
    if _PARTIAL.search(message):
        folder = shlex.quote(place.removeprefix("file://"))
        return SourceRefused(
            f"{place} is a partial clone, and doesn't hold all files of the commit",
            where=place,
            remedy=f"git -C {folder} fetch --refetch --no-filter",
        )
    if broken := _BROKEN.search(message):
        return SourceRefused(
            f"{place} lacks objects that its commits need: {broken[0]}",
            where=place,
            remedy="check that repository with git fsck, or name a complete one with --repo NAME=URL",
        )
    return None


def unread(message: str, folder: Path | None) -> SourceRefused:
    """A repository of the cache that git can't read, as an error."""
    return SourceRefused(
        f"what git fetched can't be read: {_cause(message)}",
        where=str(folder or ""),
        remedy="run the same command again; if it fails again, run git fsck on the remote",
    )


def may_pass(error: SourceUnreachable) -> bool:
    """Whether the remote may answer a moment later."""
    return _TRANSIENT.search(error.message) is not None


def scrub(message: str, url: str, *others: str) -> str:
    """The message without the URL's credentials, and without these other secrets."""
    for secret in filter(None, (*secrets(url), *others)):
        message = message.replace(secret, "***")
    return message


def _cause(message: str) -> str:
    """The lines that say what went wrong, the remote's first; a few of them say all."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    errors = [line for line in lines if _ERROR.match(line)] or lines
    return "\n  ".join(dict.fromkeys(errors[:_MOST_LINES]))


def _line(kind: re.Pattern[str], message: str, names: Sequence[str]) -> str:
    """The first line that says so beside the names, without git's own prefix; empty where none does."""
    for line in message.splitlines():
        nameless = line
        for name in names:
            nameless = nameless.replace(name, "")
        if kind.search(nameless):
            return line.removeprefix("fatal: ").removeprefix("error: ").removeprefix("remote: ")
    return ""
