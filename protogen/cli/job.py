"""What generate, lock and check have in common: their options, and the job that these ask for."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from protogen.cli import completion
from protogen.cli.defaults import missing
from protogen.cli.options import F, language_options, loudness_options, selection_options
from protogen.cli.selected import commas, environment, read_selection
from protogen.errors import UsageError
from protogen.languages import LANGUAGES, choose, refusals
from protogen.pipeline.job import ARTIFACTS, Job

if TYPE_CHECKING:
    from protogen.pipeline.lockfile import Lock


LANG = click.option(
    "--lang",
    "languages",
    multiple=True,
    metavar="LANG",
    shell_complete=completion.languages,
    help=f"{', '.join(LANGUAGES)}, all or every; repeats or takes commas.",
)
TOOL = click.option(
    "--tool",
    "tools",
    multiple=True,
    metavar="NAME=PATH",
    shell_complete=completion.tools,
    help="Use this program.  [env: PROTOGEN_TOOL_NAME]",
)
_BEFORE = (
    LANG,
    click.option(
        "--out",
        default="./gen",
        show_default=True,
        metavar="DIR",
        shell_complete=completion.folders,
        help="Packages land in DIR/LANG; {version} and {lang} may stand in it.",
    ),
)
_AFTER = (
    click.option(
        "--package-version",
        metavar="V",
        help="Version of the packages, SemVer, instead of the release's.",
    ),
    TOOL,
    click.option(
        "--jobs",
        type=click.IntRange(1, 256),
        metavar="N",
        help="Generators at a time.  [default: processors]",
    ),
)


# What makes packages whatever the cache keeps of them: they are looked at, not only wanted.
_ANEW = ("regenerate", "verify", "artifacts", "locked")
_TYPED = (click.core.ParameterSource.COMMANDLINE, click.core.ParameterSource.ENVIRONMENT)


def _tell_unused(names: Container[str]) -> None:
    """Say which options of other languages were typed or are variables; protogen.yaml serves all runs."""
    from protogen.cli.report import say

    context = click.get_current_context()
    for language in LANGUAGES.values():
        flags = [
            each.flag
            for each in language.options
            if language.name not in names and context.get_parameter_source(each.key) in _TYPED
        ]
        if flags:
            say(f"note: {', '.join(flags)} is of no use without --lang {language.name}")


LOCKED = click.option("--locked", is_flag=True, help="Make exactly what protogen.lock says, or end with 9.")


def job_options(command: F) -> F:
    """The options that say what to make."""
    command = loudness_options(command)
    for option in reversed(_AFTER):
        command = option(command)
    command = selection_options(language_options(LANGUAGES)(command))
    for option in reversed(_BEFORE):
        command = option(command)
    return command


def read(options: dict[str, Any], *, anew: bool = False) -> Job:
    """The job that the options ask for. anew: whether packages are made whatever the cache keeps.

    Raises UsageError, RecipeError, ToolMissing.
    """
    from protogen.recipe import model
    from protogen.system.cache import Cache
    from protogen.system.home import cache_folder

    cache = Cache(cache_folder(options["cache_dir"], environment()))
    selection, names = read_selection(options, cache), commas(options["languages"])
    if not selection.versions:
        raise missing("release", "--version", "r2.11")
    if not names:
        raise missing("language", "--lang", next(iter(LANGUAGES)))
    if options.get("artifacts"):
        from protogen.pipeline.artifacts.sbom import check_installed

        check_installed()
    languages = choose(names)
    if model.is_file(options["recipe_name"]):
        for refusal in refusals(selection.recipe):
            raise refusal
    chosen = {
        each.key: options[each.key]
        for language in languages
        for each in language.entry.options
        if options[each.key]
    }
    if not options["quiet"]:
        _tell_unused([each.name for each in languages])
    job = Job(
        selection=selection,
        languages=languages,
        settings=chosen,
        package_version=_package_version(options["package_version"]),
        out_template=options["out"],
        artifacts_template=options.get("artifacts") or "",
        lock=_lock() if options.get("locked") else None,
        force=options.get("force", False),
        dry_run=options.get("dry_run", False),
        verify=options.get("verify", False),
        anew=anew or any(options.get(name) for name in _ANEW),
    )
    _check(job)
    return job


def _check(job: Job) -> None:
    """Refuse what no release makes right, before anything is asked of a network.

    Raises UsageError and RecipeError.
    """
    from protogen import sources
    from protogen.publish.target import Target, real_outs
    from protogen.releases.names import parse_name

    if not job.lock:
        sources.check(job.selection)
    primary = job.recipe.primary
    for language in job.languages:
        if job.package_version:
            language.version(job.package_version)
    for version in job.versions:
        parse_name(version, primary.branch, primary.tag)
        outs = {each.name: job.out(version, each.name) for each in job.languages}
        for language in job.languages:
            language.cache_inputs(job.recipe, job.settings, outs[language.name])
            if job.artifacts_template:
                language.check_artifacts(job.recipe, job.settings)
        artifacts = job.artifacts(version)
        folders = outs | ({ARTIFACTS: artifacts} if artifacts else {})
        real_outs([Target(name, out, {}, {}) for name, out in folders.items()])


def _lock() -> Lock:
    from protogen.pipeline import lockfile

    return lockfile.load_existing(Path.cwd())


def _package_version(given: str | None) -> str:
    if not given:
        return ""
    from protogen.releases.release import is_semver

    if not is_semver(given):
        raise UsageError(
            f"{given!r} is not a version by SemVer: X.Y.Z, and -PRE may follow",
            where="--package-version",
            remedy="run again with --package-version 1.2.3",
        )
    return given
