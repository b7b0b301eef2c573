"""How the operating system's refusals are told to the user."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from protogen.errors import OutputUnwritable, ProtogenError

_OPTION = "--out"
_ELSEWHERE = "choose another folder with {option}"
_FREE_SPACE = f"free some space there, or {_ELSEWHERE}"
_MAKE_WRITABLE = f"make it writable for you, or {_ELSEWHERE}"
_REASONS = {
    errno.ENOSPC: ("the disk is full", _FREE_SPACE),
    errno.EDQUOT: ("the disk quota is used up", _FREE_SPACE),
    errno.EROFS: ("the file system is read-only", _ELSEWHERE),
    errno.EACCES: ("permission denied", _MAKE_WRITABLE),
    errno.EPERM: ("permission denied", _MAKE_WRITABLE),
}


@contextmanager
def explained(where: Path, *, consequence: str = "", option: str = _OPTION) -> Iterator[None]:
    """Turn an OSError into OutputUnwritable for the folder where, which the option named.

    consequence ends the message.
    """
    try:
        yield
    except OSError as error:
        raise unwritable(error, where, consequence=consequence, option=option) from error


def unwritable(
    error: OSError, where: Path, *, consequence: str = "", option: str = _OPTION
) -> OutputUnwritable:
    """The error to show for the refusal of the operating system."""
    plain = (error.strerror or str(error), f"correct that, or {_ELSEWHERE}")
    reason, remedy = _REASONS.get(error.errno or 0, plain)
    named = isinstance(error.filename, str | bytes | os.PathLike)
    path = os.fsdecode(error.filename) if named else str(where)
    return OutputUnwritable(
        f"{where} can't be written: {reason}{consequence}", where=path, remedy=remedy.format(option=option)
    )


def in_place_of_folder(path: Path) -> ProtogenError:
    """The error for a file that stands where the output folder, or a parent of it, must be."""
    return OutputUnwritable(
        f"{path} is a file, not a folder",
        where=str(path),
        remedy=f"move it away, or {_ELSEWHERE.format(option=_OPTION)}",
    )
