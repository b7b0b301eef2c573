"""The rows of a diagnosis: a table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from protogen.analysis.doctor.check import Check


_COLOURS = {"ok": "green", "warning": "yellow", "problem": "red"}


def show(checks: Sequence[Check]) -> None:
    """Print the rows."""
    if is_terminal():
        _table(checks)
        return
    for check in checks:
        click.echo(f"{check.verdict:<8} {check.subject:<9} {check.name:<22} {_told(check)}")
        if check.remedy:
            click.echo(f"         try: {check.remedy}")


def is_terminal() -> bool:
    """Whether somebody looks at the output."""
    return sys.stdout.isatty()


def _told(check: Check) -> str:
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
