"""The main job: a release made into the user's folders, or found there as it would be made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protogen import remembered
from protogen.job import Job, Outcome
from protogen.sources import resolve

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from protogen.closure import Closure
    from protogen.release import Resolved
    from protogen.sources.base import Source
    from protogen.workbench import Workbench


def make(job: Job, version: str, out: Callable[[str], Path], source: Source, bench: Workbench) -> Outcome:
    """One release into the user's folders; where these hold what would be made, nothing is.

    Where commits tell the protos from all others, that is known before any proto is read.
    Raises what preparing and writing raise.
    """
    resolved = resolve(source, version, job.groups, bench)
    closure = None
    if resolved.settled:
        release = job.versioned(resolved.settled)
    else:
        closure = _closure(job, resolved, version, bench)
        release = closure.release
    wanted = remembered.Wanted(job.recipe, job.languages, job.settings, job.groups, release, out, closure)
    keys = remembered.keys(wanted, bench)
    if standing := remembered.recall(wanted, keys, bench):
        return Outcome(release, standing.published, standing.remarks, standing.lacking, standing.files)

    from protogen import pipeline

    closure = closure or _closure(job, resolved, version, bench)
    prepared = pipeline.prepare_closure(job, closure, out, bench)
    outcome = pipeline.write(prepared, job, bench)
    if not job.dry_run:
        for each in outcome.published:
            package = prepared.packages[each.language]
            remembered.remember(keys[each.language], package, each.manifest, closure, bench.cache)
    return outcome


def _closure(job: Job, resolved: Resolved, version: str, bench: Workbench) -> Closure:
    from protogen import closure as closures
    from protogen import pipeline

    return pipeline.named(closures.closed(resolved, version, bench), job)
