"""What every command takes: the selection options, checked, and a context to look at the releases with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from protogen.languages import LANGUAGES
from protogen.sources.selection import select

if TYPE_CHECKING:
    from protogen.sources.selection import Selection
    from protogen.system.cache import Cache
    from protogen.system.context import Context


# Graphviz draws graphs, and buf judges changes.
NO_LANGUAGES_TOOLS = ("dot", "buf")


def read_selection(options: dict[str, Any], cache: Cache | None = None) -> Selection:
    """What the selection options ask for. cache: where recipes are kept, for commands that may write it.

    Raises UsageError, RecipeError.
    """
    from protogen.recipe import model

    return select(
        model.load(options["recipe_name"], cache),
        commas(options["versions"]),
        source=options["source"],
        repositories=options["repositories"],
        refs=options["refs"],
        match=options["match"],
        groups=commas(options["groups"]),
        offline=options["offline"],
    )


def commas(values: tuple[str, ...]) -> tuple[str, ...]:
    """Values that repeat or take commas, in order, each once."""
    return tuple(dict.fromkeys(part.strip() for value in values for part in value.split(",") if part.strip()))


def environment() -> dict[str, str]:
    """The user's environment, as a value, with a home folder."""
    from protogen.system import home

    return home.with_home(os.environ)


def tool_names() -> tuple[str, ...]:
    """What --tool takes: the languages' tools, and those of the other commands."""
    used = dict.fromkeys(name for language in LANGUAGES.values() for name in language.programs)
    return (*used, *NO_LANGUAGES_TOOLS)


@contextmanager
def command_context(options: dict[str, Any]) -> Iterator[Context]:
    """What a command works with; its children end with it.

    Raises UsageError for a tool that can't be given.
    """
    from protogen.cli.progress import showing
    from protogen.languages.toolchain.toolbox import given_tools
    from protogen.system import home, machine
    from protogen.system.cache import Cache
    from protogen.system.context import Context
    from protogen.system.process import Processes

    environ, quiet = environment(), options.get("quiet", False)
    tools = given_tools(options.get("tools", ()), environ, tool_names())
    with showing(environ, quiet=quiet, verbose=options.get("verbose", False)) as shown:
        processes = Processes(shown.process_ended)
        cache = Cache(home.cache_folder(options["cache_dir"], environ), options["offline"])
        if home.is_temporary(cache.root):
            shown.say(
                f"note: this user has no folder for a cache; it is {cache.root} (--cache-dir for another)"
            )
        with suppress(OSError):
            cache.area.sweep()
        context = Context(
            cache=cache,
            processes=processes,
            environ=environ,
            given_tools=tools,
            jobs=options.get("jobs") or machine.processors(),
            say=shown.say,
            progress=shown.progress,
        )
        try:
            yield context
        finally:
            processes.cancel()
            context.background.join()
