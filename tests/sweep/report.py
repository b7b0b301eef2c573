"""A sweep in words: a line while it runs, the tables of docs/compatibility.md, and those read back; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from tests.sweep.results import Result

COLUMNS = ("release", "package", "official", "files", "messages", "differing", "services", "lacks", "note")
YES, NO = "✓", "✗"
_FIRST = COLUMNS[:3]
_SHOWN = 3
_PART = "<!-- sweep: {} -->"
_END = "<!-- sweep ends -->"
_CELL = re.compile(r"(?<!\\)\|")


def line(result: Result) -> str:
    """What is told while a sweep runs."""
    states = ", ".join(f"{name} {_state(each.failure)}" for name, each in result.languages.items())
    counts = f"{result.files} files, {result.messages} messages, {len(result.differing)} differing"
    reasons = "".join(f"\n  {reason}" for reason in (*_reasons(result), *result.details))
    if result.unusable:
        return f"{result.source} {result.release}: can't be made: {result.unusable}"
    name = f"{result.source} {result.release} ({result.package_version or 'no package'})"
    return f"{name}: {states}; {counts}; {result.seconds:.0f} s{reasons}"


def table(results: Sequence[Result], languages: Sequence[str]) -> str:
    """One row a release, newest first."""
    titles = (*_FIRST, *languages, *COLUMNS[3:])
    rows = [
        _row(result, languages)
        for result in sorted(results, key=lambda each: order(each.release), reverse=True)
    ]
    lines = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    return "\n".join([*lines, *("| " + " | ".join(map(_escaped, row)) + " |" for row in rows)])


def parse(text: str) -> list[dict[str, str]]:
    """The rows of a table, by the columns' titles."""
    lines = [
        [cell.strip().replace("\\|", "|") for cell in _CELL.split(each.strip())[1:-1]]
        for each in text.splitlines()
        if each.lstrip().startswith("|")
    ]
    if not lines:
        return []
    titles, _, *rows = lines
    return [dict(zip(titles, row, strict=True)) for row in rows]


def part(document: str, name: str) -> str:
    """What stands between the marks of a part."""
    _, found, rest = document.partition(_PART.format(name))
    if not found:
        raise ValueError(f"there is no {_PART.format(name)}")
    return rest.partition(_END)[0].strip()


def with_parts(document: str, parts: Mapping[str, str]) -> str:
    """The document with what is between the marks replaced."""
    for name, text in parts.items():
        mark = _PART.format(name)
        before, found, rest = document.partition(mark)
        if not found:
            raise ValueError(f"there is no {mark}")
        document = f"{before}{mark}\n{text}\n{_END}{rest.partition(_END)[2]}"
    return document


def order(release: str) -> tuple[int, ...]:
    """Sorts releases by their numbers; master is newer than all."""
    return tuple(int(part) for part in re.findall(r"\d+", release)) or (1000,)


def _state(failure: str) -> str:
    return "failed" if failure else "ok"


def _row(result: Result, languages: Sequence[str]) -> tuple[str, ...]:
    states = [_cell(result, language) for language in languages]
    counts = [result.files, result.messages, len(result.differing), result.services]
    told = [str(count) for count in counts] if result.files else ["-"] * len(counts)
    return (
        result.release,
        result.package_version or "-",
        " / ".join(ref.partition("==")[2] for ref in result.official) or "-",
        *states,
        *told,
        _names(result.lacking) or "-",
        "; ".join(_notes(result)) or "-",
    )


def _cell(result: Result, language: str) -> str:
    outcome = result.languages.get(language)
    if outcome is None:
        return "-"
    return NO if outcome.failure else YES


def _notes(result: Result) -> list[str]:
    notes = [result.unusable] if result.unusable else _reasons(result)
    if result.files and not result.official:
        notes.append("no official package: the languages are compared with each other")
    elif result.unofficial:
        notes.append(f"not in the official packages: {_names(result.unofficial)}")
    if result.differing:
        notes.append(f"differing: {_names(result.differing)}")
    return notes


def _reasons(result: Result) -> list[str]:
    """Why languages failed; once where it is the same for all."""
    by_reason: dict[str, list[str]] = {}
    for language, reason in result.failures.items():
        by_reason.setdefault(reason.splitlines()[0], []).append(language)
    if len(by_reason) == 1 and len(result.failures) == len(result.languages):
        return list(by_reason)
    return [f"{', '.join(languages)}: {reason}" for reason, languages in by_reason.items()]


def _names(names: Iterable[str]) -> str:
    names = [f"`{name.removeprefix('tensorflow_serving/')}`" for name in names]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", " ")
