"""Whether the sources of protos answer: what they say, against what the source option asks for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from protogen.analysis.doctor.check import OK, PROBLEM, WARNING, Check
from protogen.errors import ProtogenError, SourceRefused, SourceUnreachable, ToolMissing
from protogen.sources.gitrepo.client import GitClient
from protogen.sources.selection import Selection, packaged
from protogen.system.context import Context
from protogen.system.locations import absolute, without_credentials

Answer = str | ProtogenError
"""What a source answered, or how it failed."""
SPARED = "published packages are taken instead, without comments"
_INDEX = ""
_SECONDS = 6.0


def asks_git(selection: Selection) -> bool:
    """Whether a run asks the repositories."""
    return selection.source in {"auto", "git"} or bool(selection.folders and _by_git(selection))


def asks_index(selection: Selection) -> bool:
    """Whether a run asks the index of Python packages, be it as a fallback."""
    return selection.source == "index" or (selection.may_fall_back and selection.recipe.is_published)


def questions(selection: Selection, context: Context) -> dict[str, Callable[[], Answer]]:
    """What to ask of which source; the index is under the empty name."""
    found: dict[str, Callable[[], Answer]] = {}
    if selection.offline:
        return found
    if asks_git(selection):
        client = GitClient(context.processes, context.environ, list_seconds=_SECONDS, tries=1)
        for name in _by_git(selection):
            found[name] = partial(_timed, partial(_refs, client, _location(selection, name)))
    if asks_index(selection):
        found[_INDEX] = partial(
            _timed, partial(_project, [each.name for each in selection.recipe.primary.published], context)
        )
    return found


def rows(selection: Selection, answers: Mapping[str, Answer]) -> list[Check]:
    """A row for each source. answers: to the questions."""
    folders = [_folder(name, place) for name, place in selection.folders.items()]
    if folders and not _by_git(selection):
        return folders
    if selection.offline:
        note = "--offline; a run takes all from the cache"
        return [*folders, Check("sources", "network", "not asked", note=note)]
    places = {name: without_credentials(_location(selection, name)) for name in _by_git(selection)}
    asked = {name: (places[name], answers[name]) for name in places if name in answers}
    index = ("the index that pip is set to", answers[_INDEX]) if _INDEX in answers else None
    return [*folders, *judge(asked, index, source=selection.source)]


def _by_git(selection: Selection) -> list[str]:
    """The repositories that no folder is given for, and that aren't packages alone."""
    apart = {*selection.folders, *packaged(selection.recipe, selection.repositories)}
    return [name for name in selection.recipe.repositories if name not in apart]


def judge(
    repositories: Mapping[str, tuple[str, Answer]], index: tuple[str, Answer] | None, *, source: str
) -> list[Check]:
    """A row for each repository and for the index; each comes with its place. Pure.

    source: as the option has it; with auto either is enough, where git's host can't be reached.
    """
    failed = [answer for _, answer in repositories.values() if isinstance(answer, ProtogenError)]
    index_fails = index is None or isinstance(index[1], ProtogenError)
    stands_in = source == "auto" and not index_fails
    spared = stands_in and all(isinstance(each, SourceUnreachable | ToolMissing) for each in failed)
    note = SPARED if spared else ""
    found = [
        _row(f"git: {name}", place, answer, spared=spared, note=note)
        for name, (place, answer) in repositories.items()
    ]
    if index:
        note = "it is asked only where the repositories can't be reached" if source == "auto" else ""
        found.append(_row("package index", *index, spared=source == "auto" and not failed, note=note))
    return found


def _row(name: str, place: str, answer: Answer, *, spared: bool, note: str) -> Check:
    row = {"subject": "sources", "name": name, "wanted": "an answer", "origin": place}
    if not isinstance(answer, ProtogenError):
        return Check(**row, found=answer, verdict=OK)
    message, verdict = answer.message.removeprefix(f"{place} "), WARNING if spared else PROBLEM
    return Check(**row, found=message, verdict=verdict, note=note, remedy=answer.remedy)


def _folder(name: str, given: str) -> Check:
    row = {"subject": "sources", "name": f"folder: {name}", "wanted": "a folder", "origin": given}
    if Path(given).is_dir():
        return Check(**row, found="there")
    remedy = f"run again with --repo {name}=PATH, a folder that holds the protos"
    return Check(**row, found="not there", verdict=PROBLEM, remedy=remedy)


def _location(selection: Selection, name: str) -> str:
    return absolute(selection.repositories.get(name, selection.recipe.repositories[name].url))


def _refs(client: GitClient, url: str) -> str:
    return f"{len(client.list_refs(url))} branches and tags"


def _timed(ask: Callable[[], str]) -> Answer:
    began = time.monotonic()
    try:
        return f"{ask()}, in {time.monotonic() - began:.1f} s"
    except ProtogenError as error:
        return error


def _project(packages: Sequence[str], context: Context) -> str:
    """Ask for one project's page. Raises SourceUnreachable, SourceRefused, UsageError."""
    from protogen.sources.index.http_client import HttpClient, host_of
    from protogen.sources.index.project_pages import page_address
    from protogen.system import pip_settings
    from protogen.system.keyring import Keyring

    settings = pip_settings.read(context.environ)
    if settings.no_index or not packages:
        reason = "pip is set to use no index" if packages else "the recipe names no published packages"
        raise SourceRefused(reason, where="--source index", remedy="run again with --source git")
    limit = min(settings.timeout, _SECONDS)
    keyring = Keyring.of(settings, context.processes, context.environ)
    http = HttpClient(replace(settings, timeout=limit, retries=0), keyring)
    try:
        addresses = [page_address(index, packages[0]) for index in settings.indexes]
        for address in addresses:
            http.check_index(address)
            if http.get(address, lambda response: response.status_code) == 200:
                return f"{host_of(address)} has {packages[0]}"
    finally:
        http.close()
    raise SourceRefused(
        f"{host_of(addresses[0])} has no project {packages[0]}",
        where=host_of(addresses[0]),
        remedy="check the index that pip is set to: pip config list",
    )
