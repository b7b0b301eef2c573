"""`protogen graph`: which proto imports which, and why each is in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from protogen.analysis.graph import graphviz
from protogen.analysis.graph.formats import FORMATS
from protogen.analysis.graph.model import GROUPINGS
from protogen.analysis.graph.view import MAX_CHAINS, Question, View, answer
from protogen.cli.command import command_context, read_selection
from protogen.cli.defaults import missing
from protogen.cli.options import examples, format_option, loudness_options, selection_options
from protogen.errors import UsageError
from protogen.sources import resolve
from protogen.system.context import Context

if TYPE_CHECKING:
    from rich.tree import Tree

# A line of a tree is as long as it is where no terminal has to fit it.
_UNBOUNDED = 100_000
_EXAMPLES = examples(
    "protogen graph --version r2.11 --why google/protobuf/any.proto",
    "protogen graph --version r2.11 --by directory --format html >graph.html",
)


@click.command(epilog=_EXAMPLES)
@selection_options
@click.option("--focus", default="", metavar="FILE", help="Only what this file reaches, by import name.")
@click.option("--reverse", is_flag=True, help="From the imported to its importers.")
@click.option(
    "--by",
    type=click.Choice(tuple(GROUPINGS)),
    default="file",
    show_default=True,
    help="What a node of the graph is.",
)
@click.option("--why", default="", metavar="FILE", help="Every chain of imports that leads to this file.")
@click.option(
    "--max-chains",
    type=click.IntRange(min=1),
    default=MAX_CHAINS,
    show_default=True,
    metavar="N",
    help="The most chains to show.",
)
@click.option("--tool", "tools", multiple=True, metavar="NAME=PATH", help="Draw with this program: dot=PATH.")
@format_option(*FORMATS)
@loudness_options
def graph(**options: Any) -> int:
    """Show which proto imports which, and why each is in."""
    from protogen.analysis.graph.formats import render

    question = Question(**{key: options[key] for key in ("by", "focus", "reverse", "why", "max_chains")})
    with command_context(options) as context:
        view = _view(options, question, context)
        rendered = render(options["format_"], view, lambda dot: graphviz.draw(dot, context))
    _print(rendered)
    return 0


def _view(options: dict[str, Any], question: Question, context: Context) -> View:
    selection = read_selection(options)
    if not selection.versions:
        raise missing("release", "--version", "r2.11")
    if len(selection.versions) > 1:
        raise UsageError(
            f"a graph is of one release, and these are {', '.join(selection.versions)}",
            where="--version",
            remedy=f"run again with --version {selection.versions[0]}",
        )
    from protogen.languages.externals import Protos, everywhere

    closure = resolve(selection, selection.versions[0], context)
    outline = closure.compile(context).outline
    served = everywhere(
        Protos(selection.recipe, outline, closure.graph.entry_points, closure.graph.well_known)
    )
    return answer(selection.recipe.name, closure, outline, question, served)


def _print(rendered: str | Tree) -> None:
    if isinstance(rendered, str):
        click.echo(rendered, nl=False)
        return
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_UNBOUNDED)
    console.print(rendered)
