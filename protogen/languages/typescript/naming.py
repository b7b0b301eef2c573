"""Which names npm's registry takes. Pure."""

from __future__ import annotations

import re

_LONGEST = 214
_PLAIN = re.compile(r"(?:@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*")
# Source: the npm package validate-npm-package-name. Modules of Node are what an import finds first.
_TAKEN = frozenset(
    "assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns "
    "domain events favicon.ico fs http http2 https inspector module net node_modules os path perf_hooks "
    "process punycode querystring readline repl stream string_decoder sys timers tls trace_events tty url "
    "util v8 vm wasi worker_threads zlib".split()
)


def problem(name: str) -> str:
    """Why no new package can be called so; empty where one can."""
    if len(name) > _LONGEST:
        return f"it is longer than {_LONGEST} characters"
    if name in _TAKEN:
        return "Node or npm has something of this name"
    if not _PLAIN.fullmatch(name):
        return "NAME and @SCOPE/NAME are of small letters, digits and - . _, and begin with a letter or digit"
    return ""


def nearest(name: str) -> str:
    """A name like this one that a package can have."""
    before, slash, after = name.strip().lower().rpartition("/")
    scope, own = (re.sub(r"[^a-z0-9._-]+", "-", part.strip()).strip("-._") for part in (before, after))
    found = f"@{scope}/{own or 'client'}" if slash and scope else own
    return (f"{found}-client".lstrip("-") if not found or found in _TAKEN else found)[:_LONGEST]
