"""`protogen check`: whether what is in the tree is what protogen makes. It changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import click

from protogen.cli import report
from protogen.cli.command import command_context, read_job
from protogen.cli.options import LOCKED, examples, format_option, job_options
from protogen.errors import ProtogenError
from protogen.pipeline import comparison
from protogen.pipeline.comparison import Comparison
from protogen.system.progress import Kind

_DIFFERS = 1


@dataclass(frozen=True)
class _Checked:
    version: str
    comparisons: tuple[Comparison, ...] = ()
    error: ProtogenError | None = None


_EXAMPLES = examples("protogen check", "protogen check --locked --format github")


@click.command(epilog=_EXAMPLES)
@job_options
@LOCKED
@format_option("text", "json", "github", "gitlab")
def check(**options: Any) -> int:
    """Compare the packages in the tree with what protogen makes now: 0 the same, 1 differs."""
    from protogen.pipeline.release import prepare

    job = read_job(options, anew=True)
    checked = []
    with command_context(options) as context:
        for version in job.versions:
            try:
                with context.progress.task(version, Kind.RELEASE):
                    compared = comparison.compare(prepare(job, version, context).targets)
                checked.append(_Checked(version, compared))
            except ProtogenError as error:
                checked.append(_Checked(version, error=error))
    _print(checked, options["format_"], quiet=options["quiet"])
    failures = [each.error.code for each in checked if each.error]
    if failures:
        return failures[0]
    return _DIFFERS if any(not each.same for one in checked for each in one.comparisons) else 0


def _print(checked: list[_Checked], format_: str, *, quiet: bool) -> None:
    every = [each for one in checked for each in one.comparisons]
    if format_ == "json":
        report.print_json({"schema": 1, "releases": [_document(one) for one in checked]})
    elif format_ == "github":
        for line in comparison.github(every):
            click.echo(line)
    elif format_ == "gitlab":
        report.print_json(comparison.gitlab(every))
    else:
        for line in comparison.text(every):
            click.echo(line)
    for one in checked:
        if one.error:
            report.failure(one.error)
        elif not quiet:
            for each in one.comparisons:
                state = "the same" if each.same else f"differs in {len(each.files)} files"
                report.say(f"{one.version}  {each.language:<8} {each.out}: {state}")
    if not quiet and any(not each.same for each in every):
        report.say(f"try: {comparison.remedy(every)}")


def _document(one: _Checked) -> dict[str, Any]:
    return {
        "version": one.version,
        "languages": {
            each.language: {
                "out": str(each.out),
                "status": "same" if each.same else "differs",
                "added": list(each.added),
                "changed": list(each.changed),
                "removed": list(each.removed),
                "line_ends_only": list(each.converted),
            }
            for each in one.comparisons
        },
        "error": one.error.plain if one.error else None,
    }
