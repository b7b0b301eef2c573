"""The environment that git gets: the user's ways to reach and authenticate, nothing that leads it elsewhere.

Addresses and credentials go by it too: git hands a remote's URL to the program that speaks its transport
as an argument, which every user of the machine can read; a credential helper that reads its environment
isn't seen by others. Pure. What is kept, appended to and dropped is in docs/reliability.md.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit, urlunsplit

# What configures the transport may come in; what would point git at another repository may not.
_KEPT = re.compile(
    r"GIT_(SSH|SSH_COMMAND|SSH_VARIANT|SSL_\w+|ASKPASS|PROXY_\w+|HTTP_\w+|EXEC_PATH|"
    r"CONFIG_(GLOBAL|SYSTEM|NOSYSTEM))"
)
# A trace into a file or socket is the user's; one into stderr would be taken for git's messages.
_TRACE = re.compile(r"GIT_(TRACE\w*)")
_TRACE_TARGET = re.compile(r"/|af_unix:")
_TRACE_OPTION = re.compile(
    r"GIT_TRACE(_REDACT|_CURL_NO_DATA|2_(BRIEF|EVENT_BRIEF|PERF_BRIEF|CONFIG_PARAMS|ENV_VARS|MAX_FILES|"
    r"EVENT_NESTING|DST_DEBUG|PARENT_\w+))"
)
# Settings in the environment: how to reach, authenticate and trust a remote.
_SETTING = re.compile(
    r"(core\.(sshcommand|askpass|gitproxy)|(credential|https?|url|ssh|protocol|safe|include|includeif)\..+)",
    re.IGNORECASE | re.DOTALL,
)
_MOST_SETTINGS = 1000
_OWN = (
    ("protocol.ext.allow", "never"),
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("transfer.fsckObjects", "false"),
    # Larger objects are streamed to disk instead of being held in memory.
    ("core.bigFileThreshold", "20m"),
)
_WORD = re.compile(r"(?:'[^']*'|\\.|[^\s'\\])+", re.DOTALL)
# No user's url.*.insteadOf matches it, so that what git made of the URL isn't rewritten again.
_PLACEHOLDER = "protogen-remote:"
# git calls it with `get`, and with `store` or `erase` afterwards.
_HELPER = (
    "!f() { test \"$1\" = get && printf 'username=%s\\npassword=%s\\n' "
    '"$PROTOGEN_GIT_USERNAME" "$PROTOGEN_GIT_PASSWORD"; }; f'
)


@dataclass(frozen=True)
class Address:
    """Where a repository is, as git is told."""

    url: str
    """Without credentials."""
    settings: Sequence[tuple[str, str]] = ()
    """Git's own."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """Further variables."""


def environment(inherited: Mapping[str, str], settings: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The environment for git: inherited GIT_* that would lead it elsewhere removed, no prompts.

    settings are git's own (`remote.origin.url`), passed by environment: an argument could be read
    by every user of the machine, and could pass for an option. They follow the user's, so they win.
    """
    own = {
        key: value for key, value in inherited.items() if not key.startswith("GIT_") or _is_kept(key, value)
    }
    own |= {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh", "LC_ALL": "C"}
    pairs = [(key, value) for key, value in user_settings(inherited) if _SETTING.fullmatch(key)]
    pairs += [*_OWN, *settings]
    for number, (key, value) in enumerate(pairs):
        own |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return own | {"GIT_CONFIG_COUNT": str(len(pairs))}


def user_settings(inherited: Mapping[str, str]) -> list[tuple[str, str]]:
    """The settings that the user's environment gives git, weakest first.

    GIT_CONFIG_PARAMETERS, which git writes for its children from `git -c`, wins over
    GIT_CONFIG_COUNT: left where it is, it would win over ours as well.
    """
    return [*_counted(inherited), *_parameters(inherited.get("GIT_CONFIG_PARAMETERS", ""))]


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


def _is_kept(key: str, value: str) -> bool:
    if _TRACE.fullmatch(key):
        return bool(_TRACE_OPTION.fullmatch(key) or _TRACE_TARGET.match(value))
    return bool(_KEPT.fullmatch(key))


def _counted(inherited: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    count = inherited.get("GIT_CONFIG_COUNT", "").strip()
    if not count.isdecimal():
        return
    for number in range(min(int(count), _MOST_SETTINGS)):
        key, value = (inherited.get(f"GIT_CONFIG_{part}_{number}") for part in ("KEY", "VALUE"))
        if key and value is not None:
            yield key, value


def _parameters(text: str) -> Iterator[tuple[str, str]]:
    """The pairs of GIT_CONFIG_PARAMETERS: `'key'='value'`, from git before 2.31 `'key=value'`.

    Source: git's config.c, git_config_from_parameters. A key alone means true.
    """
    try:
        quoted = [(word, _unquoted_equals(word)) for word in _words(text)]
        for word, place in quoted:
            if place >= 0:
                key, value = shlex.split(word[:place])[0], "".join(shlex.split(word[place + 1 :]))
                yield key, value
            else:
                key, equals, value = shlex.split(word)[0].partition("=")
                yield key, value if equals else "true"
    except (ValueError, IndexError):
        return


def _words(text: str) -> list[str]:
    """The words of a line as git quotes them, quotes kept: `'`, and `\\'` or `\\!` outside of quotes."""
    if _WORD.sub("", text).strip():
        raise ValueError("a quote that doesn't end")
    return _WORD.findall(text)


def _unquoted_equals(word: str) -> int:
    """Where the first equals sign outside of quotes is; -1 where there is none."""
    outside = re.sub(r"'[^']*'|\\.", lambda quoted: "_" * len(quoted[0]), word, flags=re.DOTALL)
    return outside.find("=")


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
