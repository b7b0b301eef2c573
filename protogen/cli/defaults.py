"""Where options come from: the command line, before the command too; PROTOGEN_… variables; protogen.yaml."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from protogen.errors import RecipeError, UsageError
from protogen.system.locations import urls_without_credentials
from protogen.system.suggestions import nearest

if TYPE_CHECKING:
    import msgspec

    from protogen.recipe.project_file import Setting


_FILE = "protogen.yaml"
_PAIRS = {"repo", "ref", "tool"}
# All that the commands of a group share with a run: `--out` of `recipe new` is another one.
_SHARED = {"cache_dir", "format"}
# A tool has a variable of its own name; these two are no settings of a run.
_NO_VARIABLE = {"tool", "help"}
_HELP = ("-h", "--help")
_VERSION = "-V"
_SHORT = re.compile(r"-[A-Za-z]+")
_TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})


class FileOption(click.Option):
    """A setting that only protogen.yaml gives: the command line doesn't know it."""

    def __init__(self, *arguments: Any, shape: Callable[[], type[msgspec.Struct]], **keywords: Any) -> None:
        super().__init__(*arguments, **(keywords | {"hidden": True}))
        self.shape = shape

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        """Leave it out."""


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
    """What the file may hold: an option's long name with `_` -> what it takes."""
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


@dataclass(frozen=True)
class Reporting:
    """How an error is reported, known whatever became of the command line."""

    as_json: bool = False
    """Errors go to stdout as an object as well."""
    verbose: bool = False
    """Bugs show a traceback."""


def reporting(
    arguments: Sequence[str], environ: Mapping[str, str], read_file: Callable[[], Mapping[str, Any]]
) -> Reporting:
    """How errors are reported, as the command line, the variables and protogen.yaml ask for.

    read_file: the settings of protogen.yaml; one that can't be read says nothing.
    """
    read: Mapping[str, Any] = {}
    try:
        read = read_file()
    except Exception:  # it is what is reported, or will be next
        read = {}
    words = [part for each in takewhile(lambda each: each != "--", arguments) for part in each.split("=", 1)]
    typed = [after for flag, after in pairwise([*words, ""]) if flag == "--format"]
    format_ = (typed and typed[-1]) or environ.get("PROTOGEN_FORMAT") or read.get("format")
    verbose = any(each == "--verbose" or (_SHORT.fullmatch(each) and "v" in each) for each in words)
    if not verbose and "PROTOGEN_VERBOSE" in environ:
        verbose = environ["PROTOGEN_VERBOSE"].strip().lower() in _TRUE
    elif not verbose:
        verbose = read.get("verbose") is True
    return Reporting(format_ == "json", verbose)


def behind(
    arguments: Sequence[str], names: Collection[str], load: Callable[[str], click.Command]
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
        raise no_command(rest[0], names)
    path, command = [rest[0]], load(rest[0])
    if isinstance(command, click.Group) and rest[1:2] and rest[1] in command.commands:
        path, command = rest[:2], command.commands[rest[1]]
    known = {flag for each in command.params if isinstance(each, click.Option) for flag in _flags(each)}
    unknown = [each[0] for each in before if each[0] not in known and each[0] not in _HELP]
    moved = [word for each in before if each[0] not in unknown for word in each[1]]
    corrected = [*path, *moved, *rest[len(path) :]]
    if unknown:
        shown = " ".join(("protogen", *(shlex.quote(urls_without_credentials(each)) for each in corrected)))
        raise UsageError(
            f"protogen {' '.join(path)} has no option {', '.join(unknown)}, which stands before it",
            where="protogen",
            remedy=shown,
        )
    return corrected


def no_command(word: str, names: Collection[str]) -> UsageError:
    """The complaint about a word that is no command."""
    near = nearest(word, names)
    hint = f"; did you mean {near!r}?" if near else ""
    return UsageError(
        f"there is no command {word!r}{hint}", where="protogen", remedy=f"protogen {near or '--help'}"
    )


def _options(command: click.Command) -> list[click.Option]:
    return [each for each in command.params if isinstance(each, click.Option) and _long_name(each)]


def _long_name(option: click.Option) -> str:
    long = next((name for name in option.opts if name.startswith("--")), "")
    return long[2:].replace("-", "_")


def _setting(option: click.Option) -> Setting:
    from protogen.recipe.project_file import Setting

    choices = tuple(option.type.choices) if isinstance(option.type, click.Choice) else ()
    text = option.help or ""
    if isinstance(option, FileOption):
        return Setting("mapping", help=text, shape=option.shape())
    if option.is_flag:
        return Setting("flag", help=text)
    if option.multiple:
        return Setting("pairs" if _long_name(option) in _PAIRS else "texts", help=text)
    return Setting("number" if isinstance(option.type, click.IntRange) else "text", choices, text)


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
