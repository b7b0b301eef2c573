"""Options that stand before the command: they are put behind it, where it knows them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Iterator, Sequence

import click

from protogen.system.suggestions import nearest

_HELP = ("-h", "--help")
_VERSION = "-V"
_SECRET = re.compile(r"://[^/@\s]*@")


def behind(
    arguments: Sequence[str],
    names: Collection[str],
    load: Callable[[str], click.Command],
    context: click.Context,
) -> list[str]:
    """The command line with its command first; as it was where the command is the one without a name.

    names: the commands. Raises UsageError, with the corrected line, for an option that the command
    doesn't know, and for a word that is no command.
    """
    if not any(each in names for each in arguments[1:]):  # nearly always, and without any import
        return list(arguments)
    before, rest = _split(arguments, _with_value(names, load))
    if not rest or any(each[0] == _VERSION for each in before):
        return list(arguments)
    if rest[0] not in names:
        near = nearest(rest[0], names)
        raise click.UsageError(
            f"there is no command {rest[0]!r}{f'; did you mean {near!r}?' if near else ''}", context
        )
    path, command = [rest[0]], load(rest[0])
    if isinstance(command, click.Group) and rest[1:2] and rest[1] in command.commands:
        path, command = rest[:2], command.commands[rest[1]]
    known = {flag for each in command.params if isinstance(each, click.Option) for flag in _flags(each)}
    unknown = [each[0] for each in before if each[0] not in known and each[0] not in _HELP]
    moved = [word for each in before if each[0] not in unknown for word in each[1]]
    corrected = [*path, *moved, *rest[len(path) :]]
    if unknown:
        shown = " ".join(("protogen", *(_SECRET.sub("://", shlex.quote(each)) for each in corrected)))
        raise MisplacedOption(
            f"protogen {' '.join(path)} has no option {', '.join(unknown)}, which stands before it",
            shown,
            context,
        )
    return corrected


class MisplacedOption(click.UsageError):
    """An option before a command that doesn't know it. corrected: the command line without it."""

    def __init__(self, message: str, corrected: str, context: click.Context) -> None:
        super().__init__(message, context)
        self.corrected = corrected


def _split(
    arguments: Sequence[str], with_value: Collection[str]
) -> tuple[list[tuple[str, list[str]]], list[str]]:
    """The options before the first word, each as its flag and its words, and the rest."""
    before: list[tuple[str, list[str]]] = []
    rest = list(arguments)
    while rest and rest[0].startswith("-") and rest[0] != "--":
        flag, equals, _ = rest[0].partition("=")
        if not flag.startswith("--") and len(flag) > 2:
            before += [(f"-{letter}", [f"-{letter}"]) for letter in flag[1:]]
            rest = rest[1:]
            continue
        length = 2 if flag in with_value and not equals else 1
        before.append((flag, rest[:length]))
        rest = rest[length:]
    return before, rest


def _with_value(names: Collection[str], load: Callable[[str], click.Command]) -> set[str]:
    """The flags of all commands that take a value."""
    return {
        flag
        for name in names
        for command in _all(load(name))
        for each in command.params
        if isinstance(each, click.Option) and not each.is_flag and not each.count
        for flag in _flags(each)
    }


def _all(command: click.Command) -> Iterator[click.Command]:
    yield command
    if isinstance(command, click.Group):
        yield from command.commands.values()


def _flags(option: click.Option) -> list[str]:
    return [*option.opts, *option.secondary_opts]
