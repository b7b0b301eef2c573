"""Tables and code in Markdown and HTML, whatever characters stand in them. Pure."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CODE = re.compile(r"(`[^`]*`)")
_INLINE = re.compile(r"(?<!<span></span>)<code>([^<]*)</code>")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown; columns that are empty in all rows are left out."""
    cells = [list(row) for row in rows]
    kept = [number for number in range(len(head)) if any(row[number] for row in cells)]
    lines = [[head[number] for number in kept], ["---"] * len(kept)]
    lines += [[row[number] for number in kept] for row in cells]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def code(text: str) -> str:
    """The text as code, also within a table."""
    return f"<code>{html.escape(text, quote=False).replace('|', '&#124;')}</code>" if text else ""


def prose(text: str) -> str:
    """Plain text with code between backticks, in one line, also within a table."""
    parts = _CODE.split(" ".join(text.split()))
    return "".join(
        code(part[1:-1]) if _CODE.fullmatch(part) else re.sub(r"([\\*_\[\]<>|])", r"\\\1", part)
        for part in parts
    )


def laid_out(page: str) -> str:
    """The HTML of a page, with inline code that breaks between its words, but not within an option's name.

    A bar in a table's code is escaped for all readers of Markdown but this one, which shows how.
    """
    return _INLINE.sub(lambda found: f"<code>{_breakable(found[1])}</code>", page)


def _breakable(text: str) -> str:
    plain = text.replace("\\|", "|").replace("&#124;", "|")
    words = re.sub(r"(?<=[^\W_])([_|/])(?=[^\W_])", r"\1<wbr>", plain)
    return re.sub(r"(?<![\w-])--?[a-z][a-z-]*", r"<span class='option'>\g<0></span>", words)
