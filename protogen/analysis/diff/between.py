"""Two resolved releases: compiled, compared, and judged by buf where it is at hand."""

from __future__ import annotations

from typing import Final

from protogen import DISTRIBUTION
from protogen.analysis.diff import buf, elements
from protogen.analysis.diff.change import Difference, Verdict
from protogen.analysis.diff.compare import compare
from protogen.errors import ToolFailed
from protogen.languages.toolchain.buf import find
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.protos.closure import Closure
from protogen.system.context import Context
from protogen.system.progress import Kind

RULES: Final = ("auto", "none", "buf", *buf.CATEGORIES)
"""Who judges what breaks: buf where it is at hand; nothing; buf in any case, by FILE or that category."""
_GET_BUF = f"pip install '{DISTRIBUTION}[diff]'"


def difference(
    old: Closure, new: Closure, context: Context, rules: str = "auto", *, breaking: bool = False
) -> Difference:
    """Everything that changed from one release to the other, and what of it breaks, if that is judged.

    rules: one of RULES. breaking: whether only what breaks is wanted, so that buf has to be there.
    Entry points that either source lacks are left out on both sides, and said.
    Raises CompileFailed, ToolMissing, ToolFailed.
    """
    missing = sorted({*old.protos.missing_entry_points, *new.protos.missing_entry_points})
    for name in missing:
        context.say(f"not compared, since it is not in this source: {name}")
    before, after = (elements.without(each.compile(context).read(), missing) for each in (old, new))
    with context.progress.task("", Kind.COMPARE, f"{old.release.name} with {new.release.name}"):
        changes = compare(elements.read(before), elements.read(after))
        verdict = None if rules == "none" else _ask_buf(before, after, context, rules, breaking=breaking)
    return Difference(old.release, new.release, () if breaking else changes, verdict, only_breaking=breaking)


def _ask_buf(before: bytes, after: bytes, context: Context, rules: str, *, breaking: bool) -> Verdict | None:
    """What buf says; None where it needn't be there and isn't, or fails."""
    toolbox = Toolbox.of(context)
    needed = "--breaking" if breaking else "" if rules == "auto" else f"--rules {rules}"
    tool = find(toolbox, needed)
    if tool is None:
        context.say(f"nothing judged what breaks: that takes buf; to get it: {_GET_BUF}")
        return None
    category = rules if rules in buf.CATEGORIES else buf.CATEGORIES[0]
    try:
        findings, unchecked = buf.breaking(tool, before, after, category, toolbox)
    except ToolFailed as error:
        if needed or tool.found == "given":
            raise
        context.say(f"nothing judged what breaks: {error.message}")
        return None
    if unchecked:
        context.say(f"buf {tool.version} can't check {', '.join(unchecked)} between these releases")
    return Verdict(tool.version, category, findings)
