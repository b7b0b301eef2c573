"""Options that several commands share, and what they become."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from protogen.cli import completion
from protogen.cli.defaults import FileOption
from protogen.recipe import builtin
from protogen.sources.selection import SOURCES

if TYPE_CHECKING:
    from protogen.languages.entry import Entry


F = TypeVar("F", bound="Callable[..., Any]")

CACHE_DIR = click.option(
    "--cache-dir",
    metavar="DIR",
    shell_complete=completion.folders,
    help="Cache folder.  [env: PROTOGEN_CACHE_DIR]",
)
_SELECTION = (
    click.option(
        "--version",
        "versions",
        multiple=True,
        metavar="RELEASE",
        shell_complete=completion.releases,
        help="Release, branch, tag or full commit id; repeats or takes commas.",
    ),
    click.option(
        "--source",
        type=click.Choice(SOURCES),
        default="auto",
        show_default=True,
        help="Where the protos come from.",
    ),
    click.option(
        "--repo",
        "repositories",
        multiple=True,
        metavar="NAME=URL|PATH",
        shell_complete=completion.repositories,
        help="Another place for a repository of the recipe.",
    ),
    click.option(
        "--ref",
        "refs",
        multiple=True,
        metavar="NAME=REF",
        shell_complete=completion.refs,
        help="Another ref for a repository of the recipe.",
    ),
    click.option(
        "--match",
        type=click.Choice(("branch", "pin")),
        default="branch",
        show_default=True,
        help="How the other repositories' refs are found.",
    ),
    click.option(
        "--recipe",
        "recipe_name",
        default=builtin.default_name(),
        show_default=True,
        metavar="NAME|FILE",
        shell_complete=completion.recipes,
        help="What to build a client of.",
    ),
    click.option(
        "--with",
        "groups",
        multiple=True,
        metavar="GROUP",
        shell_complete=completion.groups,
        help="Extra entry points that the recipe names.",
    ),
    CACHE_DIR,
    click.option("--offline", is_flag=True, help="Use only what the cache holds."),
)

_LOUDNESS = (
    click.option("-q", "--quiet", is_flag=True, help="Only errors."),
    click.option("-v", "--verbose", is_flag=True, help="Stages, processes, and tracebacks of bugs."),
)


def examples(*lines: str) -> str:
    """The end of a command's help: command lines that work as they stand."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))


def format_option(*choices: str) -> Callable[[F], F]:
    """`--format`, text where nothing is said."""
    return click.option(
        "--format",
        "format_",
        type=click.Choice(choices),
        default="text",
        show_default=True,
        help="How the result is told.",
    )


def selection_options(command: F) -> F:
    """The options that say which protos."""
    for option in reversed(_SELECTION):
        command = option(command)
    return command


def loudness_options(command: F) -> F:
    """`-q` and `-v`."""
    for option in reversed(_LOUDNESS):
        command = option(command)
    return command


def language_options(languages: Mapping[str, Entry]) -> Callable[[F], F]:
    """The options that the languages offer, from the registry."""

    def decorate(command: F) -> F:
        for language in reversed(list(languages.values())):
            for each in reversed(language.options):
                kind: dict[str, Any] = {"cls": FileOption, "shape": each.shape} if each.shape else {}
                command = click.option(each.flag, each.key, metavar=each.metavar, help=each.help, **kind)(
                    command
                )
        return command

    return decorate
