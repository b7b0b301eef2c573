"""The way of a release, from its name to packages in the user's folder."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from protogen import descriptors, imports
from protogen.generate import Work, generate
from protogen.languages.base import Request
from protogen.parallel import threads
from protogen.publish import Published, Target, publish

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from protogen.languages.base import Language, Provided
    from protogen.protoset import ProtoSet, Release
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
    bench.progress(f"{version}: reading protos")
    protos = _named(source.load(version, job.groups), job)
    graph = imports.resolve(
        protos,
        lambda file: descriptors.imports_of(file, protos.form),
        lambda name: descriptors.well_known(bench.protoc, name),
    )
    bench.progress(f"{version}: compiling {len(graph.files)} protos")
    compiled = descriptors.compile_set(graph, protos.form, bench.protoc, bench.cache)
    requests = {
        language.name: _request(job, protos, graph, compiled, out(language.name))
        for language in job.languages
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
        release=protos.release,
        closure=graph.digest(),
        tools={name: tool for each in provided.values() for name, tool in each.tools.items()},
        targets=tuple(
            Target(
                name,
                request.out,
                language.package(request, plans[name], provided[name], generated[name]),
                _origin(job, protos.release, provided[name]),
            )
            for language in job.languages
            for name, request in [(language.name, requests[language.name])]
        ),
        remarks={name: plan.remarks for name, plan in plans.items()},
        lacking=protos.lacking,
        files=len(graph.files),
    )


def _named(protos: ProtoSet, job: Job) -> ProtoSet:
    if not job.package_version:
        return protos
    return replace(protos, release=replace(protos.release, package_version=job.package_version))


def _request(
    job: Job, protos: ProtoSet, graph: imports.ImportGraph, compiled: descriptors.DescriptorSet, out: Path
) -> Request:
    return Request(
        recipe=job.recipe,
        release=protos.release,
        outline=compiled.outline,
        descriptor_set=compiled.path,
        entry_points=graph.entry_points,
        well_known=graph.well_known,
        licenses=protos.licenses,
        settings=job.settings,
        out=out,
        lacking=protos.lacking,
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
