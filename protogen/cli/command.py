"""What the options of a command come to: the selection, the job, and a context to work in."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from protogen.cli.defaults import missing
from protogen.cli.report import Result, T, say
from protogen.errors import ProtogenError, UsageError
from protogen.languages import LANGUAGES, choose, refusals
from protogen.pipeline.job import ARTIFACTS, Job
from protogen.sources.selection import Selection, select
from protogen.system.progress import Kind

if TYPE_CHECKING:
    from protogen.pipeline.lockfile import Lock
    from protogen.registry.release import Changes
    from protogen.system.cache import Cache
    from protogen.system.context import Context


# Graphviz draws graphs, and buf judges changes.
NO_LANGUAGES_TOOLS = ("dot", "buf")


def read_selection(options: dict[str, Any], cache: Cache | None = None) -> Selection:
    """What the selection options ask for. cache: where recipes are kept, for commands that may write it.

    Raises UsageError, RecipeError.
    """
    from protogen.recipe import model

    return select(
        model.load(options["recipe_name"], cache),
        commas(options["versions"]),
        source=options["source"],
        repositories=options["repositories"],
        refs=options["refs"],
        match=options["match"],
        groups=commas(options["groups"]),
        offline=options["offline"],
    )


def commas(values: tuple[str, ...]) -> tuple[str, ...]:
    """Values that repeat, take commas, or stand in lines as another command printed them; each once."""
    return tuple(dict.fromkeys(part for value in values for part in value.replace(",", " ").split()))


def environment() -> dict[str, str]:
    """The user's environment, as a value, with a home folder."""
    from protogen.system import home

    return home.with_home(os.environ)


def open_cache(cache_dir: str | None, *, offline: bool = False) -> Cache:
    """The cache in the folder that the option names, else where caches are."""
    from protogen.system.cache import Cache
    from protogen.system.home import cache_folder

    return Cache(cache_folder(cache_dir, environment()), offline)


def tool_names() -> tuple[str, ...]:
    """What --tool takes: the languages' tools, and those of the other commands."""
    used = dict.fromkeys(name for language in LANGUAGES.values() for name in language.programs)
    return (*used, *NO_LANGUAGES_TOOLS)


@contextmanager
def command_context(options: dict[str, Any]) -> Iterator[Context]:
    """What a command works with; its children end with it.

    Raises UsageError for a tool that can't be given.
    """
    from protogen.cli.progress import showing
    from protogen.languages.toolchain.programs import given_tools
    from protogen.system import home, machine
    from protogen.system.context import Context
    from protogen.system.process import Processes

    environ, quiet = environment(), options.get("quiet", False)
    tools = given_tools(options.get("tools", ()), environ, tool_names())
    with showing(environ, quiet=quiet, verbose=options.get("verbose", False)) as shown:
        processes = Processes(shown.process_ended)
        cache = open_cache(options["cache_dir"], offline=options["offline"])
        if home.is_temporary(cache.root):
            shown.say(
                f"note: this user has no folder for a cache; it is {cache.root} (--cache-dir for another)"
            )
        with suppress(OSError):
            cache.area.sweep()
        context = Context(
            cache=cache,
            processes=processes,
            environ=environ,
            given_tools=tools,
            jobs=options.get("jobs") or machine.processors(),
            say=shown.say,
            progress=shown.progress,
        )
        try:
            yield context
        finally:
            processes.cancel()
            context.background.join()


def each_release(job: Job, context: Context, make: Callable[[str], T]) -> Iterator[Result[T]]:
    """What became of each release of the job, one after the other: all are tried."""
    for version in job.versions:
        try:
            with context.progress.task(version, Kind.RELEASE):
                result = Result(version, make(version))
        except ProtogenError as error:
            result = Result(version, error=error)
        yield result


# What makes packages whatever the cache keeps of them: they are looked at, not only wanted.
_ANEW = ("regenerate", "verify", "artifacts", "locked")
_TYPED = (click.core.ParameterSource.COMMANDLINE, click.core.ParameterSource.ENVIRONMENT)


def _note_unused(names: Container[str]) -> None:
    """Say which options of other languages were typed or are variables; protogen.yaml serves all runs."""
    context = click.get_current_context()
    for language in LANGUAGES.values():
        flags = [
            each.flag
            for each in language.options
            if language.name not in names and context.get_parameter_source(each.key) in _TYPED
        ]
        if flags:
            say(f"note: {', '.join(flags)} is of no use without --lang {language.name}")


def read_job(options: dict[str, Any], *, anew: bool = False) -> Job:
    """The job that the options ask for. anew: whether packages are made whatever the cache keeps.

    Raises UsageError, RecipeError, ToolMissing.
    """
    from protogen.recipe import model

    selection = read_selection(options, open_cache(options["cache_dir"]))
    names = commas(options["languages"])
    if not selection.versions:
        raise missing("release", "--version", "r2.11")
    if not names:
        raise missing("language", "--lang", next(iter(LANGUAGES)))
    if options.get("artifacts") or options.get("registry"):
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
    if options["without_kit"] and selection.recipe.kit:
        from protogen.languages.kit import WITHOUT

        selection = replace(selection, recipe=selection.recipe.without_kit())
        chosen[WITHOUT] = "yes"
    if options["generate_externals"]:
        from protogen.languages.kit import GENERATED

        selection = replace(selection, recipe=selection.recipe.with_all_generated())
        chosen[GENERATED] = "yes"
    if not options["quiet"]:
        _note_unused([each.name for each in languages])
    job = Job(
        selection=selection,
        languages=languages,
        settings=chosen,
        package_version=_package_version(options["package_version"]),
        out_template=options["out"],
        artifacts_template=options.get("artifacts") or "",
        registry=_registry(options),
        registry_url=options.get("registry_url") or "",
        registry_auth=options.get("registry_auth"),
        compare=_compare,
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
            if job.artifacts_template or job.registry:
                language.check_artifacts(job.recipe, job.settings)
        artifacts = job.artifacts(version)
        folders = outs | ({ARTIFACTS: artifacts} if artifacts else {})
        real_outs([Target(name, out, {}, {}) for name, out in folders.items()])
        if job.registry:
            from protogen.registry.precheck import check_apart

            check_apart(job.registry, folders)
    if job.registry:
        _check_registry(job, job.registry)


def _check_registry(job: Job, registry: Path) -> None:
    """Refuse a registry, or what goes there, that no release makes right; raises as `_check` does."""
    from protogen.registry.folder import Folder
    from protogen.registry.layout import ecosystem_of
    from protogen.registry.precheck import check_address, check_is_registry

    if job.package_version:
        job.check_registered(job.package_version)
    check_is_registry(registry)
    ecosystems = {ecosystem_of(each.name) for each in job.languages}
    check_address(ecosystems, job.registry_url or Folder(registry).service.url)


def _compare(old: bytes, new: bytes) -> Changes:
    """What changed from one descriptor set to the other; imported when it is wanted."""
    from protogen.analysis.diff.since import changes

    return changes(old, new)


def _registry(options: dict[str, Any]) -> Path | None:
    """The folder that packages are added to, if one was given; its address with it.

    Raises UsageError for an address that isn't whole.
    """
    url = options.get("registry_url") or ""
    if url and not url.startswith(("https://", "http://")):
        raise UsageError(
            f"{url!r} is no whole address",
            where="--registry-url",
            remedy="run again with --registry-url https://example.com/registry",
        )
    return Path(options["registry"]) if options.get("registry") else None


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
