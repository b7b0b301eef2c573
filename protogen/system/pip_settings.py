"""The index that pip is set to: which addresses, certificates, proxy and limits apply. Pure, but for `read`.

The rules are pip's own: its user guide's chapter on configuration, and `pip._internal.configuration`.
"""

from __future__ import annotations

import configparser
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from protogen.errors import UsageError
from protogen.system.home import home_folder

_SECTIONS = ("global", "install", "download")
_TRUE = {"y", "yes", "t", "true", "on", "1"}
_PROVIDERS = ("auto", "import", "subprocess", "disabled")
_FALSE = {"n", "no", "f", "false", "off", "0", ""}


@dataclass(frozen=True)
class PipSettings:
    """What pip would use."""

    indexes: tuple[str, ...] = ("",)
    """Addresses in order, the main one first, maybe with credentials; an empty one is pip's default."""
    no_index: bool = False
    cert: str = ""
    """A file of certificates; empty for the built-in ones."""
    client_cert: str = ""
    proxy: str = ""
    trusted_hosts: tuple[str, ...] = ()
    """Each `host` or `host:port`."""
    timeout: float = 15.0
    """In seconds."""
    retries: int = 5
    """After the first try."""
    keyring: str = "auto"
    """The provider: `auto`, `import`, `subprocess` or `disabled`."""
    no_input: bool = False
    """Whether nobody may be asked anything."""


def parse(environ: Mapping[str, str], files: Sequence[tuple[str, str]]) -> PipSettings:
    """The settings from the environment and from pip's files (name, text), weakest first.

    Raises UsageError for a file or a value that pip refuses as well.
    """
    values: dict[str, str] = {}
    texts = [_sections(name, text) for name, text in files]
    for section in _SECTIONS:
        for sections in texts:
            values.update(sections.get(section, {}))
    values.update(_from_environment(environ))
    main = values.get("index-url", "").strip()
    extra = values.get("extra-index-url", "").split()
    return PipSettings(
        indexes=tuple(dict.fromkeys((main, *extra))),
        no_index=_truth("no-index", values.get("no-index", "")),
        cert=values.get("cert", "").strip() or _bundle(environ),
        client_cert=values.get("client-cert", "").strip(),
        proxy=values.get("proxy", "").strip(),
        trusted_hosts=tuple(values.get("trusted-host", "").split()),
        timeout=_number("timeout", values.get("timeout") or values.get("default-timeout") or "15"),
        retries=int(_number("retries", values.get("retries") or "5")),
        keyring=_one_of("keyring-provider", values.get("keyring-provider") or "auto", _PROVIDERS),
        no_input=_truth("no-input", values.get("no-input", "")),
    )


def locations(environ: Mapping[str, str], *, platform: str, prefix: str, home: Path) -> tuple[Path, ...]:
    """The files that pip reads, weakest first, whether they exist or not.

    A file that PIP_CONFIG_FILE names replaces the user's own ones; os.devnull, all of them.
    platform: as sys.platform; prefix: as sys.prefix.
    """
    named = environ.get("PIP_CONFIG_FILE", "")
    if named == os.devnull:
        return ()
    site = Path(prefix, "pip.conf")
    if named and Path(named).is_file():
        return (*_shared(environ, platform), site, Path(named))
    return (*_shared(environ, platform), *_own(environ, platform, home), site)


def read(environ: Mapping[str, str]) -> PipSettings:
    """The settings of this machine and user. Raises UsageError."""
    files = []
    home = home_folder(environ) or Path("/nonexistent")
    for path in locations(environ, platform=sys.platform, prefix=sys.prefix, home=home):
        try:
            files.append((str(path), path.read_text(encoding="utf-8")))
        except OSError:
            continue
        except UnicodeDecodeError:
            raise _unreadable(str(path), "not UTF-8 text") from None
    return parse(environ, files)


def _shared(environ: Mapping[str, str], platform: str) -> tuple[Path, ...]:
    if platform == "darwin":
        return (Path("/Library/Application Support/pip/pip.conf"),)
    folders = environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    return (
        *(Path(folder, "pip", "pip.conf") for folder in folders.split(os.pathsep) if folder),
        Path("/etc/pip.conf"),
    )


def _own(environ: Mapping[str, str], platform: str, home: Path) -> tuple[Path, ...]:
    legacy = home / ".pip" / "pip.conf"
    if platform == "darwin":
        library = home / "Library" / "Application Support" / "pip"
        folder = library if library.is_dir() else home / ".config" / "pip"
    else:
        folder = Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip"
    return legacy, folder / "pip.conf"


def _sections(name: str, text: str) -> dict[str, dict[str, str]]:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error as error:
        reason = type(error).__name__  # the error's own text quotes lines, which may hold a password
        raise _unreadable(name, reason) from None
    return {
        section: {_key(name): value for name, value in parser.items(section)} for section in parser.sections()
    }


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """pip takes no notice of a variable that is empty."""
    return {
        _key(name.removeprefix("PIP_").lower()): value
        for name, value in environ.items()
        if name.startswith("PIP_") and value
    }


def _key(name: str) -> str:
    return name.lower().replace("_", "-").removeprefix("--")


def _bundle(environ: Mapping[str, str]) -> str:
    names = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
    return next((environ[name] for name in names if environ.get(name)), "")


def _truth(key: str, value: str) -> bool:
    word = value.strip().lower()
    if word not in _TRUE | _FALSE:
        raise _senseless(key, value, "yes or no")
    return word in _TRUE


def _one_of(key: str, value: str, known: tuple[str, ...]) -> str:
    if value.strip() not in known:
        raise _senseless(key, value, f"one of {', '.join(known)}")
    return value.strip()


def _number(key: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 86400:
        raise _senseless(key, value, "a number of at least 0")
    return number


def _senseless(key: str, value: str, expected: str) -> UsageError:
    return UsageError(
        f"pip's setting {key} is {value!r}; it should be {expected}",
        where="pip's settings",
        remedy="pip config list",
    )


def _unreadable(file: str, reason: str) -> UsageError:
    return UsageError(f"pip's settings can't be read: {reason}", where=file, remedy="pip config debug")
