"""What git's own words mean: which error, and whether it may pass. Only read where git failed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from protogen.errors import ReleaseNotFound, SourceRefused, SourceUnreachable
from protogen.locations import secrets, without_credentials

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


def failure(url: str, words: str) -> ProtogenError:
    """What git's own words mean, as an error; words carry no credentials."""
    place = without_credentials(url)
    if told := _line(_NO_COMMIT, words, place):
        return ReleaseNotFound(
            f"{place} doesn't have that commit or ref: {told}",
            where=place,
            remedy="check the id, or name a branch or tag instead",
        )
    unreachable = _line(_UNREACHABLE, words, place)
    if (told := _line(_REFUSED, words, place)) and not unreachable:
        return SourceRefused(
            f"{place} refuses: {told}",
            where=place,
            remedy=f"check the address and your credentials: git ls-remote -- {place}",
        )
    if unreachable:
        return SourceUnreachable(f"{place} can't be reached: {unreachable}", where=place)
    return SourceRefused(f"git failed on {place}: {words}", where=place, remedy=f"git ls-remote -- {place}")


def may_pass(error: SourceUnreachable) -> bool:
    """Whether the remote may answer a moment later."""
    return _TRANSIENT.search(error.message) is not None


def scrub(words: str, url: str) -> str:
    """The words without the URL's credentials."""
    for secret in secrets(url):
        words = words.replace(secret, "***")
    return words


def _line(kind: re.Pattern[str], words: str, place: str) -> str:
    """The first line that says so, without git's own prefix; empty where none does.

    The remote's name says nothing of what happened, such as that of a repository of SSL.
    """
    lines = words.splitlines()
    found = next((line for line in lines if kind.search(line.replace(place, "") if place else line)), "")
    return found.removeprefix("fatal: ").removeprefix("error: ").removeprefix("remote: ")
