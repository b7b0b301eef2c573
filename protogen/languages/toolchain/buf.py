"""buf, where it is at hand: given, on PATH, or of the Python distribution that brings it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

from protogen import DISTRIBUTION
from protogen.errors import ToolMissing
from protogen.languages.toolchain.programs import Program
from protogen.languages.toolchain.toolbox import Toolbox

NAME: Final = "buf"
HOMES: Final = (
    "HOME",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "BUF_CACHE_DIR",
    "BUF_CONFIG_DIR",
)
"""Variables that name the folders below which it keeps what it downloads: it wants them, though it downloads
nothing here."""


def find(toolbox: Toolbox, option: str = "") -> Program | None:
    """buf as it was given, or on PATH, or beside the Python that runs; None where there is none.

    option: the one that asks for it, so that it must be there.
    Raises ToolMissing where it isn't, or where what was given is no program.
    """
    if NAME in toolbox.given:
        return toolbox.take_given(NAME)
    beside = Path(sys.executable).parent
    for where, found in (("PATH", toolbox.environ.get("PATH", "")), ("beside Python", str(beside))):
        path = shutil.which(NAME, path=found)
        version = toolbox.ask_version(Path(path)) if path else ""
        if path and version:
            return Program(NAME, version, Path(path), where)
    if option:
        raise ToolMissing(
            f"there is no buf, which alone says what breaks, and {option} asks for it",
            where="PATH",
            remedy=f"pip install '{DISTRIBUTION}[diff]', or give it: --tool buf=PATH",
        )
    return None
