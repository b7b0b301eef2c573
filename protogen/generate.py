"""Running every generator of every language at once, from the one descriptor set."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from protogen.descriptors import patch_options
from protogen.errors import ToolFailed
from protogen.parallel import threads
from protogen.protoc import SECONDS, child_environment
from protogen.scratch import disk_full, scratch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from protogen.languages.base import Invocation, Provided
    from protogen.process import Finished
    from protogen.protoc import Protoc


@dataclass(frozen=True)
class Work:
    """One language's share: what to run, with which tools, from which set.

    patches: options to set on the language's own copy of the set, by file.
    """

    language: str
    invocations: tuple[Invocation, ...]
    provided: Provided
    descriptor_set: Path
    patches: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def generate(
    work: Sequence[Work], protoc: Protoc, *, jobs: int, begun: Callable[[str, int], Callable[[bool], None]]
) -> dict[str, dict[str, bytes]]:
    """What the generators wrote, by language and path; at most `jobs` run at a time.

    begun: told of each language and how many generators it has; what it returns, of how each ended.
    Raises ToolFailed with the first failing generator's own words, in the order of the work.
    """
    with (
        scratch() as folder,
        threads(jobs, protoc.processes) as pool,
    ):
        shares = [_patched(share, folder / f"{share.language}.binpb") for share in work]
        runs = []
        for share in shares:
            ended = begun(share.language, len(share.invocations))
            for number, invocation in enumerate(share.invocations):
                out = folder / f"{share.language}-{number}"
                run = pool.submit(_run, invocation, share, protoc, out)
                run.add_done_callback(partial(_tell, ended))
                runs.append((share, run))
        written: dict[str, dict[str, bytes]] = {share.language: {} for share in work}
        for share, run in runs:
            written[share.language].update(run.result())
    return written


def _tell(ended: Callable[[bool], None], run: Future[dict[str, bytes]]) -> None:
    ended(not run.cancelled() and run.exception() is None)


def _patched(share: Work, copy: Path) -> Work:
    if not share.patches:
        return share
    copy.write_bytes(patch_options(share.descriptor_set.read_bytes(), share.patches))
    return replace(share, descriptor_set=copy)


def _run(invocation: Invocation, share: Work, protoc: Protoc, out: Path) -> dict[str, bytes]:
    out.mkdir()
    arguments = [f"--descriptor_set_in={share.descriptor_set}", f"--{invocation.generator}_out={out}"]
    if invocation.plugin:
        plugin = share.provided.tools[invocation.plugin]
        arguments.append(f"--plugin=protoc-gen-{invocation.generator}={plugin.path}")
    arguments += [f"--{invocation.generator}_opt={parameter}" for parameter in invocation.parameters]
    arguments += invocation.files
    if invocation.protoc:
        path = share.provided.tools[invocation.protoc].path
        done = protoc.processes.run(
            [str(path), *arguments], timeout=SECONDS, cwd=out, env=child_environment(os.environ)
        )
    else:
        done = protoc.run(arguments, cwd=out)
    if done.returncode != 0:
        raise disk_full(done.words) or _failure(invocation, share, done)
    return _read_tree(out)


def _failure(invocation: Invocation, share: Work, done: Finished) -> ToolFailed:
    used = invocation.plugin or invocation.protoc
    name = invocation.plugin or f"protoc --{invocation.generator}_out"
    words = "\n  ".join(line for line in done.words.splitlines()[:12])
    tool = share.provided.tools.get(used)
    where = f"{tool.path} ({tool.version}, {tool.found})" if tool else name
    return ToolFailed(
        f"{share.language}: {name} failed: {words or f'exit code {done.returncode}'}",
        where=where,
        remedy=f"run without --tool {used}, or give another: --tool {used}=PATH"
        if tool
        else "pip install --upgrade grpcio-tools",
    )


def _read_tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
