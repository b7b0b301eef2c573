"""Every command with its options, from the command line itself."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from protogen.cli import defaults
from protogen.cli.main import COMMANDS, load
from reference.tables import code, prose, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_INTRODUCTION = """\
# Commands

Options stand after the command; without a command, the command is `generate`. Every command has `-h` and
`--help`.

An option is looked for on the command line, then in its variable, then under its key in `protogen.yaml`
([what the keys take](settings.md)). Where an option repeats, its variable holds several values with spaces
between them. `--tool NAME=PATH` has a variable of the tool's name, such as `PROTOGEN_TOOL_PROTOC_GEN_GO`.
"""
_SUFFIX = re.compile(r"\s*\[(default|env): (.*?)\]")


@dataclass(frozen=True)
class Command:
    """A command as it is typed. keys: those of protogen.yaml that it takes, by its parameters' names."""

    name: str
    click: click.Command
    keys: Mapping[str, str]


def page() -> str:
    """The page, as Markdown."""
    return "\n".join([_INTRODUCTION, *map(_section, commands())])


def commands() -> Iterator[Command]:
    """All commands, those of groups too, in the order of the registry."""
    known = {key: key for key in defaults.known(load("generate"))}
    for name in COMMANDS:
        command = load(name)
        defaults.name_variables(command)
        taken = defaults.for_command(command, known)
        if isinstance(command, click.Group):
            for below, each in command.commands.items():
                yield Command(f"{name} {below}", each, taken[below])
        else:
            yield Command(name, command, taken)


def options(command: click.Command) -> list[click.Option]:
    """The options that its help shows, but --help."""
    return [each for each in command.params if isinstance(each, click.Option) and not each.hidden]


def _section(command: Command) -> str:
    arguments = [each for each in command.click.params if isinstance(each, click.Argument)]
    usage = " ".join(["protogen", command.name, *map(_argument, arguments)])
    shown = options(command.click)
    head = ("option", "what it does", "default", "variable, key")
    rows = [_row(each, command.keys) for each in shown]
    return "\n".join(
        [
            f"## {command.name}\n",
            f"```text\n{usage}{' [OPTIONS]' if shown else ''}\n```\n",
            f"{prose(inspect.cleandoc(command.click.help or '').replace(chr(8), ''))}\n",
            table(head, rows) if shown else "It has no options.\n",
        ]
    )


def _row(option: click.Option, keys: Mapping[str, str]) -> tuple[str, ...]:
    told = option.help or ""
    said = {match[1]: match[2] for match in _SUFFIX.finditer(told)}
    variable = said.get("env") or str(option.envvar or "")
    return (
        _spelling(option),
        prose(_SUFFIX.sub("", told)),
        _default(option) or prose(said.get("default", "")),
        "<br>".join(filter(None, [code(variable), code(keys.get(str(option.name), ""))])),
    )


def _spelling(option: click.Option) -> str:
    names = " / ".join(filter(None, [", ".join(option.opts), ", ".join(option.secondary_opts)]))
    if option.is_flag:
        return code(names)
    choices = "|".join(map(str, option.type.choices)) if isinstance(option.type, click.Choice) else ""
    return code(f"{names} {option.metavar or choices or option.type.name.upper()}")


def _default(option: click.Option) -> str:
    if not option.show_default:
        return ""
    if option.is_flag and option.secondary_opts:
        return code((option.opts if option.default else option.secondary_opts)[0])
    return code(str(option.default))


def _argument(argument: click.Argument) -> str:
    name = argument.metavar or f"{argument.human_readable_name}"
    return name if argument.required or name.startswith("[") else f"[{name}]"
