"""What to do about a tool that fails, by where it came from. Pure."""

from __future__ import annotations

import errno
import re
import shlex
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from protogen.errors import ProtogenError, ToolFailed, VerificationFailed
from protogen.languages.toolchain.programs import GIVEN, ON_PATH, Program, variable

# What Go says of a program that it built, and the dynamic linker of a compiled module.
_BARRED = re.compile(r"fork/exec (?P<go>/\S+): permission denied|(?P<module>/\S+): failed to map segment")


def another(tool: Program, language: str, environ: Mapping[str, str]) -> str:
    """How to take another one instead of a tool that fails."""
    if tool.found == GIVEN:
        return f"run again {_ungiven(tool, environ)}, or give another: --tool {tool.name}=PATH"
    if tool.found == ON_PATH:
        return (
            f"run again without {tool.path.parent} on PATH, so that protogen installs {tool.name} itself, "
            f"or give another: --tool {tool.name}=PATH"
        )
    return (
        f"set another version than {tool.version} in languages.{language}.tools of the recipe, "
        f"or give one: --tool {tool.name}=PATH"
    )


def unstartable(
    tool: Program, language: str, environ: Mapping[str, str], reason: BaseException | None
) -> str:
    """What to do about a tool that the system doesn't start. reason: the system's own error."""
    if getattr(reason, "errno", None) != errno.EACCES:
        return f"give one that is made for this machine: --tool {tool.name}=PATH"
    if tool.found in (GIVEN, ON_PATH):
        return f"chmod +x {tool.path}, or {another(tool, language, environ)}"
    return (
        f"run again with --cache-dir DIR, a folder where programs may run: {tool.path.parent} is none, "
        "as on a file system mounted with noexec"
    )


def barred(printed: str) -> ProtogenError | None:
    """The error that a child printed, where it may not run what it put into a scratch folder."""
    found = _BARRED.search(printed)
    if not found:
        return None
    folder = tempfile.gettempdir()
    return ToolFailed(
        f"programs can't be run in {folder}, as on a file system mounted with noexec: {found[0]}",
        where=folder,
        remedy="set TMPDIR to a folder where programs may run, and run the same command again",
    )


def failed(message: str, argv: Sequence[str], cwd: Path, extra: Mapping[str, str]) -> VerificationFailed:
    """The error of a step that a package doesn't pass, with the command that tries it again."""
    settings = [f"{name}={shlex.quote(value)}" for name, value in extra.items()]
    command = " ".join([*settings, shlex.join(argv)])
    return VerificationFailed(message, where=str(cwd), remedy=f"cd {shlex.quote(str(cwd))} && {command}")


def _ungiven(tool: Program, environ: Mapping[str, str]) -> str:
    if environ.get(variable(tool.name)) and str(tool.path).endswith(
        environ[variable(tool.name)].lstrip("./")
    ):
        return f"without {variable(tool.name)}"
    return f"without --tool {tool.name}"
