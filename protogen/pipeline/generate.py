"""Running every generator of every language at once, from the one descriptor set."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.errors import ToolFailed, ToolMissing
from protogen.languages.toolchain.programs import GIVEN, ON_PATH
from protogen.languages.toolchain.remedies import another, unstartable
from protogen.protos import plugins
from protogen.protos.descriptors import patch_options
from protogen.protos.protoc import SECONDS, child_environment, complaint
from protogen.system.parallel import threads
from protogen.system.scratch import disk_full, scratch

if TYPE_CHECKING:
    from concurrent.futures import Future

    from protogen.languages.package import Installed, Invocation
    from protogen.protos.protoc import Protoc
    from protogen.system.process import Finished, Processes


# Fewer are generated sooner than another process is started and has read the set.
_FEWEST_FILES = 8
# Of descriptors. A generator that writes code for more at once needs gigabytes: protoc some 70 times as much
# for Java; one written in Go needs half a gigabyte for these, from where on it collects garbage all the time.
_MOST_BYTES = 4_000_000
# What a generator reads and writes in a second at least, where it has more than SECONDS are meant for.
_BYTES_A_SECOND = 100_000


@dataclass(frozen=True)
class Work:
    """One language's share: what to run, with which tools, from which set."""

    language: str
    invocations: tuple[Invocation, ...]
    installed: Installed
    descriptor_set: Path
    compiler: str
    """The version of protoc that plugins are told."""
    patches: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Options to set on the language's own copy of the set, by file."""


@contextmanager
def generating(
    work: Sequence[Work], protoc: Protoc, *, jobs: int, begun: Callable[[str, int], Callable[[bool], None]]
) -> Iterator[Callable[[str], dict[str, bytes]]]:
    """Run the generators, at most `jobs` at a time, while the block does what doesn't depend on them.

    Gives a function that waits for what a language's generators wrote, by path; it raises ToolFailed
    with the first failing one's own words. begun: told of each language and how many generators it
    has; what it returns, of how each ended.
    """
    with (
        scratch() as folder,
        threads(jobs, protoc.processes) as pool,
    ):
        runs: dict[str, list[Future[dict[str, bytes]]]] = {share.language: [] for share in work}
        patched = [_patched(share, folder / f"{share.language}.binpb") for share in work]
        # Languages without generators may be all that are wanted, and need no set to be read.
        paths = {share.descriptor_set for share in patched if share.invocations}
        sets = {path: plugins.entries(path.read_bytes()) for path in paths}
        files_of = [sets.get(share.descriptor_set, {}) for share in patched]
        sizes = [{name: len(file.content) for name, file in files.items()} for files in files_of]
        for share, files, invocations in zip(patched, files_of, spread(patched, jobs, sizes), strict=True):
            ended = begun(share.language, len(invocations))
            for number, invocation in enumerate(invocations):
                out = folder / f"{share.language}-{number}"
                run = pool.submit(_run, invocation, share, files, protoc, out)
                run.add_done_callback(partial(_tell, ended))
                runs[share.language].append(run)
        shares = {share.language: share for share in patched}
        yield lambda language: _together(shares[language], runs[language])


def spread(work: Sequence[Work], jobs: int, sizes: Sequence[Mapping[str, int]]) -> list[list[Invocation]]:
    """The invocations of each share, cut so that `jobs` of them take about as long as each other. Pure.

    Generators write the same for a file whatever others they are given, and one alone would leave all
    processors but one idle; several languages keep them busy as they are. sizes: of each share's set, the
    bytes of each file's descriptor. What is more than a generator does well at once is cut first, in the
    order of the names: files that import each other lie near each other.
    """
    files = sum(len(invocation.files) for share in work for invocation in share.invocations)
    most = max(_FEWEST_FILES, ceil(files / jobs))
    return [
        [
            replace(invocation, files=piece[number::parts])
            for invocation in share.invocations
            for piece in (_pieces(invocation.files, bytes_of) if invocation.per_file else [invocation.files])
            for parts in [ceil(len(piece) / most) if invocation.per_file else 1]
            for number in range(parts)
        ]
        for share, bytes_of in zip(work, sizes, strict=True)
    ]


def _pieces(files: tuple[str, ...], sizes: Mapping[str, int]) -> list[tuple[str, ...]]:
    """The files in their order, cut where a piece would have more than a generator does well at once."""
    pieces: list[list[str]] = [[]]
    room = _MOST_BYTES
    for name in files:
        room -= sizes[name]
        if room < 0 and pieces[-1]:
            pieces.append([])
            room = _MOST_BYTES - sizes[name]
        pieces[-1].append(name)
    return [tuple(piece) for piece in pieces]


def _together(share: Work, runs: Sequence[Future[dict[str, bytes]]]) -> dict[str, bytes]:
    written: dict[str, bytes] = {}
    for run in runs:
        for path, content in run.result().items():
            if path in written:
                tools = share.installed.tools.values()
                movable = next((tool for tool in tools if tool.found in (GIVEN, ON_PATH)), None)
                raise ToolFailed(
                    f"{share.language}: two generators wrote {path}",
                    where=path,
                    remedy=another(movable, share.language, os.environ)
                    if movable
                    else "report this as a bug of protogen, with the recipe and the release",
                )
            written[path] = content
    return written


def _tell(ended: Callable[[bool], None], run: Future[dict[str, bytes]]) -> None:
    ended(not run.cancelled() and run.exception() is None)


def _patched(share: Work, copy: Path) -> Work:
    if not share.patches:
        return share
    copy.write_bytes(patch_options(share.descriptor_set.read_bytes(), share.patches))
    return replace(share, descriptor_set=copy)


def _run(
    invocation: Invocation, share: Work, files: Mapping[str, plugins.Entry], protoc: Protoc, out: Path
) -> dict[str, bytes]:
    """files: of the share's set."""
    out.mkdir()
    if invocation.plugin:
        written = _run_plugin(invocation, share, files, protoc.processes, out)
    else:
        written = _run_protoc(invocation, share, files, protoc, out)
    return {f"{invocation.folder}{path}": content for path, content in written.items()}


def _run_protoc(
    invocation: Invocation, share: Work, files: Mapping[str, plugins.Entry], protoc: Protoc, out: Path
) -> dict[str, bytes]:
    descriptor_set = share.descriptor_set
    size = sum(len(file.content) for file in files.values())
    if size > _MOST_BYTES:
        part = plugins.subset(files, invocation.files)
        descriptor_set, size = out.with_suffix(".binpb"), len(part)
        descriptor_set.write_bytes(part)
    arguments = [f"--descriptor_set_in={descriptor_set}", f"--{invocation.generator}_out={out}"]
    arguments += [f"--{invocation.generator}_opt={parameter}" for parameter in invocation.parameters]
    arguments += invocation.files
    if invocation.protoc:
        path = share.installed.tools[invocation.protoc].path
        try:
            done = protoc.processes.run(
                [str(path), *arguments], timeout=_seconds(size), cwd=out, env=child_environment(os.environ)
            )
        except ToolMissing as error:
            raise _unstartable(invocation, share, error) from None
    else:
        done = protoc.run(arguments, cwd=out)
    if done.returncode != 0:
        raise disk_full(done.message) or _failure(invocation, share, _message(done, complaint(done)))
    return _read_tree(out)


def _run_plugin(
    invocation: Invocation,
    share: Work,
    files: Mapping[str, plugins.Entry],
    processes: Processes,
    folder: Path,
) -> dict[str, bytes]:
    """Ask the plugin itself: a protoc between them would take longer than most plugins do."""
    parameter = ",".join(invocation.parameters)
    request = plugins.request(files, invocation.files, parameter, share.compiler)
    path = share.installed.tools[invocation.plugin].path
    try:
        done = processes.run(
            [str(path)],
            timeout=_seconds(len(request)),
            cwd=folder,
            env=child_environment(os.environ),
            stdin=request,
        )
    except ToolMissing as error:
        raise _unstartable(invocation, share, error) from None
    if done.returncode != 0:
        # What it wrote so far is no text.
        done = replace(done, stdout=b"")
        raise disk_full(done.message) or _failure(invocation, share, _message(done))
    try:
        answer = plugins.read_answer(done.stdout)
    except ValueError as error:
        problem = f"its answer is not what plugins answer: {error}"
        raise _failure(invocation, share, problem, files=()) from None
    if answer.error:
        raise _failure(invocation, share, replace(done, stderr=answer.error).message)
    lack = plugins.not_understood(answer, files, invocation.files)
    if lack:
        raise _failure(invocation, share, lack, files=())
    try:
        return plugins.written(answer)
    except ValueError as error:
        raise _failure(invocation, share, str(error), files=()) from None


def _seconds(size: int) -> float:
    """The limit of a generator that is given so many bytes of descriptors."""
    return max(SECONDS, size / _BYTES_A_SECOND)


def _message(done: Finished, shown: str | None = None) -> str:
    shown = done.message if shown is None else shown
    if done.returncode < 0:
        return "; ".join(filter(None, (f"it died by signal {-done.returncode}", shown)))
    return shown or f"exit code {done.returncode}"


def _failure(
    invocation: Invocation, share: Work, message: str, *, files: Sequence[str] | None = None
) -> ToolFailed:
    """files: those that may be at fault, where the generator's own words name one; its own by default."""
    used = invocation.plugin or invocation.protoc
    name = invocation.plugin or f"protoc --{invocation.generator}_out"
    shown = "\n  ".join(message.splitlines()[:12])
    tool = share.installed.tools.get(used)
    where = f"{tool.path} ({tool.version}, {tool.found})" if tool else name
    blamed = next(
        (file for file in (invocation.files if files is None else files) if _names(message, file)), ""
    )
    remedies = [f"correct {blamed}, or leave it out of the recipe's entry points"] if blamed else []
    if tool and (not blamed or tool.found in (GIVEN, ON_PATH)):
        remedies.append(another(tool, share.language, os.environ))
    elif not blamed:
        remedies.append(f"{sys.executable} -m pip install --upgrade grpcio-tools")
    return ToolFailed(f"{share.language}: {name} failed: {shown}", where=where, remedy="; or ".join(remedies))


def _unstartable(invocation: Invocation, share: Work, error: ToolMissing) -> ToolFailed:
    tool = share.installed.tools[invocation.plugin or invocation.protoc]
    return ToolFailed(
        f"{share.language}: {error.message}",
        where=f"{tool.path} ({tool.version}, {tool.found})",
        remedy=unstartable(tool, share.language, os.environ, error.__cause__),
    )


def _names(message: str, file: str) -> bool:
    """Whether a generator's own words name the file."""
    return bool(re.search(rf"(?<![\w./-]){re.escape(file)}(?![\w/-])", message))


def _read_tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
