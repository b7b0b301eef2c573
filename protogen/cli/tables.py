"""Tables: aligned columns, and on a terminal with a head."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows as lines, each column as wide as its widest cell."""
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def show(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table that was asked for, to stdout; without the head where a program reads it."""
    if not sys.stdout.isatty():
        for line in columns(rows):
            click.echo(line)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for name in head:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    Console().print(table)
