"""The packages of a compiled set, in memory: what is asked of each language, its decisions, its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from protogen.errors import ProtosUnresolved
from protogen.languages import kit
from protogen.system.progress import Kind

if TYPE_CHECKING:
    from protogen.languages.package import Installed, Package, Request
    from protogen.pipeline.job import Job
    from protogen.protos.closure import Closure
    from protogen.protos.descriptors import DescriptorSet
    from protogen.publish.target import Target
    from protogen.system.context import Context


def requests(job: Job, closure: Closure, compiled: DescriptorSet) -> dict[str, Request]:
    """What is asked of each language."""
    from protogen.languages.package import Request

    return {
        language.name: Request(
            recipe=job.recipe,
            release=closure.release,
            outline=compiled.outline,
            descriptor_set=compiled.path,
            entry_points=closure.graph.entry_points,
            well_known=closure.graph.well_known.intersection(file.name for file in compiled.outline.files),
            licenses=closure.protos.licenses,
            settings=job.settings,
            out=job.out(closure.release.name, language.name),
            missing_entry_points=closure.protos.missing_entry_points,
            groups=job.groups,
            texts=closure.texts(compiled),
        )
        for language in job.languages
    }


def plan(job: Job, requests: Mapping[str, Request]) -> dict[str, Any]:
    """The decisions of each language.

    Raises ProtosUnresolved where one can't express the protos, with how to get the others.
    """
    plans: dict[str, Any] = {}
    failed: list[ProtosUnresolved] = []
    for language in job.languages:
        try:
            request = requests[language.name]
            plan = language.plan(request)
            remarks = (*plan.remarks, *kit.remarks(language.name, request))
            plans[language.name] = replace(plan, remarks=remarks)
        except ProtosUnresolved as error:
            failed.append(error)
    if failed:
        if plans:
            failed[0].remedy += f"; or make the others: --lang {','.join(plans)}"
        raise failed[0]
    return plans


def generate(
    job: Job,
    requests: Mapping[str, Request],
    plans: Mapping[str, Any],
    installed: Mapping[str, Installed],
    compiled: DescriptorSet,
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
            files = kit.placed(files, language.kit(requests[name], plans[name]), name)
            packages[name] = Package(requests[name], plans[name], installed[name], files)
    return packages


def targets(packages: Mapping[str, Package[Any]]) -> tuple[Target, ...]:
    """The packages, to be published, each with what went into it."""
    from protogen.languages.documents import origin
    from protogen.publish.target import Target

    return tuple(
        Target(name, each.request.out, each.files, origin(each.request, each.installed, each.plan.externals))
        for name, each in packages.items()
    )
