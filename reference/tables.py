"""Tables and code in Markdown, whatever characters stand in them. Pure."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CODE = re.compile(r"(`[^`]*`)")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown; columns that are empty in all rows are left out."""
    cells = [list(row) for row in rows]
    kept = [number for number in range(len(head)) if any(row[number] for row in cells)]
    lines = [[head[number] for number in kept], ["---"] * len(kept)]
    lines += [[row[number] for number in kept] for row in cells]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def code(text: str) -> str:
    """The text as code, also within a table; it may be broken where its words end."""
    escaped = html.escape(text, quote=False).replace("|", "&#124;<wbr>")
    return f"<code>{re.sub(r'_(?=[A-Z])', '_<wbr>', escaped)}</code>" if text else ""


def prose(text: str) -> str:
    """Plain text with code between backticks, in one line, also within a table."""
    parts = _CODE.split(" ".join(text.split()))
    return "".join(
        code(part[1:-1]) if _CODE.fullmatch(part) else re.sub(r"([\\*_\[\]<>|])", r"\\\1", part)
        for part in parts
    )
