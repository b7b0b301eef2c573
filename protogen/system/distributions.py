"""Distributions that are installed, by their metadata folders; importlib.metadata takes longer to import."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress

_METADATA = (".dist-info", ".egg-info")


def metadata(folders: Iterable[str] | None = None) -> Iterator[os.DirEntry[str]]:
    """Each distribution's metadata, called by its name and version.

    folders: those that modules are imported from, sys.path by default; what can't be read is passed over.
    """
    for folder in sys.path if folders is None else folders:
        with suppress(OSError), os.scandir(folder or ".") as found:
            yield from (each for each in found if each.name.endswith(_METADATA))
