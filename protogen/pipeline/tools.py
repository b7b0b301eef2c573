"""The tools of a run: begun to be installed while protos are fetched, and there when generators start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from protogen.languages.toolchain.toolbox import Toolbox
from protogen.system.parallel import at_once
from protogen.system.progress import Kind

if TYPE_CHECKING:
    from protogen.languages.package import Installed, Request
    from protogen.pipeline.job import Job
    from protogen.system.context import Context


def begin(job: Job, context: Context, *, only_first: bool = False) -> None:
    """Begin to install what the languages' packages usually take, where the network may be used.

    only_first: before it is known whether packages must be made, for languages none of whose tools is here.
    Nobody waits for it: who needs a tool gets it from the toolbox, which installs each once in a run, and
    ends with the error of one that couldn't be.
    Raises ToolMissing for a path that was given and is no program.
    """
    toolbox = Toolbox.of(context)
    for name in sorted({name for each in job.languages for name in each.entry.programs} & {*toolbox.given}):
        toolbox.given_program(name)
    if context.offline:
        return
    for language in job.languages:
        tools = [each for each in language.tools(language.read(job.recipe)) if each.name not in toolbox.given]
        if tools and not (only_first and any(map(toolbox.is_at_hand, tools))):
            key = (job.recipe.digest, language.name)
            context.background.begin(key, partial(toolbox.install, tools))


def install(
    job: Job, requests: Mapping[str, Request], plans: Mapping[str, Any], context: Context
) -> dict[str, Installed]:
    """What each plan needs, all at once."""

    def install(name: str, install: Callable[..., Installed]) -> Installed:
        with context.progress.task(requests[name].release.name, Kind.TOOLS, name):
            return install(requests[name], plans[name], Toolbox.of(context))

    installing = [partial(install, each.name, each.install) for each in job.languages]
    return dict(zip(plans, at_once(installing, context.processes), strict=True))
