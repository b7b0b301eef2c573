"""The main job: a release made into the user's folders, or found there as it would be made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.pipeline import prefetch, remembered
from protogen.pipeline.fingerprint import Wanted, keys
from protogen.pipeline.job import Job, Outcome
from protogen.sources import resolve
from protogen.system.parallel import at_once

if TYPE_CHECKING:
    from protogen.pipeline.pipeline import Prepared
    from protogen.pipeline.remembered import Made
    from protogen.protos.closure import Closure
    from protogen.publish.target import Published
    from protogen.releases.release import Release
    from protogen.sources.base import Resolved, Source
    from protogen.system.context import Context


def make(job: Job, version: str, out: Callable[[str], Path], source: Source, context: Context) -> Outcome:
    """One release into the user's folders. What was made before is taken from there or from the cache.

    Where commits tell the protos from all others, that is known before any proto is read.
    Raises what preparing and writing raise.
    """
    prefetch.begin_where_none_is_installed(job.recipe, job.languages, context)
    resolved = resolve(source, version, job.groups, context)
    closure = None
    if resolved.settled:
        release = job.versioned(resolved.settled)
    else:
        closure = _closure(job, resolved, version, context)
        release = closure.release
    wanted = Wanted(job.recipe, job.languages, job.settings, job.groups, release, out, closure)
    places = keys(wanted, context)
    if not job.regenerate and (made := remembered.recall(wanted, places, context)):
        published = _standing(made, out) or _published_anew(made, job, version, out, context)
        if published:
            return _outcome(release, published, made)

    from protogen.pipeline import pipeline

    prefetch.begin(job.recipe, job.languages, context)
    closure = closure or _closure(job, resolved, version, context)
    prepared = pipeline.prepare_closure(job, closure, out, context)
    outcome = pipeline.write(prepared, job, context)
    if not job.dry_run:
        _keep(prepared, outcome, places, context)
    return outcome


def _standing(made: Mapping[str, Made], out: Callable[[str], Path]) -> tuple[Published, ...]:
    from protogen.publish.standing import Expected, standing

    return standing([Expected(name, out(name), each.manifest) for name, each in made.items()])


def _published_anew(
    made: Mapping[str, Made], job: Job, version: str, out: Callable[[str], Path], context: Context
) -> tuple[Published, ...]:
    """The packages from the cache; none where it doesn't keep all of them."""
    from protogen.pipeline.kept import kept
    from protogen.publish.run import publish
    from protogen.system.progress import Kind

    reading = [partial(kept, name, out(name), each.manifest, context.cache) for name, each in made.items()]
    targets = at_once(reading)
    whole = [target for target in targets if target]
    if len(whole) < len(targets):
        return ()
    with context.progress.task(version, Kind.PUBLISH, "packages"):
        return publish(whole, force=job.force, dry_run=job.dry_run)


def _keep(prepared: Prepared, outcome: Outcome, places: Mapping[str, str], context: Context) -> None:
    """Keep the packages that the same inputs make again, for a later run."""
    from protogen.pipeline.kept import keep

    for target, each in zip(prepared.targets, outcome.published, strict=True):
        package = prepared.packages[each.language]
        if remembered.is_lasting(package):
            made = remembered.Made(
                each.manifest, package.plan.remarks, outcome.lacking, outcome.files, outcome.notices
            )
            keep(target, each.manifest, context.cache)
            remembered.remember(places[each.language], made, context.cache)


def _outcome(release: Release, published: tuple[Published, ...], made: Mapping[str, Made]) -> Outcome:
    any_ = next(iter(made.values()))
    remarks = {name: each.remarks for name, each in made.items()}
    return Outcome(release, published, remarks, any_.lacking, any_.files, any_.notices)


def _closure(job: Job, resolved: Resolved, version: str, context: Context) -> Closure:
    from protogen.pipeline import pipeline
    from protogen.protos.closure import close

    return pipeline.named(close(resolved.read, version, context), job)
