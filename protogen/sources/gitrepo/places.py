"""How the cache knows a remote. Pure."""

from __future__ import annotations

import re

from protogen.system.locations import without_credentials


def clean(url: str) -> str:
    """What tells repositories apart, and shows no credentials."""
    return without_credentials(url).removesuffix("/").removesuffix(".git")


def slug(url: str) -> str:
    """The last part of the URL, for the names of entries."""
    return re.sub(r"[^A-Za-z0-9]+", "-", clean(url).rsplit("/", 1)[-1]).strip("-")[:40]
