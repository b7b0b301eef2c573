"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import click

from protogen.cli import completion
from protogen.cli.defaults import FileOption
from protogen.languages import LANGUAGES
from protogen.recipe import builtin
from protogen.sources.selection import SOURCES

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
    """`--format`, text by default."""
    return click.option(
        "--format",
        "format_",
        type=click.Choice(choices),
        default="text",
        show_default=True,
        help="How the result is told.",
    )


def _all_of(*options: Callable[[F], F]) -> Callable[[F], F]:
    """The options as one decorator, in the order of help."""

    def decorate(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def _language_options() -> Iterator[Callable[[F], F]]:
    for language in LANGUAGES.values():
        for each in language.options:
            kind: dict[str, Any] = {"cls": FileOption, "shape": each.shape} if each.shape else {}
            yield click.option(each.flag, each.key, metavar=each.metavar, help=each.help, **kind)


LANG = click.option(
    "--lang",
    "languages",
    multiple=True,
    metavar="LANG",
    shell_complete=completion.languages,
    help=f"{', '.join(LANGUAGES)}, all or every; repeats or takes commas.",
)
TOOL = click.option(
    "--tool",
    "tools",
    multiple=True,
    metavar="NAME=PATH",
    shell_complete=completion.tools,
    help="Use this program.  [env: PROTOGEN_TOOL_NAME]",
)
LOCKED = click.option("--locked", is_flag=True, help="Make exactly what protogen.lock says, or end with 9.")
selection_options = _all_of(*_SELECTION)
loudness_options = _all_of(*_LOUDNESS)
job_options = _all_of(
    LANG,
    click.option(
        "--out",
        default="./gen",
        show_default=True,
        metavar="DIR",
        shell_complete=completion.folders,
        help="Packages land in DIR/LANG; {version} and {lang} may stand in it.",
    ),
    *_SELECTION,
    *_language_options(),
    click.option("--without-kit", is_flag=True, help="Leave out what the recipe adds to the stubs."),
    click.option(
        "--generate-externals",
        is_flag=True,
        help="Generate protos too that published packages serve.",
    ),
    click.option(
        "--package-version",
        metavar="V",
        help="Version of the packages, SemVer, instead of the release's.",
    ),
    TOOL,
    click.option(
        "--jobs",
        type=click.IntRange(1, 256),
        metavar="N",
        help="Generators at a time.  [default: processors]",
    ),
    *_LOUDNESS,
)
