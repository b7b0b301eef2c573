"""Files that differ in their line ends only, as git checks them out where it is set to convert them."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from pathlib import Path


def unconverted(content: bytes) -> bytes:
    """A text with the line ends that protogen writes."""
    return content.replace(b"\r\n", b"\n")


def differ_only(found: bytes, written: bytes) -> bool:
    """Whether a file is what was written, but for line ends."""
    return found != written and unconverted(found) == unconverted(written)


def keep(outs: Iterable[Path]) -> str:
    """The command that keeps git from converting the files below these folders; empty outside of git."""
    lines: dict[Path, list[str]] = {}
    for out in outs:
        root = _repository(out)
        if root:
            below = Path(os.path.realpath(out)).relative_to(root).as_posix()
            lines.setdefault(root, []).append(_attribute("**" if below == "." else f"{below}/**"))
    commands = []
    for root, each in lines.items():
        file = Path(os.path.relpath(root / ".gitattributes"))
        commands.append(f"printf '%s\\n' {shlex.join(each)} >> {shlex.quote(str(file))}")
    return " && ".join(commands)


def _attribute(pattern: str) -> str:
    """A line of gitattributes(5), where a pattern with a blank stands in quotes."""
    quoted = f'"{pattern}"' if " " in pattern else pattern
    return f"{quoted} -text"


def _repository(folder: Path) -> Path | None:
    """The work tree of git that a folder lies in."""
    real = Path(os.path.realpath(folder))
    return next((each for each in (real, *real.parents) if (each / ".git").exists()), None)
