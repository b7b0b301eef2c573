"""`protogen check`: whether what is in the tree is what protogen makes. It changes nothing."""

from __future__ import annotations

from typing import Any

import click

from protogen.cli import report
from protogen.cli.command import command_context, each_release, read_job
from protogen.cli.options import LOCKED, examples, format_option, job_options
from protogen.pipeline import comparison
from protogen.pipeline.comparison import Comparison

Checked = report.Result[tuple[Comparison, ...]]

_DIFFERS = 1


_EXAMPLES = examples("protogen check", "protogen check --locked --format github")


@click.command(epilog=_EXAMPLES)
@job_options
@LOCKED
@format_option("text", "json", "github", "gitlab")
def check(**options: Any) -> int:
    """Compare the packages in the tree with what protogen makes now: 0 the same, 1 differs."""
    from protogen.pipeline.release import prepare

    job = read_job(options, anew=True)
    with command_context(options) as context:
        compared = each_release(
            job, context, lambda version: comparison.compare(prepare(job, version, context).targets)
        )
        results = list(compared)
    every = [each for result in results for each in result.made or ()]
    _print(results, every, options["format_"], quiet=options["quiet"])
    failed = next((result.error.code for result in results if result.error), 0)
    return failed or (0 if all(each.same for each in every) else _DIFFERS)


def _print(results: list[Checked], every: list[Comparison], format_: str, *, quiet: bool) -> None:
    if format_ == "json":
        report.print_json({"schema": 1, "releases": [_document(result) for result in results]})
    elif format_ == "github":
        for line in comparison.github(every):
            click.echo(line)
    elif format_ == "gitlab":
        report.print_json(comparison.gitlab(every))
    else:
        for line in comparison.text(every):
            click.echo(line)
    for result in results:
        if result.error:
            report.failure(result.error)
        elif not quiet:
            for each in result.made or ():
                state = "the same" if each.same else f"differs in {len(each.files)} files"
                report.say(f"{result.version}  {each.language:<8} {each.out}: {state}")
    if not quiet and not all(each.same for each in every):
        report.say(f"try: {comparison.remedy(every)}")


def _document(result: Checked) -> dict[str, Any]:
    return {
        "version": result.version,
        "languages": {
            each.language: {
                "out": str(each.out),
                "status": "same" if each.same else "differs",
                "added": list(each.added),
                "changed": list(each.changed),
                "removed": list(each.removed),
                "line_ends_only": list(each.converted),
            }
            for each in result.made or ()
        },
        "error": result.error.plain if result.error else None,
    }
