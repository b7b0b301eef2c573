"""What the user reads: summaries, errors, tables and JSON. Data to stdout, all else to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import click

if TYPE_CHECKING:
    from protogen.errors import ProtogenError
    from protogen.pipeline.job import Outcome
    from protogen.publish.target import Published

T = TypeVar("T")

_NONE = "-"
_MINUTE = 60
_STATUS = {"written": "wrote", "unchanged": "unchanged", "would-write": "would write"}


@dataclass(frozen=True)
class Result(Generic[T]):
    """What became of one release: what was made of it, or an error."""

    version: str
    made: T | None = None
    error: ProtogenError | None = None


def say(line: str) -> None:
    """One line for the user."""
    click.echo(line, err=True)


def failure(error: ProtogenError, *, as_json: bool = False) -> int:
    """An error: what happened, where, and the next command to type; returns its exit code."""
    if as_json:
        click.echo(json.dumps(error.plain))
    say(f"error: {error}")
    return error.code


def print_json(document: Any) -> None:
    """Data that was asked for as JSON, to stdout."""
    click.echo(json.dumps(document, indent=2))


def document(results: list[Result[Outcome]]) -> dict[str, Any]:
    """The JSON of a run."""
    return {"schema": 1, "releases": [_release(result) for result in results]}


def summary(outcome: Outcome, *, dry_run: bool) -> None:
    """What was made, of what, and where it is."""
    release = outcome.release
    kind = (
        ""
        if release.name.lstrip("vr") == release.package_version
        else f" (version {release.package_version})"
    )
    say(f"{release.name}{kind} from {release.source}: {outcome.files} protos")
    for repository in release.repositories:
        commit = repository.commit[:12]
        ref = repository.ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
        note = f"  ({repository.note})" if repository.note else ""
        say(f"  {repository.name:<12} {' '.join(filter(None, (ref, commit))) or repository.url}{note}")
    for name in outcome.missing_entry_points:
        say(f"  not in this source: {name}")
    for notice in outcome.notices:
        say(f"  note: {notice}")
    for published in outcome.published:
        proven = ", verified" if outcome.verified else ""
        say(f"  {published.language:<12} {_ended(published)}{proven}")
        for remark in outcome.remarks[published.language]:
            say(f"  {'':<12} {remark}")
    if outcome.artifacts:
        say(f"  {'artifacts':<12} {_ended(outcome.artifacts)}")
    for each in outcome.registered:
        say(f"  {'registry':<12} {_spaced(each.status)} {each.name} {each.version} ({each.ecosystem})")
    if dry_run:
        say("nothing was written: --dry-run")


def totals(results: Sequence[Result[Outcome]]) -> None:
    """One line for each release, where there were several: done or failed, version, languages."""
    if len(results) < 2:
        return
    failed = sum(result.error is not None for result in results)
    say(f"{len(results)} releases: {len(results) - failed} done, {failed} failed")
    for line in columns([_total(result) for result in results]):
        say(f"  {line}")
    counts: dict[str, int] = {}
    for each in (status for result in results if result.made for status in result.made.registered):
        counts[each.status] = counts.get(each.status, 0) + 1
    if counts:
        told = ", ".join(f"{count} {_spaced(status)}" for status, count in counts.items())
        say(f"packages in the registry: {told}")


def is_terminal() -> bool:
    """Whether somebody looks at the output."""
    return sys.stdout.isatty()


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table that was asked for, to stdout; without the head where a program reads it."""
    if not is_terminal():
        for line in columns(rows):
            click.echo(line)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False)
    for name in head:
        made.add_column(name, overflow="fold")
    for row in rows:
        made.add_row(*map(Text, row))
    Console().print(made)


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows as lines, each column as wide as its widest cell."""
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def duration(seconds: float) -> str:
    """Seconds, and minutes where there are some: `0.7 s`, `2 min 05 s`."""
    whole = int(seconds)
    if whole < _MINUTE:
        return f"{seconds:.1f} s"
    return f"{whole // _MINUTE} min {whole % _MINUTE:02} s"


def _total(result: Result[Outcome]) -> tuple[str, str, str, str]:
    if result.made is None or result.error:
        code = result.error.code if result.error else 0
        return result.version, f"failed ({code})", _NONE, _NONE
    languages = ", ".join(each.language for each in result.made.published)
    return result.version, "done", result.made.release.package_version, languages


def _spaced(status: str) -> str:
    """A status as people read it: `would-add` -> `would add`."""
    return status.replace("-", " ")


def _ended(published: Published) -> str:
    status = _STATUS[published.status]
    changed = f", {len(published.written)} changed" if published.status != "unchanged" else ""
    gone = f", {len(published.removed)} removed" if published.removed else ""
    return f"{status} {published.out} ({len(published.files)} files{changed}{gone})"


def _folder(published: Published) -> dict[str, Any]:
    return {"out": str(published.out), "status": published.status, "files": list(published.files)}


def _release(result: Result[Outcome]) -> dict[str, Any]:
    outcome = result.made
    if outcome is None:
        return {
            "version": result.version,
            "package_version": None,
            "source": None,
            "repositories": {},
            "languages": {},
            "artifacts": None,
            "registry": [],
            "error": result.error.plain if result.error else None,
        }
    return {
        **outcome.release.document(),
        "languages": {
            each.language: _folder(each) | {"verified": outcome.verified} for each in outcome.published
        },
        "artifacts": _folder(outcome.artifacts) if outcome.artifacts else None,
        "registry": [
            {"ecosystem": each.ecosystem, "name": each.name, "version": each.version, "status": each.status}
            for each in outcome.registered
        ],
        "error": result.error.plain if result.error else None,
    }
