"""`protogen doctor`: what a run would find on this machine, and what mends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from protogen.analysis.doctor.check import PROBLEM, Check
from protogen.cli import report
from protogen.cli.command import command_context, commas, read_selection
from protogen.cli.options import LANG, TOOL, examples, format_option, selection_options
from protogen.errors import ToolMissing
from protogen.languages import ALL, choose

_COLOURS = {"ok": "green", "warning": "yellow", "problem": "red"}
_EXAMPLES = examples("protogen doctor --lang go", "protogen doctor --offline --format json")


@click.command(epilog=_EXAMPLES)
@LANG
@selection_options
@TOOL
@format_option("text", "json")
def doctor(**options: Any) -> int:
    """Look at tools, network and cache; 6 where packages can't be made. It changes nothing."""
    from protogen.analysis.doctor.examine import examine

    selection, languages = read_selection(options), choose(commas(options["languages"]) or (ALL,))
    with command_context(options) as context:
        checks = examine(selection, languages, context)
    if options["format_"] == "json":
        report.print_json({"schema": 1, "checks": [check.plain for check in checks]})
    else:
        _show(checks)
    found = [check for check in checks if check.verdict == PROBLEM]
    if not found:
        return 0
    names = ", ".join(dict.fromkeys(check.name for check in found))
    remedy = next((check.remedy for check in found if check.remedy), "")
    return report.failure(ToolMissing(f"packages can't be made here: {names}", remedy=remedy))


def _show(checks: Sequence[Check]) -> None:
    """Print the rows."""
    if report.is_terminal():
        _table(checks)
        return
    for check in checks:
        click.echo(f"{check.verdict:<8} {check.subject:<9} {check.name:<22} {_description(check)}")
        if check.remedy:
            click.echo(f"         try: {check.remedy}")


def _description(check: Check) -> str:
    parts = (
        check.found,
        f"wanted {check.wanted}" if check.wanted else "",
        f"from {check.origin}" if check.origin else "",
        check.note,
    )
    return "; ".join(part for part in parts if part)


def _table(checks: Sequence[Check]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for heading in ("", "", "found", "wanted", "from", ""):
        table.add_column(heading, overflow="fold")
    subject = ""
    for check in checks:
        if check.subject != subject:
            subject = check.subject
            table.add_row(Text(subject, style="bold"))
        colour = _COLOURS[check.verdict]
        advice = "\n".join(filter(None, (check.note, f"try: {check.remedy}" if check.remedy else "")))
        cells = (check.found, check.wanted, check.origin, advice)
        name = Text(f"  {check.name}", style=colour)
        table.add_row(name, Text(check.verdict, style=colour), *[Text(cell) for cell in cells])
    Console().print(table)
