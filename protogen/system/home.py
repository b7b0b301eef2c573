"""The folders of this user: home and cache, also where the system knows the user by number only."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from protogen.errors import OutputUnwritable
from protogen.system.scratch import temporary_folder

_ELSEWHERE = "run again with --cache-dir DIR, or set PROTOGEN_CACHE_DIR, to a folder that can be written"


def home_folder(environ: Mapping[str, str]) -> Path | None:
    """The home folder by HOME, else by the system's list of users; None where neither names one."""
    import pwd

    if os.path.isabs(environ.get("HOME", "")):  # noqa: PTH117
        return Path(environ["HOME"])
    try:
        entry = pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:  # a container that runs as any number
        return None
    return Path(entry) if entry.startswith("/") else None


def with_home(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment with a HOME: without one, pip and others would write into a folder called `~`.

    One that is set stays, for the settings in it. Where go can't write below it, go is given others.
    Raises OutputUnwritable where there is no folder for one.
    """
    own = environ.get("HOME")
    home = Path(own) if own else home_folder(environ) or _temporary("home")
    places = {
        "GOPATH": home / "go",
        "GOCACHE": Path(environ.get("XDG_CACHE_HOME") or home / ".cache", "go-build"),
    }
    closed = [
        name
        for name, usual in places.items()
        if not environ.get(name) and usual.is_absolute() and not _is_writable(usual)
    ]
    instead = {}
    with suppress(OutputUnwritable):  # most runs need no go
        instead = {name: str(_temporary("home") / places[name].name) for name in closed}
    return {**environ, "HOME": str(home), **instead}


def cache_folder(option: str | None, environ: Mapping[str, str]) -> Path:
    """The cache folder: the option, else PROTOGEN_CACHE_DIR, else the system's place for caches.

    Where that is none of this user's, a folder of the user's own among the temporary ones.
    Raises OutputUnwritable where there is none either.
    """
    given = option or environ.get("PROTOGEN_CACHE_DIR")
    if given:
        return Path(given).absolute()
    usual = _usual()
    return usual if usual and _can_be(usual) else _temporary("cache")


def is_temporary(cache: Path) -> bool:
    """Whether the cache is among the temporary folders, for want of a better place."""
    return (cache.parent.name, cache.name) == (_own_name(), "cache")


def _usual() -> Path | None:
    from platformdirs import user_cache_path

    try:
        usual = user_cache_path("protogen", appauthor=False)
    except (RuntimeError, KeyError, OSError):  # no home folder, by pathlib and os
        return None
    return usual if usual.is_absolute() else None


def _can_be(folder: Path) -> bool:
    """Whether it is there, or can be made; one that can only be read serves as it is."""
    return os.path.isdir(folder) or _is_writable(folder)  # noqa: PTH112 - Path raises below a closed folder


def _is_writable(folder: Path) -> bool:
    """Whether a file can be put into it, once it is made."""
    standing = next(each for each in (folder, *folder.parents) if os.path.lexists(each))
    return os.path.isdir(standing) and os.access(standing, os.W_OK | os.X_OK)  # noqa: PTH112


def _own_name() -> str:
    return f"protogen-{os.getuid()}"


def _temporary(name: str) -> Path:
    """A folder below one that nobody else can have made or may write. Raises OutputUnwritable."""
    base = temporary_folder() / _own_name()
    try:
        base.mkdir(mode=0o700, exist_ok=True)
        found = base.lstat()
        own = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022
        if own:
            (base / name).mkdir(exist_ok=True)
    except OSError:
        own = False
    if not own:
        raise OutputUnwritable(
            "this user has no home folder that can be written, and a folder among the temporary ones "
            "can't be had",
            where=str(base),
            remedy=_ELSEWHERE,
        )
    return base / name
