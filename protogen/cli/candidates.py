"""What a shell offers where a value is typed. Nothing here asks the network, and nothing fails aloud."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import click
    from click.shell_completion import CompletionItem

    from protogen.recipe.model import Recipe

    Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _offering(values: Callable[[click.Context], Iterable[str]], *, commas: bool = False) -> Completer:
    """A completer of those of the values that go on from what is typed; with commas, after the last one."""

    @wraps(values)
    def complete(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        before, comma, typed = incomplete.rpartition(",") if commas else ("", "", incomplete)
        # After NAME= comes what only the shell can complete.
        found = [] if typed.endswith("=") else _quietly(values, ctx)
        return [CompletionItem(before + comma + each) for each in found if each.startswith(typed)]

    return complete


def _quietly(values: Callable[[click.Context], Iterable[str]], ctx: click.Context) -> list[str]:
    """The values; none where they can't be had, such as of a recipe that can't be read."""
    try:
        return list(values(ctx))
    except Exception:
        return []


def _languages(_ctx: click.Context) -> Iterable[str]:
    from protogen.languages import LANGUAGES

    return (*LANGUAGES, "all")


def _releases(ctx: click.Context) -> Iterable[str]:
    """What the cache remembers of the source."""
    from protogen.cli.selected import read_selected
    from protogen.cli.values import environment
    from protogen.system.cache import Cache
    from protogen.system.context import Context
    from protogen.system.home import cache_folder
    from protogen.system.process import Processes

    given, environ = ctx.params, environment()
    selected = read_selected(
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
    cache = Cache(cache_folder(given.get("cache_dir"), environ), offline=True)
    context = Context(cache=cache, processes=Processes(), environ=environ)
    return [offer.version for offer in selected.source(context).releases()]


def _updatable(ctx: click.Context) -> Iterable[str]:
    return (*_recipe(ctx).repositories, *_quietly(_releases, ctx))


def _locked(_ctx: click.Context) -> Iterable[str]:
    from pathlib import Path

    from protogen.pipeline import lock

    return lock.load_existing(Path.cwd()).releases


def _groups(ctx: click.Context) -> Iterable[str]:
    return _recipe(ctx).groups


def _repositories(ctx: click.Context) -> Iterable[str]:
    return [f"{name}=" for name in _recipe(ctx).repositories]


def _tools(_ctx: click.Context) -> Iterable[str]:
    from protogen.cli.selected import tool_names

    return [f"{name}=" for name in tool_names()]


def _recipes(_ctx: click.Context) -> Iterable[str]:
    from protogen.recipe import builtin

    return builtin.names()


def _recipe(ctx: click.Context) -> Recipe:
    from protogen.recipe import model

    return model.load(_recipe_name(ctx))


def _recipe_name(ctx: click.Context) -> str:
    from protogen.recipe import builtin

    return str(ctx.params.get("recipe_name") or builtin.default_name())


def _or_path(names: Completer) -> Completer:
    """The names that go on from what is typed, and files where none does."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return names(ctx, param, incomplete) or files(ctx, param, incomplete)

    return complete


def folders(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Folders, which the shell finds."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="dir")]


def files(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Files, which the shell finds."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


languages = _offering(_languages, commas=True)
releases = _offering(_releases, commas=True)
release = _offering(_releases)
updatable = _offering(_updatable)
locked = _offering(_locked, commas=True)
groups = _offering(_groups, commas=True)
repositories = _or_path(_offering(_repositories))
refs = _offering(_repositories)
tools = _or_path(_offering(_tools))
recipes = _or_path(_offering(_recipes))
