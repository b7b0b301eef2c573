"""What the user sees: summaries, errors and JSON. Asked-for JSON to stdout, all else to stderr."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from protogen.pipeline.job import Outcome
    from protogen.publish.target import Published

_STATUS = {"written": "wrote", "unchanged": "unchanged", "would-write": "would write"}


@dataclass(frozen=True)
class Failure:
    """An error as it is told, and as JSON."""

    code: int
    message: str
    where: str
    remedy: str


@dataclass(frozen=True)
class Result:
    """One release's end: an outcome or an error."""

    version: str
    outcome: Outcome | None = None
    error: Failure | None = None


def say(line: str) -> None:
    """One line for the user."""
    click.echo(line, err=True)


def failure(failed: Failure, *, as_json: bool) -> None:
    """An error: what happened, where, and the next command to type."""
    if as_json:
        click.echo(json.dumps(asdict(failed)))
    say(f"error: {failed.message}")
    if failed.where:
        say(f"  where: {failed.where}")
    if failed.remedy:
        say(f"  try:   {failed.remedy}")


def document(results: list[Result]) -> dict[str, Any]:
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
    for name in outcome.lacking:
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
    if dry_run:
        say("nothing was written: --dry-run")


def _ended(published: Published) -> str:
    status = _STATUS[published.status]
    changed = f", {len(published.written)} changed" if published.status != "unchanged" else ""
    gone = f", {len(published.removed)} removed" if published.removed else ""
    return f"{status} {published.out} ({len(published.files)} files{changed}{gone})"


def _folder(published: Published) -> dict[str, Any]:
    return {"out": str(published.out), "status": published.status, "files": list(published.files)}


def _release(result: Result) -> dict[str, Any]:
    outcome = result.outcome
    if outcome is None:
        return {
            "version": result.version,
            "package_version": None,
            "source": None,
            "repositories": {},
            "languages": {},
            "artifacts": None,
            "error": asdict(result.error) if result.error else None,
        }
    return {
        **outcome.release.document(),
        "languages": {
            each.language: _folder(each) | {"verified": outcome.verified} for each in outcome.published
        },
        "artifacts": _folder(outcome.artifacts) if outcome.artifacts else None,
        "error": None,
    }
