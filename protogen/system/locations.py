"""Where repositories are: URLs and paths from users and recipes, checked and freed of credentials.

Pure, but for `absolute`.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

_SCHEMES = ("https", "http", "ssh", "git", "file")
# As git takes it for one: a colon before the first slash. A host may stand in brackets: [::1]:path.
_SCP = re.compile(r"(?:[^/:@\[\]]+@)?(?:\[[^/\[\]]+\]|[^/:\[\]]+):(?!//).+", re.DOTALL)
# Within a text, as far as the next space: a password may hold, unescaped, what no URL may.
_WITHIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s]+")


def is_url(location: str) -> bool:
    """Whether it is a URL or an scp-like address (`git@host:path`), and not a path.

    Source of the rule: git's url.c and connect.c, url_is_local_not_ssh.
    """
    return "://" in location or bool(_SCP.fullmatch(location))


def absolute(location: str) -> str:
    """The location; a path from the root. What stands on this disk under the name is a path, as for git."""
    here = Path(location).absolute()
    return location if "://" in location or (is_url(location) and not here.exists()) else str(here)


def check_url(location: str) -> None:
    """Refuse a location that git could take for an option or a transport that runs commands.

    Raises ValueError with the reason.
    """
    if not location:
        raise ValueError("an empty location")
    if len(location) > 2000:
        raise ValueError("a location of more than 2000 characters")
    if any(ord(character) < 32 or 127 <= ord(character) < 160 for character in location):
        raise ValueError("a control character in the location")
    if location.startswith("-"):
        raise ValueError(f"{without_credentials(location)!r}: starts with '-'")
    if "://" not in location and location.split("/", 1)[0].rpartition("@")[2].lstrip("[").startswith("-"):
        raise ValueError(f"{location!r}: the host starts with '-'")
    if "::" in re.sub(r"\[[^\]]*\]", "", location.split("/", 1)[0]):
        raise ValueError(f"{location.split('::', 1)[0]}:: names a transport that can run commands")
    if "://" in location:
        parts = _split(location)
        if parts.scheme not in _SCHEMES:
            raise ValueError(f"{parts.scheme}:// is not a transport of git; use one of {', '.join(_SCHEMES)}")
        if parts.scheme in {"http", "https"} and not _has_port(parts):
            # Not shown: what follows the colon is a password, cut off at a character that ends the host.
            raise ValueError(f"{parts.scheme}://…: no port; in a password / is %2F, ? is %3F and # is %23")
        if problem := _problem(parts):
            raise ValueError(f"{without_credentials(location)!r}: {problem}")


def _problem(parts: SplitResult) -> str:
    """What makes a URL no address of a repository; empty where nothing does."""
    if parts.netloc.rpartition("@")[2].startswith("-") or parts.netloc.startswith("-"):
        return "the host starts with '-'"
    if parts.scheme != "file" and not parts.hostname:
        return "no host"
    # Both would stand in the list of processes, where every user of the machine can read them.
    if parts.scheme == "ssh" and parts.password is not None:
        return "ssh takes no password from a URL"
    if parts.scheme in {"http", "https"} and parts.query:
        return "git takes no query in a URL"
    return "'..' in the URL" if ".." in parts.path.split("/") else ""


def _has_port(parts: SplitResult) -> bool:
    """Whether the port is a number, or left out."""
    try:
        return parts.port is None or parts.port >= 0
    except ValueError:
        return False


def check_ref(ref: str) -> None:
    """Refuse what git's own rules for ref names refuse, and what could pass for an option.

    Source of the rules: git-check-ref-format(1). Raises ValueError with the reason.
    """
    if not ref:
        raise ValueError("an empty ref")
    if len(ref) > 250:
        raise ValueError("a ref of more than 250 characters")
    if ref.startswith(("-", "+")):
        raise ValueError(f"{ref!r}: a ref can't start with {ref[0]!r}")
    if any(ord(character) <= 32 or 127 <= ord(character) < 160 for character in ref):
        raise ValueError(f"{ref!r}: a ref can't contain a space or a control character")
    if ".." in ref:
        raise ValueError(f"{ref!r}: a ref can't contain '..'")
    if any(character in ref for character in "~^:?*[\\") or "@{" in ref or "//" in ref or ref == "@":
        raise ValueError(f"{ref!r}: a ref can't contain any of ~ ^ : ? * [ \\ @{{ //")
    if ref.startswith("/") or ref.endswith(("/", ".", ".lock")):
        raise ValueError(f"{ref!r}: a ref can't start with '/' or end with '/', '.' or '.lock'")
    if any(part.startswith(".") or part.endswith(".lock") for part in ref.split("/")):
        raise ValueError(f"{ref!r}: no part of a ref can start with '.' or end with '.lock'")


def without_credentials(location: str) -> str:
    """The location without user and password; an ssh user, which is no secret, stays."""
    if "://" not in location:
        return location
    parts = _split(location)
    user, at, host = parts.netloc.rpartition("@")
    if at and parts.scheme == "ssh":
        user = user.split(":", 1)[0]
        host = f"{user}@{host}"
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def urls_without_credentials(text: str) -> str:
    """The text, each URL in it without user, password and query."""

    def shown(url: re.Match[str]) -> str:
        try:
            return without_credentials(url[0])
        except ValueError:
            return f"{url[0].partition('://')[0]}://…"

    return _WITHIN.sub(shown, text) if "://" in text else text


def secrets(location: str) -> tuple[str, ...]:
    """The parts of the location that must not be shown: the user and password of a URL, and its query."""
    if "://" not in location:
        return ()
    parts = _split(location)
    user, at, _ = parts.netloc.rpartition("@")
    found = [parts.query] if parts.query else []
    if at and parts.scheme != "ssh":
        found += [user, *user.split(":", 1)]
    elif ":" in user:
        found += [user, user.split(":", 1)[1]]
    found += [unquote(text) for text in found]
    return tuple(sorted({text for text in found if text}, key=len, reverse=True))


def _split(location: str) -> SplitResult:
    try:
        return urlsplit(location)
    except ValueError as error:
        raise ValueError(f"not a URL: {error}") from None
