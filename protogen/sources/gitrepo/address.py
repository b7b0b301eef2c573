"""The address that git gets for a repository: without credentials, which reach it by environment. Pure.

git hands a remote's URL to the program that speaks its transport as an argument, which every user of
the machine can read. A credential helper that reads its environment isn't seen by others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit, urlunsplit

# No user's url.*.insteadOf matches it, so that what git made of the URL isn't rewritten again.
_PLACEHOLDER = "protogen-remote:"
# git calls it with `get`, and with `store` or `erase` afterwards.
_HELPER = (
    "!f() { test \"$1\" = get && printf 'username=%s\\npassword=%s\\n' "
    '"$PROTOGEN_GIT_USERNAME" "$PROTOGEN_GIT_PASSWORD"; }; f'
)


@dataclass(frozen=True)
class Address:
    """Where a repository is. url: without credentials. settings: git's own; environ: further variables."""

    url: str
    settings: Sequence[tuple[str, str]] = ()
    environ: Mapping[str, str] = field(default_factory=dict)


def address(url: str) -> Address:
    """The address of a URL that was rewritten by git already.

    The user's own credential helpers are left out for a host whose password the URL gives: they
    would be asked to store it. Raises ValueError for credentials that can't be handed over.
    """
    clean, user, password = _split(url)
    settings = [
        ("remote.origin.url", _PLACEHOLDER),
        (f"url.{clean}.insteadOf", _PLACEHOLDER),
    ]
    if not user and password is None:
        return Address(clean, settings)
    if any(ord(character) < 32 for character in user + (password or "")):
        raise ValueError("a control character in the credentials")
    host = urlunsplit((*urlsplit(clean)[:2], "", "", ""))
    if password is None:
        return Address(clean, [*settings, (f"credential.{host}.username", user)])
    settings += [(f"credential.{host}.helper", ""), (f"credential.{host}.helper", _HELPER)]
    return Address(clean, settings, {"PROTOGEN_GIT_USERNAME": user, "PROTOGEN_GIT_PASSWORD": password})


def _split(url: str) -> tuple[str, str, str | None]:
    """The URL without credentials, the user, and the password where there is one."""
    scheme, mark, _ = url.partition("://")
    if not mark or scheme.lower() not in {"http", "https"}:
        return url, "", None
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, "", None
    name, colon, password = user.partition(":")
    clean = urlunsplit((parts.scheme, host, parts.path, parts.query, parts.fragment))
    return clean, unquote(name), unquote(password) if colon else None
