"""The way of a release, from its name to packages in the user's folder."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from protogen.closure import Closure, read
from protogen.generate import Work, generate
from protogen.languages.base import Request
from protogen.parallel import threads
from protogen.publish import Published, Target, publish

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from protogen import descriptors
    from protogen.languages.base import Language, Provided
    from protogen.protoset import Release
    from protogen.recipe import Recipe
    from protogen.sources.base import Source
    from protogen.toolchain.toolbox import Tool
    from protogen.workbench import Workbench


@dataclass(frozen=True)
class Job:
    """What to make of each release. out: language name ▶ folder, for one version."""

    recipe: Recipe
    languages: tuple[Language[Any], ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    package_version: str = ""
    force: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class Outcome:
    """A release that was made, with what the summary tells of each language."""

    release: Release
    published: tuple[Published, ...]
    remarks: Mapping[str, tuple[str, ...]]
    lacking: tuple[str, ...]
    files: int


@dataclass(frozen=True)
class Prepared:
    """A release whose packages are made but not written. closure: SHA-256 of what was compiled.

    tools: what generated, by name.
    """

    release: Release
    closure: str
    tools: Mapping[str, Tool]
    targets: tuple[Target, ...]
    remarks: Mapping[str, tuple[str, ...]]
    lacking: tuple[str, ...]
    files: int


def write(prepared: Prepared, job: Job, bench: Workbench) -> Outcome:
    """Put prepared packages into the user's folders."""
    bench.progress(f"{prepared.release.name}: publishing")
    published = publish(prepared.targets, force=job.force, dry_run=job.dry_run)
    return Outcome(prepared.release, published, prepared.remarks, prepared.lacking, prepared.files)


def prepare(job: Job, version: str, out: Callable[[str], Path], source: Source, bench: Workbench) -> Prepared:
    """One release, all languages, up to the packages' contents."""
    closure = _named(read(source, version, job.groups, bench), job)
    compiled = closure.compile(bench)
    requests = {
        language.name: _request(job, closure, compiled, out(language.name)) for language in job.languages
    }
    plans = {language.name: language.plan(requests[language.name]) for language in job.languages}
    bench.progress(f"{version}: providing tools")
    provided = _provide(job.languages, requests, plans, bench)
    bench.progress(f"{version}: generating {', '.join(plans)}")
    generated = generate(
        [
            Work(name, plan.invocations, provided[name], compiled.path, plan.patches)
            for name, plan in plans.items()
        ],
        bench.protoc,
        jobs=bench.jobs,
    )
    return Prepared(
        release=closure.release,
        closure=closure.graph.digest(),
        tools={name: tool for each in provided.values() for name, tool in each.tools.items()},
        targets=tuple(
            Target(
                name,
                request.out,
                language.package(request, plans[name], provided[name], generated[name]),
                _origin(job, closure.release, provided[name]),
            )
            for language in job.languages
            for name, request in [(language.name, requests[language.name])]
        ),
        remarks={name: plan.remarks for name, plan in plans.items()},
        lacking=closure.protos.lacking,
        files=len(closure.graph.files),
    )


def _named(closure: Closure, job: Job) -> Closure:
    if not job.package_version:
        return closure
    release = replace(closure.release, package_version=job.package_version)
    return replace(closure, protos=replace(closure.protos, release=release))


def _request(job: Job, closure: Closure, compiled: descriptors.DescriptorSet, out: Path) -> Request:
    return Request(
        recipe=job.recipe,
        release=closure.release,
        outline=compiled.outline,
        descriptor_set=compiled.path,
        entry_points=closure.graph.entry_points,
        well_known=closure.graph.well_known,
        licenses=closure.protos.licenses,
        settings=job.settings,
        out=out,
        lacking=closure.protos.lacking,
        groups=job.groups,
    )


def _provide(
    languages: tuple[Language[Any], ...],
    requests: Mapping[str, Request],
    plans: Mapping[str, Any],
    bench: Workbench,
) -> dict[str, Provided]:
    with threads(len(languages), bench.processes) as pool:
        return dict(
            zip(
                plans,
                pool.map(
                    lambda each: each.provide(requests[each.name], plans[each.name], bench.toolbox), languages
                ),
                strict=True,
            )
        )


def _origin(job: Job, release: Release, provided: Provided) -> dict[str, object]:
    """What went in, for the manifest: facts that are the same on every machine."""
    from protogen.languages.documents import public_place

    return {
        "recipe": job.recipe.name,
        "recipe_sha256": job.recipe.digest,
        "version": release.name,
        "package_version": release.package_version,
        "source": release.source,
        "groups": list(job.groups),
        "repositories": {
            each.name: {"url": public_place(each), "ref": each.ref, "commit": each.commit}
            for each in release.repositories
        },
        "tools": {tool.name: tool.version for tool in provided.tools.values()},
    }
