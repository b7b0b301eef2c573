"""`protogen diff OLD NEW`: what changed between two releases' protos, and what buf finds broken."""

from __future__ import annotations

from typing import Any

import click

from protogen.analysis.diff import render
from protogen.analysis.diff.change import Difference
from protogen.cli import completion, report
from protogen.cli.command import command_context, commas, read_selection
from protogen.cli.options import examples, format_option, loudness_options, selection_options
from protogen.errors import UsageError
from protogen.sources import resolve

_DIFFERS = 1
_STYLES = {
    "title": "bold",
    "added": "green",
    "removed": "yellow",
    "changed": "cyan",
    "broken": "bold red",
    "summary": "bold",
}
_EXAMPLES = examples(
    "protogen diff r2.10 r2.11",
    "protogen diff r2.10 r2.11 --format markdown > notes.md",
    "protogen diff r2.10 r2.11 --breaking",
)


@click.command(epilog=_EXAMPLES)
@click.argument("releases", nargs=-1, metavar="OLD NEW", shell_complete=completion.releases)
@selection_options
@click.option("--breaking", is_flag=True, help="Only what buf finds broken; 1 only for that.")
@click.option(
    "--rules",
    type=click.Choice(("auto", "none", "buf", "FILE", "PACKAGE", "WIRE_JSON", "WIRE"), case_sensitive=False),
    default="auto",
    show_default=True,
    help="What says what breaks: buf where it is at hand, nothing, buf, or one of its categories of rules.",
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
    rules, breaking = options["rules"], options["breaking"]
    if breaking and rules == "none":
        raise UsageError(
            "--rules none judges nothing, and --breaking asks for what breaks",
            where="--rules",
            remedy="run again with --rules buf",
        )

    selection = read_selection(options)
    with command_context(options) as context:
        before, after = (resolve(selection, version, context) for version in (old, new))
        found = difference(before, after, context, rules, breaking=breaking)
    _print(found, options["format_"])
    return _DIFFERS if found.changes or found.findings else 0


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


def _print(found: Difference, format_: str) -> None:
    if format_ == "json":
        report.print_json(render.document(found))
    elif format_ == "markdown":
        click.echo(render.markdown(found), nl=False)
    elif not report.is_terminal():
        for line in render.lines(found):
            click.echo(line.text)
    else:
        from rich.console import Console
        from rich.text import Text

        console = Console(highlight=False, soft_wrap=True)
        for line in render.lines(found):
            console.print(Text(line.text, _STYLES[line.kind]))
