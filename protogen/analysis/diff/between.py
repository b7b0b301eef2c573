"""Two resolved releases: compiled, compared, and judged by buf where it is at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protogen.analysis.diff import buf, schema
from protogen.analysis.diff.change import Difference
from protogen.analysis.diff.compare import compare
from protogen.analysis.diff.judging import judge
from protogen.errors import ToolFailed
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.system.progress import Kind

if TYPE_CHECKING:
    from protogen.analysis.diff.judging import Verdict
    from protogen.protos.closure import Closure
    from protogen.system.context import Context

JUDGES = ("auto", "buf", "own")


def difference(old: Closure, new: Closure, context: Context, rules: str = "auto") -> Difference:
    """Everything that changed from one release to the other.

    rules: one of JUDGES: buf where it is at hand, buf in any case, or protogen's own reading of
    buf's rules. Entry points that either source lacks are left out on both sides, and said.
    Raises CompileFailed, ToolMissing, ToolFailed.
    """
    lacking = sorted({*old.protos.lacking, *new.protos.lacking})
    for name in lacking:
        context.say(f"not compared, since it is not in this source: {name}")
    before, after = (each.compile(context).read() for each in (old, new))
    with context.progress.task("", Kind.COMPARE, f"{old.release.name} with {new.release.name}"):
        changes = compare(schema.read(before, lacking), schema.read(after, lacking))
        version, verdict = _ask_buf(before, after, lacking, context, rules)
    return Difference(old.release, new.release, judge(changes, verdict), version)


def _ask_buf(
    before: bytes, after: bytes, lacking: list[str], context: Context, rules: str
) -> tuple[str, Verdict | None]:
    """buf's version and its verdict; nothing where it isn't asked."""
    if rules == "own":
        return "", None
    toolbox = Toolbox.of(context)
    tool = buf.need(toolbox) if rules == "buf" else buf.find(toolbox)
    if tool is None:
        context.say("by protogen's own reading of buf's rules; where buf is installed, it decides")
        return "", None
    try:
        old, new = (schema.without(each, lacking) for each in (before, after))
        found = buf.breaking(tool, old, new, toolbox)
    except ToolFailed as error:
        if rules == "buf" or tool.found == "given":
            raise
        context.say(f"{error.message}; protogen's own reading of its rules decides")
        return "", None
    return tool.version, found
