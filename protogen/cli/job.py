"""What generate, lock and check have in common: their options, and the job that these ask for."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from protogen.cli import candidates
from protogen.cli.defaults import missing
from protogen.cli.options import F, language_options, loudness_options, selection_options
from protogen.cli.selected import read_selected
from protogen.cli.values import commas, environment
from protogen.errors import UsageError
from protogen.languages import LANGUAGES, choose
from protogen.sources.selection import artifacts_folder, out_folder

if TYPE_CHECKING:
    from protogen.cli.selected import Selected
    from protogen.pipeline.job import Job, Outcome
    from protogen.pipeline.lock import Lock
    from protogen.pipeline.pipeline import Prepared
    from protogen.recipe.model import Recipe
    from protogen.system.context import Context


LANG = click.option(
    "--lang",
    "languages",
    multiple=True,
    metavar="LANG",
    shell_complete=candidates.languages,
    help=f"{', '.join(LANGUAGES)} or all; repeats or takes commas.",
)
TOOL = click.option(
    "--tool",
    "tools",
    multiple=True,
    metavar="NAME=PATH",
    shell_complete=candidates.tools,
    help="Use this program.  [env: PROTOGEN_TOOL_NAME]",
)
_BEFORE = (
    LANG,
    click.option(
        "--out",
        default="./gen",
        show_default=True,
        metavar="DIR",
        shell_complete=candidates.folders,
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


_TYPED = (click.core.ParameterSource.COMMANDLINE, click.core.ParameterSource.ENVIRONMENT)


@dataclass(frozen=True)
class Asked:
    """A command line, checked: which releases, of what, for which languages, into which folders."""

    selected: Selected
    job: Job
    out_template: str
    lock: Lock | None = None
    artifacts_template: str = ""

    @property
    def versions(self) -> tuple[str, ...]:
        """The releases, as typed."""
        return self.selected.versions

    @property
    def recipe(self) -> Recipe:
        """What the packages are of."""
        return self.selected.recipe

    def out(self, version: str) -> Callable[[str], Path]:
        """Where each language's package of a release goes."""
        several = len(self.versions) > 1
        return lambda language: out_folder(self.out_template, version, language, several=several)

    def artifacts(self, version: str) -> Path | None:
        """Where the artifacts of a release go, if they are wanted."""
        several = len(self.versions) > 1
        template = self.artifacts_template
        return artifacts_folder(template, version, several=several) if template else None

    def check(self) -> None:
        """Raises UsageError for folders and names that can't be, before anything is read."""
        for language in self.job.languages if self.job.package_version else ():
            language.version(self.job.package_version)
        for version in self.versions:
            self.artifacts(version)
            out = self.out(version)
            for language in self.job.languages:
                language.cache_inputs(self.recipe, self.job.settings, out(language.name))

    def make(self, version: str, context: Context) -> Outcome:
        """The packages of a release, in their folders.

        Raises what preparing and writing raise.
        """
        dist = self.artifacts(version)
        if self.lock or self.job.verify or dist:
            from protogen.pipeline import pipeline

            return pipeline.write(self.prepare(version, context), self.job, context, dist)
        from protogen.pipeline.make import make

        return make(self.job, version, self.out(version), self.selected.source(context), context)

    def prepare(self, version: str, context: Context) -> Prepared:
        """The packages of a release, made but not written; held to the lock where there is one.

        Raises LockMismatch, and whatever making them raises.
        """
        from protogen.pipeline import lock as locks
        from protogen.pipeline.pipeline import prepare
        from protogen.sources import open_source

        if not self.lock:
            return prepare(self.job, version, self.out(version), self.selected.source(context), context)
        locked = locks.check_locked(self.lock, version, self.recipe.name, self.recipe.digest)
        selection = replace(self.selected.selection, source=locked.source)
        source = open_source(self.recipe, selection, context, locked.resolved(version))
        prepared = prepare(self.job, version, self.out(version), source, context)
        locks.check_same(version, locked, locks.locked_release(self.job, prepared))
        return prepared


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


def read(options: dict[str, Any]) -> Asked:
    """The job that the options ask for.

    Raises UsageError, RecipeError, ToolMissing.
    """
    from protogen.pipeline.job import Job
    from protogen.system.cache import Cache
    from protogen.system.home import cache_folder

    cache = Cache(cache_folder(options["cache_dir"], environment()))
    selected, names = read_selected(options, cache), commas(options["languages"])
    if not selected.versions:
        raise missing("release", "--version", "r2.11")
    if not names:
        raise missing("language", "--lang", next(iter(LANGUAGES)))
    if options.get("artifacts"):
        from protogen.pipeline.artifacts.sbom import check_installed

        check_installed()
    languages = choose(names)
    chosen = {
        each.key: options[each.key]
        for language in languages
        for each in language.entry.options
        if options[each.key]
    }
    if not options["quiet"]:
        _tell_unused([each.name for each in languages])
    job = Job(
        recipe=selected.recipe,
        languages=languages,
        settings=chosen,
        groups=selected.selection.groups,
        package_version=_package_version(options["package_version"]),
        force=options.get("force", False),
        dry_run=options.get("dry_run", False),
        verify=options.get("verify", False),
        regenerate=options.get("regenerate", False),
    )
    lock = _lock() if options.get("locked") else None
    asked = Asked(selected, job, options["out"], lock, options.get("artifacts") or "")
    asked.check()
    return asked


def _lock() -> Lock:
    from protogen.pipeline import lock as locks

    return locks.load_existing(Path.cwd())


def _package_version(given: str | None) -> str:
    if not given:
        return ""
    from protogen.releases.package_versions import is_semver

    if not is_semver(given):
        raise UsageError(
            f"{given!r} is not a version by SemVer: X.Y.Z, and -PRE may follow",
            where="--package-version",
            remedy="run again with --package-version 1.2.3",
        )
    return given
