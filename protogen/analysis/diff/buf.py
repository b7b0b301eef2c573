"""buf, where it is at hand: what it finds broken between two descriptor sets, without its network."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from protogen import DISTRIBUTION
from protogen.analysis.diff.change import Finding
from protogen.errors import ToolFailed, ToolMissing
from protogen.languages.toolchain.programs import Program
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.system.process import Finished
from protogen.system.scratch import disk_full, scratch

NAME: Final = "buf"
CATEGORIES: Final = ("FILE", "PACKAGE", "WIRE_JSON", "WIRE")
"""buf's categories of rules, the strictest first; each of them refuses all that the next refuses."""
_SECONDS = 120.0
# It found nothing, or something.
_ENDS = (0, 100)
# buf 1.75 fails by these rules where a value went from an enum that moved away from a file that is gone.
_STUMBLES = "cannot add annotation for unknown file"
_STUMBLING = (
    "ENUM_VALUE_NO_DELETE",
    "ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED",
    "ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED",
)
# buf keeps what it downloads below these; it downloads nothing here, but wants the folders.
_HOMES = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "BUF_CACHE_DIR", "BUF_CONFIG_DIR")


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


def breaking(
    tool: Program, old: bytes, new: bytes, category: str, toolbox: Toolbox
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """What buf finds broken from one serialized FileDescriptorSet to the other, and rules it couldn't check.

    Raises ToolMissing, ToolFailed.
    """
    unchecked: tuple[str, ...] = ()
    done = _run(tool, old, new, category, unchecked, toolbox)
    if done.returncode not in _ENDS and _STUMBLES in done.message:
        unchecked = _STUMBLING
        done = _run(tool, old, new, category, unchecked, toolbox)
    message = done.message or f"it ended with {done.returncode}"
    if done.returncode in _ENDS:
        try:
            return tuple(dict.fromkeys(_findings(done.stdout.decode("utf-8", "replace")))), unchecked
        except ValueError as error:
            message = str(error)
    raise disk_full(message) or ToolFailed(
        f"buf {tool.version} can't compare the releases: {message}",
        where=str(tool.path),
        remedy="run again with --rules none to see what changed, without a word on what breaks",
    )


def _run(
    tool: Program, old: bytes, new: bytes, category: str, unchecked: tuple[str, ...], toolbox: Toolbox
) -> Finished:
    config = {"version": "v2", "breaking": {"use": [category], "except": unchecked}}
    with scratch() as folder:
        (folder / "old.binpb").write_bytes(old)
        (folder / "new.binpb").write_bytes(new)
        environ = {key: value for key, value in toolbox.environ.items() if not key.startswith("BUF_")}
        environ |= dict.fromkeys(_HOMES, str(folder))
        argv = [str(tool.path), "breaking", "new.binpb", "--against", "old.binpb"]
        flags = ["--error-format", "json", "--config", json.dumps(config)]
        return toolbox.processes.run([*argv, *flags], timeout=_SECONDS, cwd=folder, env=environ)


def _findings(output: str) -> Iterator[Finding]:
    """One JSON object a line; raises ValueError for anything else."""
    for line in filter(None, output.splitlines()):
        found = json.loads(line)
        if not isinstance(found, dict) or not {"type", "message"} <= found.keys():
            raise ValueError(f"not a finding of buf: {line[:200]}")
        yield Finding(
            str(found["type"]),
            str(found.get("path") or ""),
            int(found.get("start_line") or 0),
            str(found["message"]),
        )
