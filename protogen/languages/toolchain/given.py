"""The tools that the user gives, by options and variables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from protogen.errors import UsageError
from protogen.languages.toolchain.remedies import variable
from protogen.system.suggestions import nearest


def given_tools(
    options: tuple[str, ...], environ: Mapping[str, str], known: tuple[str, ...]
) -> dict[str, Path]:
    """The paths that --tool NAME=PATH and PROTOGEN_TOOL_NAME give; the option wins.

    Raises UsageError for an option that isn't NAME=PATH or names no known tool.
    """
    given = {}
    for name in known:
        value = environ.get(variable(name))
        if value:
            given[name] = Path(value).absolute()
    for option in options:
        name, equals, path = option.partition("=")
        if not equals or not path:
            raise _no_tool(f"{option!r} is not NAME=PATH", name, known)
        if name not in known:
            raise _no_tool(f"no tool {name!r}; there are {', '.join(known)}", name, known)
        given[name] = Path(path).absolute()
    return given


def _no_tool(message: str, name: str, known: tuple[str, ...]) -> UsageError:
    meant = nearest(name, known) or known[0]
    return UsageError(message, where="--tool", remedy=f"run again with --tool {meant}=PATH")
