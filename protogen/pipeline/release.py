"""The way of a release, from its name to packages in the user's folders: its steps in order, below `make`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from protogen import DISTRIBUTION, sources
from protogen.errors import ProtosUnresolved
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.pipeline import reuse
from protogen.pipeline.job import ARTIFACTS, Job, Outcome, Prepared
from protogen.system.parallel import at_once
from protogen.system.progress import Kind

if TYPE_CHECKING:
    from protogen.languages.package import Installed, Package, Request
    from protogen.pipeline.lock import LockedRelease
    from protogen.pipeline.reuse import Record
    from protogen.pipeline.verify import Built
    from protogen.protos.closure import Closure
    from protogen.protos.descriptors import DescriptorSet
    from protogen.releases.release import Release
    from protogen.sources.base import Found
    from protogen.system.context import Context


def make(job: Job, version: str, context: Context) -> Outcome:
    """One release into the user's folders. What was made before is taken from there, or from the cache.

    Where commits tell the protos from all others, that is known before any proto is read.
    Raises what the steps raise.
    """
    found = find(job, version, context)
    closure = None
    if found.release:
        release = job.versioned(found.release)
    else:
        closure = resolve(job, version, found, context)
        release = closure.release
    keys = reuse.keys(job, release, closure, context)
    if not job.anew and (records := reuse.recall(job, keys, context)):
        return write_again(job, release, records, context)
    _begin_tools(job, context)
    prepared = package(job, closure or resolve(job, version, found, context), context)
    outcome = write(job, prepared, context)
    if not job.dry_run:
        reuse.keep(prepared, outcome, keys, context)
    return outcome


def prepare(job: Job, version: str, context: Context, held: Release | None = None) -> Prepared:
    """One release, up to its packages' contents: always made, for what compares and locks.

    held: the release as it was found before; repositories that it leaves out are asked for again.
    Raises what the steps raise.
    """
    return package(job, resolve(job, version, find(job, version, context, held), context), context)


def find(job: Job, version: str, context: Context, held: Release | None = None) -> Found:
    """What the release's name stands for: as it is held or locked, or as the source has it now."""
    toolbox = Toolbox.of(context)
    for name in sorted({name for each in job.languages for name in each.entry.programs} & {*toolbox.given}):
        toolbox.given_program(name)
    locked = _locked(job, version)
    held = held or (locked.resolved(version) if locked else None)
    selection = replace(job.selection, source=held.source) if held else job.selection
    _begin_tools(job, context, only_first=not job.anew)
    return sources.find(selection, version, context, held)


def resolve(job: Job, version: str, found: Found, context: Context) -> Closure:
    """The release's protos, read, and all that they import; under the package version that was asked for."""
    from protogen.protos.closure import close

    closure = close(found.read, version, context)
    return replace(closure, protos=replace(closure.protos, release=job.versioned(closure.release)))


def package(job: Job, closure: Closure, context: Context) -> Prepared:
    """The packages of protos that are resolved: compiled, planned, generated, put together.

    Raises LockMismatch where the release is held to a lock and isn't as that says.
    """
    from protogen.languages import documents
    from protogen.publish.target import Target

    _begin_tools(job, context)
    compiled = closure.compile(context)
    requests = {each.name: _request(job, closure, compiled, each.name) for each in job.languages}
    plans = _plan(job, requests)
    installed = _install(job, requests, plans, context)
    packages = _generate(job, compiled, requests, plans, installed, context)
    targets = tuple(
        Target(name, each.request.out, each.files, documents.origin(each.request, each.installed))
        for name, each in packages.items()
    )
    prepared = Prepared(closure, compiled, packages, targets)
    locked = _locked(job, closure.release.name)
    if locked:
        from protogen.pipeline.lock import check_same

        check_same(closure.release.name, locked, lock(job, prepared))
    return prepared


def write(job: Job, prepared: Prepared, context: Context) -> Outcome:
    """Put prepared packages into the user's folders, built and proven before where that is asked for.

    Raises what building, proving and publishing raise; then nothing was changed.
    """
    from protogen.publish.run import publish
    from protogen.publish.target import Target

    closure, release = prepared.closure, prepared.release
    dist = job.artifacts(release.name)
    built: Mapping[str, Built] = {}
    targets = prepared.targets
    if job.verify or dist:
        from protogen.pipeline.verify import build

        built = build(job.languages, prepared.packages, context, prove=job.verify, complete=dist is not None)
    if dist:
        targets = (*targets, Target(ARTIFACTS, dist, _artifacts(job, prepared, built), {}))
    with context.progress.task(release.name, Kind.PUBLISH, "packages"):
        published = publish(targets, force=job.force, dry_run=job.dry_run)
    return Outcome(
        release,
        tuple(each for each in published if each.language != ARTIFACTS),
        {
            name: (*each.plan.remarks, *(built[name].remarks if dist else ()))
            for name, each in prepared.packages.items()
        },
        closure.protos.missing_entry_points,
        len(closure.graph.files),
        closure.protos.notices,
        next((each for each in published if each.language == ARTIFACTS), None),
        job.verify,
    )


def write_again(job: Job, release: Release, records: Mapping[str, Record], context: Context) -> Outcome:
    """Leave packages of the cache in the user's folders as they are, or put them there."""
    from protogen.publish.up_to_date import Expected, up_to_date

    outs = {name: job.out(release.name, name) for name in records}
    published = up_to_date([Expected(name, outs[name], each.manifest) for name, each in records.items()])
    if not published:
        from protogen.publish.run import publish

        targets = at_once([partial(each.target, name, outs[name]) for name, each in records.items()])
        with context.progress.task(release.name, Kind.PUBLISH, "packages"):
            published = publish(targets, force=job.force, dry_run=job.dry_run)
    remarks = {name: each.remarks for name, each in records.items()}
    any_ = next(iter(records.values()))
    return Outcome(release, published, remarks, any_.missing_entry_points, any_.files, any_.notices)


def lock(job: Job, prepared: Prepared) -> LockedRelease:
    """What the lock keeps of a release; nothing in it depends on the machine or the time."""
    from importlib.metadata import version

    from protogen.pipeline import lock as locks

    release = prepared.release
    options = {each.name: sorted(option.key for option in each.entry.options) for each in job.languages}
    tools = {name: locks.locked_tool(tool.version, tool.path) for name, tool in prepared.tools.items()}
    return locks.LockedRelease(
        recipe=job.recipe.name,
        recipe_sha256=job.recipe.digest,
        package_version=release.package_version,
        source=release.source,
        repositories={each.name: locks.locked_repository(each) for each in release.repositories},
        closure=prepared.closure.graph.own_digest(),
        groups=list(job.groups),
        settings={
            name: {key: job.settings[key] for key in keys if key in job.settings}
            for name, keys in options.items()
        },
        tools={**tools, locks.COMPILER: locks.LockedTool(version(locks.COMPILER), {})},
        outputs={target.language: locks.tree_digest(target.tree) for target in prepared.targets},
    )


def _locked(job: Job, version: str) -> LockedRelease | None:
    """What the release is held to. Raises LockMismatch where the lock has no such release."""
    if job.lock is None:
        return None
    from protogen.pipeline.lock import check_locked

    return check_locked(job.lock, version, job.recipe.name, job.recipe.digest)


def _request(job: Job, closure: Closure, compiled: DescriptorSet, language: str) -> Request:
    from protogen.languages.package import Request

    return Request(
        recipe=job.recipe,
        release=closure.release,
        outline=compiled.outline,
        descriptor_set=compiled.path,
        entry_points=closure.graph.entry_points,
        well_known=closure.graph.well_known,
        licenses=closure.protos.licenses,
        settings=job.settings,
        out=job.out(closure.release.name, language),
        missing_entry_points=closure.protos.missing_entry_points,
        groups=job.groups,
    )


def _plan(job: Job, requests: Mapping[str, Request]) -> dict[str, Any]:
    """The decisions of each language.

    Raises ProtosUnresolved where one can't express the protos, with how to get the others.
    """
    plans: dict[str, Any] = {}
    failed: list[ProtosUnresolved] = []
    for language in job.languages:
        try:
            plans[language.name] = language.plan(requests[language.name])
        except ProtosUnresolved as error:
            failed.append(error)
    if failed:
        if plans:
            failed[0].remedy += f"; or make the others: --lang {','.join(plans)}"
        raise failed[0]
    return plans


def _begin_tools(job: Job, context: Context, *, only_first: bool = False) -> None:
    """Begin to install what the languages' packages usually take, where the network may be used.

    only_first: before it is known whether packages must be made, for languages none of whose tools is here.
    Nobody waits for it: who needs a tool gets it from the toolbox, which installs each once in a run, and
    ends with the error of one that couldn't be.
    """
    if context.offline:
        return
    toolbox = Toolbox.of(context)
    for language in job.languages:
        tools = [each for each in language.tools(language.read(job.recipe)) if each.name not in toolbox.given]
        if tools and not (only_first and any(map(toolbox.is_at_hand, tools))):
            key = (job.recipe.digest, language.name)
            context.background.begin(key, partial(toolbox.install, tools))


def _install(
    job: Job, requests: Mapping[str, Request], plans: Mapping[str, Any], context: Context
) -> dict[str, Installed]:
    """What each plan needs, all at once."""

    def install(name: str, install: Callable[..., Installed]) -> Installed:
        with context.progress.task(requests[name].release.name, Kind.TOOLS, name):
            return install(requests[name], plans[name], Toolbox.of(context))

    installing = [partial(install, each.name, each.install) for each in job.languages]
    return dict(zip(plans, at_once(installing, context.processes), strict=True))


def _generate(
    job: Job,
    compiled: DescriptorSet,
    requests: Mapping[str, Request],
    plans: Mapping[str, Any],
    installed: Mapping[str, Installed],
    context: Context,
) -> dict[str, Package[Any]]:
    """The packages: what no generator writes is made while the generators run."""
    from protogen.languages.package import Package
    from protogen.pipeline.generate import Work, generating
    from protogen.protos.protoc import Protoc

    version = next(iter(requests.values())).release.name
    work = [
        Work(name, plan.invocations, installed[name], compiled.path, compiled.compiler, plan.patches)
        for name, plan in plans.items()
    ]
    begun = partial(context.progress.shared, version, Kind.GENERATE)
    own, packages = {}, {}
    with generating(work, Protoc(context.processes), jobs=context.jobs, begun=begun) as generated:
        for language in job.languages:
            name = language.name
            with context.progress.task(version, Kind.ASSEMBLE, name):
                own[name] = language.write(requests[name], plans[name], installed[name])
        for language in job.languages:
            name = language.name
            files = {**language.layout(plans[name], generated(name)), **own[name]}
            packages[name] = Package(requests[name], plans[name], installed[name], files)
    return packages


def _artifacts(job: Job, prepared: Prepared, built: Mapping[str, Built]) -> dict[str, bytes]:
    from importlib.metadata import version

    from protogen.pipeline import artifacts
    from protogen.pipeline.artifacts.subject import Subject

    by_name = {language.name: language for language in job.languages}
    closure = prepared.closure
    subject = Subject(
        name=job.recipe.name,
        title=job.recipe.title,
        license=job.recipe.license,
        recipe_sha256=job.recipe.digest,
        release=closure.release,
        closure_sha256=closure.graph.digest(),
        descriptor_set=prepared.compiled.read(),
        protos=closure.texts(),
        licenses=closure.protos.licenses,
        tools=prepared.tools,
        coordinates={name: by_name[name].coordinates(each) for name, each in prepared.packages.items()},
        settings=job.settings,
        groups=job.groups,
    )
    builder = {"protogen": version(DISTRIBUTION), "grpcio-tools": version("grpcio-tools")}
    return artifacts.tree(subject, {name: each.files for name, each in built.items()}, builder)
