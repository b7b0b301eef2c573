"""`protogen --version R --lang L`: the main job."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import click

from protogen import recipe as recipes
from protogen.cli import report
from protogen.cli.options import commas, environment, language_options, selection_options
from protogen.errors import ProtogenError, UsageError
from protogen.languages import LANGUAGES, choose
from protogen.selection import out_folder, select

if TYPE_CHECKING:
    from protogen.pipeline import Job
    from protogen.sources.base import Source
    from protogen.workbench import Workbench

_VERSION = re.compile(r"\d{1,9}\.\d{1,9}\.\d{1,9}(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?")


class _MainJob(click.Command):
    """The command that needs no name."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the command as it is typed."""
        formatter.write_usage("protogen", "--version RELEASE --lang LANG [OPTIONS]")


@click.command(cls=_MainJob, epilog="Example: protogen --version r2.11 --lang go --out gen")
@click.option(
    "--lang",
    "languages",
    multiple=True,
    metavar="LANG",
    help=f"{', '.join(LANGUAGES)} or all; repeats or takes commas.",
)
@click.option(
    "--out",
    default="./gen",
    show_default=True,
    metavar="DIR",
    help="Packages land in DIR/LANG; {version} and {lang} may stand in it.",
)
@selection_options
@language_options(LANGUAGES)
@click.option(
    "--package-version", metavar="V", help="Version of the packages, X.Y.Z, instead of the release's."
)
@click.option(
    "--tool", "tools", multiple=True, metavar="NAME=PATH", help="Use this program.  [env: PROTOGEN_TOOL_NAME]"
)
@click.option(
    "--jobs", type=click.IntRange(1, 256), metavar="N", help="Generators at a time.  [default: processors]"
)
@click.option("--force", is_flag=True, help="Overwrite files in the way.")
@click.option("--dry-run", is_flag=True, help="Write nothing; say what would be.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="How the result is told.",
)
@click.option("-q", "--quiet", is_flag=True, help="Only errors.")
@click.version_option(
    None,
    "-V",
    package_name="protogen",
    prog_name="protogen",
    message="%(prog)s %(version)s",
    help="Print protogen's own version.",
)
@click.option("-v", "--verbose", is_flag=True, help="Stages, and tracebacks of bugs.")
def generate(**options: Any) -> int:
    """Turn a release of an API into client packages that compile, install and coexist."""
    from protogen.pipeline import Job
    from protogen.sources import open_source

    versions, names = commas(options["versions"]), commas(options["languages"])
    for what, given, example in (("release", versions, "--version r2.11"), ("language", names, "--lang go")):
        if not given:
            flag = example.split()[0]
            raise UsageError(f"no {what} is given", where=flag, remedy=f"run again with {example}")
    languages = choose(names)
    recipe = recipes.load(options["recipe_name"])
    selection = select(
        recipe,
        source=options["source"],
        repositories=options["repositories"],
        refs=options["refs"],
        match=options["match"],
        groups=commas(options["groups"]),
        offline=options["offline"],
    )
    recipe.selected(selection.groups)
    settings = {
        each.key: options[each.key]
        for language in LANGUAGES.values()
        for each in language.options
        if options[each.key]
    }
    job = Job(
        recipe=recipe,
        languages=languages,
        settings=settings,
        groups=selection.groups,
        package_version=_package_version(options["package_version"]),
        force=options["force"],
        dry_run=options["dry_run"],
    )
    with report.progress(options["quiet"]) as progress:
        bench = _workbench(options, progress)
        try:
            results = _make_all(job, versions, options, open_source(recipe, selection, bench), bench)
        finally:
            bench.processes.cancel()
    return _tell(results, options)


def _make_all(
    job: Job, versions: tuple[str, ...], options: dict[str, Any], source: Source, bench: Workbench
) -> list[report.Result]:
    from protogen.pipeline import make

    several = len(versions) > 1
    results = []
    for version in versions:

        def out(language: str, version: str = version) -> Any:
            return out_folder(options["out"], version, language, several=several)

        try:
            results.append(report.Result(version, make(job, version, out, source, bench)))
        except ProtogenError as error:
            failed = report.Failure(error.code, error.message, error.where, error.remedy)
            results.append(report.Result(version, error=failed))
    return results


def _tell(results: list[report.Result], options: dict[str, Any]) -> int:
    for result in results:
        if result.outcome and not options["quiet"]:
            report.summary(result.outcome, dry_run=options["dry_run"])
        if result.error:
            if len(results) > 1:
                report.say(f"{result.version}:")
            report.failure(result.error, as_json=False)
    if options["format_"] == "json":
        click.echo(json.dumps(report.document(results), indent=2))
    return next((result.error.code for result in results if result.error), 0)


def _workbench(options: dict[str, Any], progress: Any) -> Workbench:
    from protogen.cache import Cache
    from protogen.process import Processes
    from protogen.toolchain.toolbox import given_tools
    from protogen.workbench import Workbench, cache_folder, default_jobs

    environ = environment()
    known = tuple(dict.fromkeys(name for language in LANGUAGES.values() for name in language.tools))
    try:
        tools = given_tools(options["tools"], environ, known)
    except ValueError as error:
        raise UsageError(
            str(error), where="--tool", remedy=f"run again with --tool {known[0]}=PATH"
        ) from None

    def stage(text: str) -> None:
        progress(text)
        if options["verbose"]:
            report.say(text)

    return Workbench(
        cache=Cache(cache_folder(options["cache_dir"], environ)),
        processes=Processes(),
        environ=environ,
        given_tools=tools,
        jobs=options["jobs"] or default_jobs(),
        offline=options["offline"],
        say=(lambda line: None) if options["quiet"] else report.say,
        progress=stage,
    )


def _package_version(given: str | None) -> str:
    if given and not _VERSION.fullmatch(given):
        raise UsageError(
            f"{given!r} is not a version; it is X.Y.Z, and -PRE may follow",
            where="--package-version",
            remedy="run again with --package-version 1.2.3",
        )
    return given or ""
