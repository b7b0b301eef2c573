"""A release's packages into a registry: built and added, or found there where the same inputs put them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from protogen.errors import OutputUnwritable
from protogen.pipeline import reuse
from protogen.pipeline.job import Added
from protogen.pipeline.refusal import explain
from protogen.registry import adding, layout, provenance, read_back
from protogen.registry.adding import VersionTaken
from protogen.registry.folder import Folder
from protogen.system import cache

if TYPE_CHECKING:
    from protogen.pipeline.job import Job, Prepared
    from protogen.registry.model import Addition
    from protogen.releases.release import Release
    from protogen.system.context import Context


# To be raised with every change of what is kept of a release.
_FORMAT = 2


class _Kept(msgspec.Struct, frozen=True):
    """What the cache keeps of a release that was added to a registry; to any, as the bytes are the same."""

    versions: list[read_back.Known]
    remarks: dict[str, tuple[str, ...]]
    """What the summary tells of each language's package."""
    statement: bytes
    """The provenance."""


def register(
    job: Job,
    registry: Path,
    prepared: Prepared,
    artifacts: Mapping[str, bytes],
    remarks: Mapping[str, tuple[str, ...]],
    keys: Mapping[str, str],
    context: Context,
) -> Added:
    """Add what registries take of a release to the folder that serves it; in a dry run, tell what would be.

    remarks: what the summary tells of each language's package. keys: over all that each depends on.
    Raises what adding raises, ToolMissing, ToolFailed, and UsageError for a version that clients don't take;
    then nothing is changed.
    """
    from protogen.languages.toolchain.clients import CARGO
    from protogen.languages.toolchain.toolbox import Toolbox

    release = prepared.release
    job.check_registered(release.package_version)
    crates_index = partial(CARGO.public_index, Toolbox.of(context))
    additions, evidence = layout.additions(artifacts, job.recipe.name, release.package_version, crates_index)
    statement = provenance.statement(artifacts)
    if not job.dry_run and all(map(reuse.is_lasting, prepared.packages.values())):
        kept = _Kept(read_back.known(additions), dict(remarks), statement)
        with suppress(OutputUnwritable):
            context.cache.put("packages", _key(keys), msgspec.msgpack.encode(kept))
    try:
        added = _put(job, registry, additions, evidence)
    except VersionTaken as error:
        explain(error, job, registry, release, statement)
        raise
    if added.refusal:
        explain(added.refusal, job, registry, release, statement)
    return added


def check(job: Job, registry: Path, release: Release, keys: Mapping[str, str], context: Context) -> None:
    """Raise VersionTaken where the registry has other bytes than the same inputs made before.

    Raises OutputUnwritable for a damaged record.
    """
    kept = _kept(keys, context)
    if kept is None or job.dry_run or reuse.gives_tools(job, context):
        return
    folder = Folder(registry)
    if error := adding.refusal(folder, read_back.taken(folder, kept.versions)):
        explain(error, job, registry, release, kept.statement)
        raise error


def find(
    job: Job, registry: Path, keys: Mapping[str, str], context: Context
) -> tuple[Added, Mapping[str, tuple[str, ...]]] | None:
    """What became of a release that the registry has already, whole, as the same inputs made it.

    With what the summary tells of each language's package. None where it must be built. How the folder is
    served is brought up to date. Raises what adding raises.
    """
    kept = _kept(keys, context)
    read = read_back.read_back(Folder(registry), kept.versions) if kept else None
    return (_put(job, registry, *read), kept.remarks) if kept and read else None


def _kept(keys: Mapping[str, str], context: Context) -> _Kept | None:
    content = context.cache.read("packages", _key(keys))
    return None if content is None else msgspec.msgpack.decode(content, type=_Kept)


def _key(keys: Mapping[str, str]) -> str:
    return cache.key("registered", _FORMAT, dict(keys))


def _put(job: Job, registry: Path, additions: list[Addition], evidence: Mapping[str, bytes]) -> Added:
    if job.dry_run:
        return Added(*adding.preview(registry, additions, job.registry_url))
    statuses = adding.add(
        registry, additions, evidence, job.registry_url, job.registry_auth, compare=job.compare
    )
    return Added(tuple(statuses))
