"""Where options come from besides the command line: PROTOGEN_… variables, then protogen.yaml."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from protogen.cli.options import FileOption
from protogen.errors import RecipeError, UsageError

if TYPE_CHECKING:
    from protogen.recipe.project_file import Setting


_FILE = "protogen.yaml"
_PAIRS = {"repo", "ref", "tool"}
# All that the commands of a group share with a run: `--out` of `recipe new` is another one.
_SHARED = {"cache_dir", "format"}
# A tool has a variable of its own name; these two are no settings of a run.
_NO_VARIABLE = {"tool", "help"}


def name_variables(command: click.Command) -> None:
    """Let every long option be given as PROTOGEN_NAME too; of a group's commands, what they share."""
    below = command.commands.values() if isinstance(command, click.Group) else ()
    shared = [option for each in below for option in _options(each) if _long_name(option) in _SHARED]
    for option in (*_options(command), *shared):
        name = _long_name(option)
        if name not in _NO_VARIABLE and not isinstance(option, FileOption):
            option.envvar = f"PROTOGEN_{name.upper()}"


def from_file(folder: Path, generate: Callable[[], click.Command]) -> dict[str, Any]:
    """The settings of protogen.yaml in the folder, which are generate's; empty where there is none.

    Raises RecipeError.
    """
    path = folder / _FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise RecipeError(f"{_FILE}: can't be read: {reason}", where=str(path)) from None
    from protogen.recipe import project_file

    return project_file.parse(text, known(generate()))


def known(generate: click.Command) -> dict[str, Setting]:
    """What the file may hold: an option's long name with `_` ▶ what it takes."""
    found = {_long_name(option): _setting(option) for option in _options(generate)}
    found.pop("help", None)
    return found


def missing(what: str, flag: str, example: str) -> UsageError:
    """The complaint that neither the command line nor the file says what is wanted."""
    return UsageError(
        f"no {what} is given", where=f"{flag}, or {_FILE}", remedy=f"run again with {flag} {example}"
    )


def for_command(command: click.Command, read: Mapping[str, Any]) -> dict[str, Any]:
    """The part of the settings that a command takes, by its parameters' names; a group's, by command."""
    if isinstance(command, click.Group):
        shared = {key: value for key, value in read.items() if key in _SHARED}
        return {name: for_command(each, shared) for name, each in command.commands.items()}
    options = {_long_name(option): str(option.name) for option in _options(command)}
    return {name: read[key] for key, name in options.items() if key in read}


def _options(command: click.Command) -> list[click.Option]:
    return [each for each in command.params if isinstance(each, click.Option) and _long_name(each)]


def _long_name(option: click.Option) -> str:
    long = next((name for name in option.opts if name.startswith("--")), "")
    return long[2:].replace("-", "_")


def _setting(option: click.Option) -> Setting:
    from protogen.recipe.project_file import Setting

    choices = tuple(option.type.choices) if isinstance(option.type, click.Choice) else ()
    told = option.help or ""
    if isinstance(option, FileOption):
        return Setting("mapping", help=told, shape=option.shape())
    if option.is_flag:
        return Setting("flag", help=told)
    if option.multiple:
        return Setting("pairs" if _long_name(option) in _PAIRS else "texts", help=told)
    return Setting("number" if isinstance(option.type, click.IntRange) else "text", choices, told)
