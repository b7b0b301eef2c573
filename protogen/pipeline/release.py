"""The way of a release, from its name to packages in the user's folders: its steps in order, below `make`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from protogen import sources
from protogen.pipeline import packages, reuse, tools
from protogen.pipeline.job import ARTIFACTS, Added, Job, Outcome, Prepared
from protogen.system.parallel import at_once
from protogen.system.progress import Kind

if TYPE_CHECKING:
    from protogen.pipeline.reuse import Record
    from protogen.pipeline.verify import Built
    from protogen.protos.closure import Closure
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
    if not job.anew and (outcome := made_before(job, release, keys, context)):
        return outcome
    tools.begin(job, context)
    prepared = package(job, closure or resolve(job, version, found, context), context)
    outcome = write(job, prepared, keys, context)
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
    locked = job.locked(version)
    held = held or (locked.resolved(version) if locked else None)
    selection = replace(job.selection, source=held.source) if held else job.selection
    tools.begin(job, context, only_first=not job.anew)
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
    compiled = closure.compile(context)
    requests = packages.requests(job, closure, compiled)
    plans = packages.plan(job, requests)
    installed = tools.install(job, requests, plans, context)
    made = packages.generate(job, requests, plans, installed, compiled, context)
    prepared = Prepared(closure, compiled, made, packages.targets(made))
    if locked := job.locked(closure.release.name):
        from protogen.pipeline import lock

        lock.check_same(closure.release.name, locked, lock.of(job, prepared))
    return prepared


def write(job: Job, prepared: Prepared, keys: Mapping[str, str], context: Context) -> Outcome:
    """Put prepared packages into the user's folders, built and proven before where that is asked for.

    keys: over all that each depends on. Raises what building, proving and publishing raise; then nothing
    was changed.
    """
    from protogen.publish.run import publish
    from protogen.publish.target import Target

    closure, release = prepared.closure, prepared.release
    dist = job.artifacts(release.name)
    built: Mapping[str, Built] = {}
    targets = prepared.targets
    complete = bool(dist or job.registry)
    if job.verify or complete:
        from protogen.pipeline.verify import build

        built = build(job.languages, prepared.packages, context, prove=job.verify, complete=complete)
    remarks = {
        name: (*each.plan.remarks, *(built[name].remarks if dist else ()))
        for name, each in prepared.packages.items()
    }
    added = Added()
    if complete:
        from protogen.pipeline import artifacts

        made = artifacts.of(job, prepared, built)
        if dist:
            targets = (*targets, Target(ARTIFACTS, dist, made, {}))
        if job.registry:
            from protogen.pipeline import registering

            # First: a version that was published otherwise is refused before any folder is changed.
            added = registering.register(job, job.registry, prepared, made, remarks, keys, context)
    with context.progress.task(release.name, Kind.PUBLISH, "packages"):
        published = publish(targets, force=job.force, dry_run=job.dry_run)
    return Outcome(
        release,
        tuple(each for each in published if each.language != ARTIFACTS),
        remarks,
        closure.protos.missing_entry_points,
        len(prepared.compiled.outline.files),
        (*closure.protos.notices, *prepared.compiled.notices),
        next((each for each in published if each.language == ARTIFACTS), None),
        job.verify,
        added.statuses,
        added.refusal,
    )


def made_before(job: Job, release: Release, keys: Mapping[str, str], context: Context) -> Outcome | None:
    """The release from the cache, and where it goes into a registry, from there; None where it must be made.

    Raises VersionTaken where the registry has other bytes than were made before.
    """
    if not job.registry:
        records = reuse.recall(job, keys, context)
        return write_again(job, release, records, context) if records else None
    from protogen.pipeline import registering

    registering.check(job, job.registry, release, keys, context)
    records = reuse.recall(job, keys, context)
    there = registering.find(job, job.registry, keys, context) if records else None
    if not there:
        return None
    added, remarks = there
    outcome = write_again(job, release, records, context)
    return replace(outcome, remarks=remarks, registered=added.statuses)


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
