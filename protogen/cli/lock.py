"""`protogen lock`: write down what a run is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from protogen.cli import completion, report
from protogen.cli.command import command_context, commas, read_job
from protogen.cli.options import examples, job_options
from protogen.errors import UsageError
from protogen.pipeline import lock as locks
from protogen.pipeline import lockfile
from protogen.pipeline.job import Job
from protogen.pipeline.lockfile import Lock, LockedRelease
from protogen.system.context import Context
from protogen.system.progress import Kind
from protogen.system.suggestions import nearest

_ALL = "*"


_EXAMPLES = examples(
    "protogen lock --version r2.11 --lang go",
    "protogen lock --version r2.11 --lang go --update serving",
    "protogen lock --remove r2.10",
)


@click.command(epilog=_EXAMPLES)
@job_options
@click.option(
    "--update",
    is_flag=False,
    flag_value=_ALL,
    default=None,
    metavar="[NAME]",
    shell_complete=completion.updatable,
    help="Move to what the refs are now: all, or one repository or release.",
)
@click.option(
    "--remove",
    "removed",
    multiple=True,
    metavar="RELEASE",
    shell_complete=completion.locked,
    help="Take a release out of the lock, and do nothing else; repeats or takes commas.",
)
def lock(**options: Any) -> int:
    """Write protogen.lock: the commits, tools and outputs that --locked holds a run to.

    Releases that aren't named stay as they are locked.
    """

    folder = Path.cwd()
    if options["removed"]:
        return _remove(commas(options["removed"]), folder, quiet=options["quiet"])
    job = read_job(options, anew=True)
    earlier = lockfile.load(folder)
    _check_name(options["update"], job, earlier)
    update = options["update"]
    with command_context(options) as context:
        made = {version: _lock_one(version, job, earlier, update, context) for version in job.versions}
    changed = lockfile.save(locks.merged(earlier, made), folder)
    if not options["quiet"]:
        for version, release in made.items():
            before = earlier.releases.get(version) if earlier else None
            moved = locks.differences(before, release) if before else ("new",)
            report.say(f"{version}: {'; '.join(moved) or 'as before'}")
        report.say(f"{'wrote' if changed else 'unchanged'} {lockfile.FILE}")
    return 0


def _lock_one(
    version: str, job: Job, earlier: Lock | None, update: str | None, context: Context
) -> LockedRelease:
    """Resolve a release, and hold it to the earlier lock where nothing is to move."""
    from protogen.pipeline import lock, release

    held = None
    before = earlier.releases.get(version) if earlier else None
    same_recipe = before is not None and before.recipe_sha256 == job.recipe.digest
    if before and same_recipe and update not in {_ALL, version}:
        held = before.resolved(version, frozenset({update} if update in job.recipe.repositories else ()))
    with context.progress.task(version, Kind.RELEASE):
        return lock.of(job, release.prepare(job, version, context, held))


def _remove(versions: tuple[str, ...], folder: Path, *, quiet: bool) -> int:
    earlier = lockfile.load_existing(folder)
    for version in versions:
        if version not in earlier.releases:
            known = list(earlier.releases)
            near = nearest(version, known) or next(iter(known), "")
            raise UsageError(
                f"{lockfile.FILE} has no release {version!r} to remove; it has {', '.join(known) or 'none'}",
                where="--remove",
                remedy=f"run again with --remove {near}" if near else "",
            )
    lockfile.save(locks.without(earlier, versions), folder)
    if not quiet:
        report.say(f"removed {', '.join(versions)}; wrote {lockfile.FILE}")
    return 0


def _check_name(update: str | None, job: Job, earlier: Lock | None) -> None:
    known = [*job.recipe.repositories, *(earlier.releases if earlier else ())]
    if update not in {None, _ALL, *known}:
        raise UsageError(
            f"there is no repository or release {update!r} to update; there are {', '.join(known)}",
            where="--update",
            remedy=f"run again with --update {nearest(str(update), known)}".rstrip(),
        )
