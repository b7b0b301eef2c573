"""`protogen --version R --lang L`: the main job."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from protogen import DISTRIBUTION
from protogen.cli import completion, report
from protogen.cli.command import command_context, each_release, read_job
from protogen.cli.options import LOCKED, examples, format_option, job_options

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from protogen.pipeline.job import Outcome


class _MainJob(click.Command):
    """The command that needs no name."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the command as it is typed."""
        formatter.write_usage("protogen", "--version RELEASE --lang LANG [OPTIONS]")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Its options, and the commands that do have names."""
        super().format_options(ctx, formatter)
        if isinstance(ctx.parent, click.Context) and isinstance(ctx.parent.command, click.Group):
            ctx.parent.command.format_commands(ctx.parent, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Its options, and the commands where nothing is typed yet."""
        from protogen.cli.main import NO_WORD

        found = super().shell_complete(ctx, incomplete)
        if ctx.parent and ctx.meta.get(NO_WORD) and not incomplete.startswith("-"):
            found += ctx.parent.command.shell_complete(ctx.parent, incomplete)
        return found


_EXAMPLES = examples(
    "protogen --version r2.11 --lang go --out gen",
    "protogen --version r2.11,r2.19 --lang all --out 'clients/{version}'",
    "protogen --version r2.11 --lang python --verify --artifacts dist",
    "protogen graph --help",
)


@click.command(cls=_MainJob, epilog=_EXAMPLES)
@job_options
@LOCKED
@click.option("--verify", is_flag=True, help="Build each package and use it from a project of its own.")
@click.option(
    "--artifacts",
    metavar="DIR",
    shell_complete=completion.folders,
    help="Put what registries take into DIR; {version} may stand in it.",
)
@click.option(
    "--registry",
    metavar="DIR",
    shell_complete=completion.folders,
    help="Add the packages to DIR, which any web server serves to package clients.",
)
@click.option("--registry-url", metavar="URL", help="Where DIR is served; kept there, and needed once.")
@click.option(
    "--registry-auth/--no-registry-auth",
    default=None,
    help="Whether DIR's server asks for credentials: cargo must know; kept there.",
)
@click.option("--regenerate", is_flag=True, help="Run the generators, whatever packages the cache keeps.")
@click.option("--force", is_flag=True, help="Overwrite files in the way.")
@click.option("--dry-run", is_flag=True, help="Write nothing; say what would be.")
@format_option("text", "json")
@click.version_option(
    None,
    "-V",
    package_name=DISTRIBUTION,
    prog_name="protogen",
    message="%(prog)s %(version)s",
    help="Print protogen's own version.",
)
def generate(**options: Any) -> int:
    """Turn a release of an API into client packages that compile, install and coexist."""
    from protogen.pipeline.release import make

    job = read_job(options)
    results: list[report.Result[Outcome]] = []
    try:
        with command_context(options) as context:
            for result in each_release(job, context, lambda version: make(job, version, context)):
                results.append(result)
    except BaseException:
        _tell(results, options)
        raise
    results = [replace(each, error=each.made.refusal) if each.made else each for each in results]
    _tell(results, options)
    if options["format_"] == "json":
        report.print_json(report.document(results))
    return next((result.error.code for result in results if result.error), 0)


def _tell(results: list[report.Result[Outcome]], options: dict[str, Any]) -> None:
    """What became of the releases that were tried, for people."""
    for result in results:
        if result.made and not options["quiet"]:
            report.summary(result.made, dry_run=options["dry_run"])
    # Below all that went well, where they are seen.
    for result in results:
        if result.error:
            if len(results) > 1:
                report.say(f"{result.version}:")
            report.failure(result.error)
    if not options["quiet"]:
        report.totals(results)
