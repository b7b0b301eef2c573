"""`protogen versions`: the releases that the chosen source offers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from protogen.cli import completion, report
from protogen.cli.command import command_context, commas, read_selection
from protogen.cli.options import examples, format_option, loudness_options, selection_options
from protogen.releases import available
from protogen.releases.available import AvailableRelease, ReleaseRange
from protogen.releases.names import Listing
from protogen.sources import open_source

_COLUMNS = ("version", "package version", "ref", "source")


_EXAMPLES = examples(
    "protogen versions",
    "protogen versions --since r2.8 --format json",
    'protogen --version "$(protogen versions --since r2.8 --format names)" --lang go',
)


@click.command(epilog=_EXAMPLES)
@selection_options
@click.option(
    "--since",
    metavar="R",
    shell_complete=completion.releases,
    help="Only from this release or release line on.",
)
@click.option(
    "--until",
    metavar="R",
    shell_complete=completion.releases,
    help="Only up to this release or release line.",
)
@click.option("--all", "exact", is_flag=True, help="Every release, instead of one entry a release line.")
@click.option(
    "--not-in",
    metavar="DIR",
    shell_complete=completion.folders,
    help="Only those of which DIR, filled by --registry, has no package.",
)
@click.option("--pre/--no-pre", default=False, show_default=True, help="Pre-releases too.")
@format_option("text", "json", "names")
@loudness_options
def versions(**options: Any) -> int:
    """List the releases that the source offers, newest first; --version takes the names."""

    selection = read_selection(options)
    primary = selection.recipe.primary
    rules = Listing(selection.recipe.releases, {}, primary.branch, primary.tag)
    wanted = _wanted(options, rules)
    with command_context(options) as context:
        found = available.pick(open_source(selection, context).releases(), wanted, rules)
    if options["not_in"]:
        from protogen.registry.folder import Folder

        folder, recipe = Folder(Path(options["not_in"])), selection.recipe.name
        found = tuple(each for each in found if not folder.release(recipe, each.package_version))
    _print(found, options["format_"])
    return 0


def _wanted(options: dict[str, Any], rules: Listing) -> ReleaseRange:
    # What protogen.yaml and the environment say is meant for the packages to make.
    source = click.get_current_context().get_parameter_source("versions")
    names = commas(options["versions"]) if source is ParameterSource.COMMANDLINE else ()
    return available.ReleaseRange(
        since=available.bound(options["since"], "--since", rules) if options["since"] else None,
        until=available.bound(options["until"], "--until", rules) if options["until"] else None,
        names=names,
        exact=options["exact"],
        pre=options["pre"],
    )


def _print(found: tuple[AvailableRelease, ...], format_: str) -> None:
    if format_ == "names":
        for each in found:
            click.echo(each.version)
        return
    if format_ == "json":
        entries = [
            {
                "version": offer.version,
                "ref": offer.ref,
                "package_version": offer.package_version,
                "source": offer.source,
            }
            for offer in found
        ]
        report.print_json(entries)
        return
    report.table(_COLUMNS, [(each.version, each.package_version, each.ref, each.source) for each in found])
