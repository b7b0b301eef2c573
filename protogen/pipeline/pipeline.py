"""The way of a release, from its protos to packages in the user's folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from protogen.errors import ProtosUnresolved
from protogen.languages import documents
from protogen.languages.package import Package, Request
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.pipeline import prefetch
from protogen.pipeline.job import Outcome
from protogen.protos.protoc import Protoc
from protogen.publish.target import Target
from protogen.sources import read
from protogen.system.parallel import at_once
from protogen.system.progress import Kind

if TYPE_CHECKING:
    from protogen.languages.base import Language
    from protogen.languages.package import Installed
    from protogen.languages.toolchain.toolbox import Tool
    from protogen.pipeline.job import Job
    from protogen.pipeline.verify import Built
    from protogen.protos import descriptors
    from protogen.protos.closure import Closure
    from protogen.publish.target import Published
    from protogen.releases.release import Release
    from protogen.sources.base import Source
    from protogen.system.context import Context


# The name of the artifacts among what is published; no language has it.
ARTIFACTS = "artifacts"


@dataclass(frozen=True)
class Prepared:
    """A release whose packages are made but not written. tools: what generated, by name."""

    closure: Closure
    compiled: descriptors.DescriptorSet
    packages: Mapping[str, Package[Any]]
    targets: tuple[Target, ...]

    @property
    def release(self) -> Release:
        """What the release's name was resolved to."""
        return self.closure.release

    @property
    def tools(self) -> dict[str, Tool]:
        """What generated, by name."""
        return {name: tool for each in self.packages.values() for name, tool in each.installed.tools.items()}


def write(prepared: Prepared, job: Job, context: Context, dist: Path | None = None) -> Outcome:
    """Put prepared packages into the user's folders, proven before where that is asked.

    dist: the folder for artifacts, if they are wanted. Raises what building, proving and publishing raise;
    then nothing was changed.
    """
    from protogen.publish.run import publish

    built: Mapping[str, Built] = {}
    if job.verify or dist:
        from protogen.pipeline.verify import build

        built = build(job.languages, prepared.packages, context, prove=job.verify, complete=dist is not None)
    targets = prepared.targets
    if dist:
        targets = (*targets, Target(ARTIFACTS, dist, _artifacts(prepared, job, built), {}))
    with context.progress.task(prepared.release.name, Kind.PUBLISH, "packages"):
        published = publish(targets, force=job.force, dry_run=job.dry_run)
    outcome = _outcome(
        prepared.closure,
        tuple(each for each in published if each.language != ARTIFACTS),
        {
            name: (*package.plan.remarks, *(built[name].remarks if dist else ()))
            for name, package in prepared.packages.items()
        },
    )
    return replace(
        outcome,
        artifacts=next((each for each in published if each.language == ARTIFACTS), None),
        verified=job.verify,
    )


def prepare(job: Job, version: str, out: Callable[[str], Path], source: Source, context: Context) -> Prepared:
    """One release, all languages, up to the packages' contents: always made, whatever is there."""
    prefetch.begin(job.recipe, job.languages, context)
    return prepare_closure(job, resolve(job, version, source, context), out, context)


def resolve(job: Job, version: str, source: Source, context: Context) -> Closure:
    """The release's protos, under the package version that was asked for."""
    return named(read(source, version, job.groups, context), job)


def prepare_closure(job: Job, closure: Closure, out: Callable[[str], Path], context: Context) -> Prepared:
    """The packages of protos that are resolved."""
    from protogen.pipeline.generate import Work, generating

    version = closure.release.name
    compiled = closure.compile(context)
    requests = {
        language.name: _request(job, closure, compiled, out(language.name)) for language in job.languages
    }
    plans = _plan(job.languages, requests)
    installed = _install(job.languages, requests, plans, context)
    work = [
        Work(name, plan.invocations, installed[name], compiled.path, compiled.compiler, plan.patches)
        for name, plan in plans.items()
    ]
    begun = partial(context.progress.shared, version, Kind.GENERATE)
    packages, own = {}, {}
    with generating(work, Protoc(context.processes), jobs=context.jobs, begun=begun) as generated:
        for language in job.languages:
            name = language.name
            with context.progress.task(version, Kind.ASSEMBLE, name):
                own[name] = language.write(requests[name], plans[name], installed[name])
        for language in job.languages:
            name = language.name
            files = {**language.layout(plans[name], generated(name)), **own[name]}
            packages[name] = Package(requests[name], plans[name], installed[name], files)
    return Prepared(
        closure,
        compiled,
        packages,
        tuple(
            Target(
                name, package.request.out, package.files, documents.origin(package.request, package.installed)
            )
            for name, package in packages.items()
        ),
    )


def _plan(languages: tuple[Language[Any, Any], ...], requests: Mapping[str, Request]) -> dict[str, Any]:
    """The decisions of each language.

    Raises ProtosUnresolved where one can't express the protos, with how to get the others.
    """
    plans: dict[str, Any] = {}
    failed: list[ProtosUnresolved] = []
    for language in languages:
        try:
            plans[language.name] = language.plan(requests[language.name])
        except ProtosUnresolved as error:
            failed.append(error)
    if failed:
        if plans:
            failed[0].remedy += f"; or make the others: --lang {','.join(plans)}"
        raise failed[0]
    return plans


def _outcome(
    closure: Closure, published: tuple[Published, ...], remarks: Mapping[str, tuple[str, ...]]
) -> Outcome:
    return Outcome(
        closure.release,
        published,
        remarks,
        closure.protos.lacking,
        len(closure.graph.files),
        closure.protos.notices,
    )


def _artifacts(prepared: Prepared, job: Job, built: Mapping[str, Built]) -> dict[str, bytes]:
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
    builder = {name: version(name) for name in ("protogen", "grpcio-tools")}
    return artifacts.tree(subject, {name: each.files for name, each in built.items()}, builder)


def named(closure: Closure, job: Job) -> Closure:
    """The closure, under the package version that was asked for."""
    release = job.versioned(closure.release)
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
        missing_entry_points=closure.protos.lacking,
        groups=job.groups,
    )


def _install(
    languages: tuple[Language[Any, Any], ...],
    requests: Mapping[str, Request],
    plans: Mapping[str, Any],
    context: Context,
) -> dict[str, Installed]:
    def install(language: Language[Any, Any]) -> Installed:
        request = requests[language.name]
        with context.progress.task(request.release.name, Kind.TOOLS, language.name):
            return language.install(request, plans[language.name], Toolbox.of(context))

    installing = [partial(install, language) for language in languages]
    return dict(zip(plans, at_once(installing, context.processes), strict=True))
