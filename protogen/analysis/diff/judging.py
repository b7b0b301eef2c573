"""Who decides what breaks: buf where it was asked, our own reading of its rules where it wasn't. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from protogen.analysis.diff.change import Change, Mark
from protogen.analysis.diff.files import SYNTAX_RULES
from protogen.analysis.diff.rules import RULES

_MEMBER = re.compile(
    r'(?:field|extension|enum value|rpc|oneof) "([^"]*)".* on (?:message|enum|service) "([^"]*)"', re.I
)
_REQUIRED = re.compile(r'message "([^"]*)" had required field "([^"]*)"', re.I)
_RANGE = re.compile(r' on (?:message|enum) "([^"]*)"')
_DELETED = re.compile(r'present (?:\w+) "([^"]*)" was deleted')
# Of these a message that came off takes what stands inside it along.
_INSIDE = ("MESSAGE_NO_DELETE", "ENUM_NO_DELETE", "EXTENSION_NO_DELETE")


@dataclass(frozen=True)
class Finding:
    """What buf found: the rule, the file, and its own words. subject: as a Mark has it."""

    rule: str
    path: str
    message: str
    subject: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """All that buf found. unasked: rules that it couldn't check, for which our own reading counts."""

    findings: tuple[Finding, ...]
    unasked: frozenset[str] = frozenset()


def read_findings(output: str) -> tuple[Finding, ...]:
    """buf's findings, one JSON object a line.

    Raises ValueError for anything else.
    """
    found = []
    for line in filter(None, output.splitlines()):
        document = json.loads(line)
        if not isinstance(document, dict) or not {"type", "message"} <= document.keys():
            raise ValueError(f"not a finding of buf: {line[:200]}")
        rule, path, message = (str(document.get(key) or "") for key in ("type", "path", "message"))
        found.append(Finding(rule, path, message, _subject(rule, path, message)))
    return tuple(found)


def judge(changes: Iterable[Change], verdict: Verdict | None) -> tuple[Change, ...]:
    """The changes with the marks that count, and what buf found beyond them.

    verdict: None where buf wasn't asked; then our own reading of its rules counts.
    """
    changes = tuple(changes)
    asked = verdict or Verdict((), frozenset(RULES))
    found = {(each.rule, each.subject) for each in asked.findings}
    known = {(each.rule, each.subject) for change in changes for each in change.marks}
    lost = tuple(_lost_messages(changes))
    judged = (replace(each, marks=tuple(_decided(each.marks, found, asked.unasked))) for each in changes)
    beyond = (
        _told(finding)
        for finding in dict.fromkeys(asked.findings)
        if (finding.rule, finding.subject) not in known and not _goes_with(finding, lost)
    )
    return (*judged, *beyond)


def _decided(
    marks: Iterable[Mark], found: set[tuple[str, tuple[str, ...]]], unasked: frozenset[str]
) -> Iterable[Mark]:
    """Those of the marks that count; one without anything to break only keeps buf's finding from counting."""
    for each in marks:
        if each.breaks and each.of_buf and (each.rule, each.subject) in found:
            yield replace(each, decided="buf")
        elif each.breaks and each.claimed and (not each.of_buf or each.rule in unasked):
            yield each


def _subject(rule: str, path: str, message: str) -> tuple[str, ...]:
    if rule in SYNTAX_RULES or rule.startswith("FILE_SAME_"):
        return (path,)
    if match := _REQUIRED.search(message):
        return match[1], match[2]
    if match := _MEMBER.search(message):
        return match[2].rpartition(".")[2], match[1]
    if match := _DELETED.search(message) or _RANGE.search(message):
        return (match[1],)
    return path, message


def _lost_messages(changes: Iterable[Change]) -> Iterable[str]:
    """The messages, by their names inside the package, that went or moved with all they hold."""
    for change in changes:
        if change.element == "message":
            for each in change.marks:
                if each.rule.endswith("MESSAGE_NO_DELETE"):
                    yield each.subject[0]


def _goes_with(finding: Finding, lost: Iterable[str]) -> bool:
    if not finding.rule.removeprefix("PACKAGE_").startswith(_INSIDE):
        return False
    return any(finding.subject[0].startswith(f"{name}.") for name in lost)


def _told(finding: Finding) -> Change:
    """A finding about nothing that is a change here: told in buf's words."""
    breaks = RULES.get(finding.rule, ("source",))
    mark = Mark(finding.rule, breaks, finding.subject, decided="buf")
    name = finding.path or ".".join(finding.subject)
    return Change("changed", "finding", name, finding.path, note=finding.message, marks=(mark,))
