"""buf, where it is at hand: what it finds broken between two descriptor sets, without its network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from protogen.analysis.diff.change import Finding
from protogen.errors import ToolFailed
from protogen.languages.toolchain.buf import HOMES
from protogen.languages.toolchain.programs import Program
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.system.process import Finished
from protogen.system.scratch import disk_full, scratch

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
        environ |= dict.fromkeys(HOMES, str(folder))
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
