"""What a shell completes: the values that options take, and `protogen completion SHELL`.

Nothing here asks the network, and nothing fails aloud.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    add_completion_class,
    get_completion_class,
    split_arg_string,
)

from protogen.cli import COMPLETING
from protogen.cli.command import environment, open_cache, read_selection, tool_names
from protogen.languages import LANGUAGES, SEVERAL
from protogen.recipe import builtin

if TYPE_CHECKING:
    from protogen.recipe.model import Recipe
    from protogen.registry.model import Held

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
Values = Callable[[click.Context], Iterable[str]]

_BASH = """\
%(complete_func)s() {
    local kind value
    COMPREPLY=()
    while IFS=, read -r kind value; do
        case $kind in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain)
                COMPREPLY+=("$value")
                if [[ $value == *= ]]; then compopt -o nospace; fi
                ;;
        esac
    done < <(COMP_LINE=$COMP_LINE COMP_POINT=$COMP_POINT %(complete_var)s=bash_complete "$1" 2>/dev/null)
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""


def _completer(values: Values) -> Completer:
    """A completer of the values that go on from what is typed; where an option repeats, after commas too."""

    @wraps(values)
    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        takes_commas = getattr(param, "multiple", False) and "=" not in incomplete
        before, comma, typed = incomplete.rpartition(",") if takes_commas else ("", "", incomplete)
        # After NAME= comes what only the shell can complete.
        found = [] if typed.endswith("=") else _quietly(values, ctx)
        return [CompletionItem(before + comma + each) for each in found if each.startswith(typed)]

    return complete


def _or_path(names: Completer) -> Completer:
    """The names that go on from what is typed, and files where none does."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return names(ctx, param, incomplete) or files(ctx, param, incomplete)

    return complete


def _quietly(values: Values, ctx: click.Context) -> list[str]:
    """The values; none where they can't be had, such as of a recipe that can't be read."""
    try:
        return list(values(ctx))
    except Exception:
        return []


@_completer
def languages(_ctx: click.Context) -> Iterable[str]:
    """What `--lang` takes."""
    return (*LANGUAGES, *SEVERAL)


def _releases(ctx: click.Context) -> Iterable[str]:
    """What the cache remembers of the source."""
    from protogen.sources import open_source
    from protogen.system.context import Context
    from protogen.system.process import Processes

    given = ctx.params
    selection = read_selection(
        {
            "recipe_name": _recipe_name(ctx),
            "source": given.get("source") or "auto",
            "repositories": tuple(given.get("repositories") or ()),
            "refs": (),
            "match": "branch",
            "groups": (),
            "versions": (),
            "offline": True,
        }
    )
    cache = open_cache(given.get("cache_dir"), offline=True)
    context = Context(cache=cache, processes=Processes(), environ=environment())
    return [offer.version for offer in open_source(selection, context).releases()]


releases = _completer(_releases)


@_completer
def updatable(ctx: click.Context) -> Iterable[str]:
    """What `--update` takes."""
    return (*_recipe(ctx).repositories, *_quietly(_releases, ctx))


@_completer
def locked(_ctx: click.Context) -> Iterable[str]:
    """What `--remove` takes."""
    from protogen.pipeline import lockfile

    return lockfile.load_existing(Path.cwd()).releases


@_completer
def groups(ctx: click.Context) -> Iterable[str]:
    """What `--with` takes."""
    return _recipe(ctx).groups


@_completer
def refs(ctx: click.Context) -> Iterable[str]:
    """What `--ref` begins with."""
    return [f"{name}=" for name in _recipe(ctx).repositories]


repositories = _or_path(refs)


@_or_path
@_completer
def tools(_ctx: click.Context) -> Iterable[str]:
    """What `--tool` begins with."""
    return [f"{name}=" for name in tool_names()]


@_or_path
@_completer
def recipes(_ctx: click.Context) -> Iterable[str]:
    """What `--recipe` takes."""
    return builtin.names()


@_completer
def packages(ctx: click.Context) -> Iterable[str]:
    """The packages of the registry that was typed."""
    return dict.fromkeys(each.name for each in _registered(ctx))


@_completer
def package_versions(ctx: click.Context) -> Iterable[str]:
    """The versions of the package that was typed."""
    named = [each for each in _registered(ctx) if each.name == ctx.params["name"]]
    return dict.fromkeys(version.version for each in named for version in each.released)


def _registered(ctx: click.Context) -> Iterable[Held]:
    from protogen.registry.folder import Folder

    return Folder(Path(ctx.params["folder"])).packages()


def _recipe(ctx: click.Context) -> Recipe:
    from protogen.recipe import model

    return model.load(_recipe_name(ctx))


def _recipe_name(ctx: click.Context) -> str:
    return str(ctx.params.get("recipe_name") or builtin.default_name())


def folders(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Folders, which the shell finds."""
    return [CompletionItem(incomplete, type="dir")]


def files(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Files, which the shell finds."""
    return [CompletionItem(incomplete, type="file")]


class Bash(BashComplete):
    """Reads the line itself: bash takes a word apart at each `=`, such as `--repo NAME=PATH`."""

    name = "bash"
    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one that is being typed, and that one as far as it is."""
        line = os.environ["COMP_LINE"][: int(os.environ["COMP_POINT"])]
        words = split_arg_string(line)
        typed = words.pop() if words and not line[-1].isspace() else ""
        while words and "=" in words[0]:  # variables before the command
            del words[0]
        return words[1:], typed


def enable() -> None:
    """Let click answer our bash script."""
    add_completion_class(Bash)


# As `options.examples` writes them, which needs this module.
_EPILOG = """\b
Examples:
  protogen completion bash > ~/.local/share/bash-completion/completions/protogen
  protogen completion zsh > ~/.zfunc/_protogen
  protogen completion fish > ~/.config/fish/completions/protogen.fish"""


@click.command(epilog=_EPILOG)
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def completion(shell: str) -> int:
    """Print what makes a shell complete commands, options and their values; releases from the cache."""
    enable()
    kind = get_completion_class(shell)
    assert kind, "click knows these shells"
    root = click.get_current_context().find_root().command
    click.echo(kind(root, {}, "protogen", COMPLETING).source(), nl=False)
    return 0
