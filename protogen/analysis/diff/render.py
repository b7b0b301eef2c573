"""A difference for people, release notes and scripts: text, Markdown and JSON. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from protogen.analysis.diff.change import Change, Difference, Finding
from protogen.system.text import printable

SCHEMA: Final = 2
_SECTIONS = (
    ("Services", ("service", "rpc")),
    ("Messages", ("message", "field", "oneof", "extension")),
    ("Enums", ("enum", "value")),
    ("Files", ("file",)),
)
_KINDS = ("added", "removed", "changed")
_SIGNS = dict(zip(_KINDS, "+-~", strict=True))
# What these elements hold is counted, which is no code.
_COUNTED = {"message", "enum", "file"}
# By element and aspect; an empty element is any.
_ASPECTS = {
    ("", "name"): "renamed from {was}",
    ("file", "file"): "moved from {was}",
    ("", "file"): "moved from {was} to {now}",
    ("", "number"): "renumbered from {was} to {now}",
    ("", "extensions"): "no longer open to extensions {was}",
    ("", "cardinality"): "type {was} {arrow} {now}",
    ("", "signature"): "{was} {arrow} {now}",
    ("file", "types"): "no types any more",
}
_FILES_SHOWN = 3
# For Markdown; an underscore inside a word is only itself.
_SPECIAL = re.compile(r"([\\`*{}\[\]<>#|~]|\b_|_\b)")


@dataclass(frozen=True)
class Line:
    """A line of text."""

    text: str
    kind: str
    """`title`, `added`, `removed`, `changed`, `broken` or `summary`."""


def lines(difference: Difference) -> Iterator[Line]:
    """One line a change, by section, then what buf finds broken, and a summary."""
    for title, changes in sections(difference.changes):
        yield Line(title, "title")
        for change in changes:
            yield Line(f"  {_SIGNS[change.kind]} {sentence(change)}", change.kind)
    if difference.findings:
        yield Line("Broken, as buf finds", "title")
    for finding in difference.findings:
        yield Line(f"  ! {_place(finding)}{printable(finding.message)} ({finding.rule})", "broken")
    yield Line(f"{difference.old.name} -> {difference.new.name}: {summary(difference)}", "summary")


def markdown(difference: Difference) -> str:
    """The text for release notes, with a heading of the second level; ends with a line break."""
    old, new = _plain(difference.old.name), _plain(difference.new.name)
    head = summary(difference)
    parts = [f"## API changes from {old} to {new}", "", f"{head[0].upper()}{head[1:]}."]
    if difference.findings:
        parts += ["", "### Broken, as buf finds", ""]
        parts += [
            f"- {_place(each, _code)}{_plain(each.message)} ({_code(each.rule)})"
            for each in difference.findings
        ]
    for title, changes in sections(difference.changes):
        parts += ["", f"### {title}", ""]
        parts += [
            f"- {each.kind.title()} {each.element} {_code(each.name)}"
            f"{_statement(replace(each, note=_plain(each.note)), _code, '→')}"
            for each in changes
        ]
    return "\n".join(parts) + "\n"


def document(difference: Difference) -> dict[str, Any]:
    """The difference as JSON: docs/diff.md says what each key holds."""
    verdict = difference.verdict
    return {
        "schema": SCHEMA,
        "old": difference.old.document(),
        "new": difference.new.document(),
        "summary": {kind: difference.count(kind) for kind in _KINDS},
        "changes": [_change(each) for each in difference.changes],
        "buf": verdict
        and {
            "version": verdict.version,
            "category": verdict.category,
            "findings": [
                asdict(each) | {"path": each.path or None, "line": each.line or None}
                for each in verdict.findings
            ],
        },
    }


def summary(difference: Difference) -> str:
    """How many changes of which kind, and how much of it breaks, if that was judged."""
    counted = ((kind, difference.count(kind)) for kind in _KINDS)
    changes = ", ".join(f"{count} {kind}" for kind, count in counted if count)
    if not changes and not difference.only_breaking:
        return "no changes"
    judged, verdict = "nothing judged what breaks", difference.verdict
    if verdict:
        broken = len(verdict.findings) or "nothing"
        judged = f"buf {verdict.version} finds {broken} broken (rules {verdict.category})"
    return f"{changes}; {judged}" if changes else judged


def sections(changes: Iterable[Change]) -> Iterator[tuple[str, list[Change]]]:
    """The sections that hold changes. An option that changed in many files is one change here."""
    changes = list(changes)
    for title, elements in _SECTIONS:
        found = [each for each in changes if each.element in elements]
        if found:
            yield title, list(_folded(found))


def sentence(change: Change) -> str:
    """The change in a line, but for its kind: `field a.B.c (string = 1)`."""
    return f"{change.element} {printable(change.name)}{_statement(change)}"


def _folded(changes: list[Change]) -> Iterator[Change]:
    files = Counter(each.aspect for each in changes if _is_option(each))
    shown = set()
    for each in changes:
        if not _is_option(each) or files[each.aspect] <= _FILES_SHOWN:
            yield each
        elif each.aspect not in shown:
            shown.add(each.aspect)
            yield replace(each, note=f"and in {files[each.aspect] - 1} other files")


def _is_option(change: Change) -> bool:
    return (change.element, change.kind) == ("file", "changed") and change.aspect not in {"file", "types"}


def _statement(change: Change, quote: Callable[[str], str] = printable, arrow: str = "->") -> str:
    """What changed of the element, to follow its name: `: jstype JS_NORMAL -> JS_STRING`."""
    note = printable(change.note)
    if change.kind == "changed":
        return f": {_aspect(change, quote, arrow)}" + (f" ({note})" if note else "")
    content = change.new or change.old
    if change.element == "rpc":
        return f" {quote(content)}"
    if content:
        content = printable(content) if change.element in _COUNTED else quote(content)
    inside = "; ".join(filter(None, (content, note)))
    return f" ({inside})" if inside else ""


def _aspect(change: Change, quote: Callable[[str], str], arrow: str) -> str:
    was, now = (quote(each) if each else "none" for each in (change.old, change.new))
    template = _ASPECTS.get((change.element, change.aspect)) or _ASPECTS.get(("", change.aspect))
    if change.aspect == "reserved":
        template = "no longer reserved: {was}" if change.old else "newly reserved: {now}"
    if change.aspect == "deprecated":
        template = "deprecated" if change.new == "true" else "no longer deprecated"
    return (template or "{aspect} {was} {arrow} {now}").format(
        aspect=change.aspect, was=was, now=now, arrow=arrow
    )


def _change(change: Change) -> dict[str, Any]:
    """A change as JSON: null stands for nothing."""
    return {key: value or None for key, value in asdict(change).items()}


def _place(finding: Finding, quote: Callable[[str], str] = printable) -> str:
    """Where buf finds it, to stand before its message."""
    if not finding.path:
        return ""
    return f"{quote(f'{finding.path}:{finding.line}' if finding.line else finding.path)}: "


def _code(text: str) -> str:
    """As Markdown's code, whatever backticks it holds."""
    text = printable(text)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence, space = "`" * (longest + 1), " " if longest else ""
    return f"{fence}{space}{text}{space}{fence}"


def _plain(text: str) -> str:
    """As words, whatever Markdown would make of it."""
    return _SPECIAL.sub(r"\\\1", printable(text))
