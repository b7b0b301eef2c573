"""`protogen diff OLD NEW`: what changed between two releases' protos, and what of it breaks."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from protogen.cli import candidates
from protogen.cli.options import examples, format_option, loudness_options, selection_options
from protogen.cli.selected import command_context, read_selected
from protogen.cli.values import commas
from protogen.errors import UsageError

if TYPE_CHECKING:
    from protogen.analysis.diff.change import Difference

_DIFFERS = 1
_STYLES = {"title": "bold", "added": "green", "removed": "yellow", "changed": "cyan", "summary": "bold"}
_EXAMPLES = examples(
    "protogen diff r2.10 r2.11",
    "protogen diff r2.10 r2.11 --format markdown > notes.md",
    "protogen diff r2.10 r2.11 --breaking",
)


@click.command(epilog=_EXAMPLES)
@click.argument("releases", nargs=-1, metavar="OLD NEW", shell_complete=candidates.release)
@selection_options
@click.option("--breaking", is_flag=True, help="Only what breaks something; 1 only for that.")
@click.option(
    "--rules",
    type=click.Choice(("auto", "buf", "own")),
    default="auto",
    show_default=True,
    help="Who decides what breaks: buf where it is at hand, buf, or protogen's own reading of its rules.",
)
@click.option(
    "--tool", "tools", multiple=True, metavar="buf=PATH", help="Use this buf.  [env: PROTOGEN_TOOL_BUF]"
)
@format_option("text", "json", "markdown")
@loudness_options
def diff(releases: tuple[str, ...], **options: Any) -> int:
    """What changed between two releases' protos: 0 nothing, 1 they differ."""
    from protogen.analysis.diff.between import difference

    old, new = _two(releases, commas(options["versions"]))
    selected = read_selected(options)
    with command_context(options) as context:
        before, after = (selected.closure(version, context) for version in (old, new))
        found = difference(before, after, context, options["rules"])
    if options["breaking"]:
        found = found.breaking
    _tell(found, options["format_"], rules=options["verbose"])
    return _DIFFERS if found.changes else 0


def _two(releases: tuple[str, ...], versions: tuple[str, ...]) -> tuple[str, str]:
    """The releases that are named: in their places, else by --version or protogen.yaml.

    Raises UsageError.
    """
    given = releases or versions
    if len(given) != 2:
        raise UsageError(
            f"diff compares two releases; {len(given) or 'none'} {'is' if len(given) < 2 else 'are'} given",
            where="OLD NEW, --version, or protogen.yaml",
            remedy="protogen diff r2.10 r2.11",
        )
    return given[0], given[1]


def _tell(found: Difference, format_: str, *, rules: bool) -> None:
    if format_ == "json":
        from protogen.analysis.diff.document import document

        click.echo(json.dumps(document(found), indent=2))
    elif format_ == "markdown":
        from protogen.analysis.diff.markdown import markdown

        click.echo(markdown(found), nl=False)
    else:
        _tell_text(found, rules=rules)


def _tell_text(found: Difference, *, rules: bool) -> None:
    from protogen.analysis.diff.text import lines

    if not sys.stdout.isatty():
        for line in lines(found, rules=rules):
            click.echo(f"{line.text}  {line.breaks}".rstrip())
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for line in lines(found, rules=rules):
        console.print(Text.assemble((line.text, _STYLES[line.kind]), "  ", (line.breaks, "bold red")))
