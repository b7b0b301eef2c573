"""Looking at the machine: programs, sources and the cache, all at the same time. Changes nothing."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from protogen.analysis.doctor import reach, storage, tools
from protogen.analysis.doctor.check import PROBLEM, Check
from protogen.analysis.doctor.installation import Installed, judge_installation, protogen_itself
from protogen.errors import ProtogenError, ToolMissing
from protogen.languages.toolchain.toolbox import Prerequisite, Tool, Toolbox
from protogen.protos.protoc import Protoc
from protogen.sources.gitrepo.client import LOWEST_GIT, GitClient
from protogen.system.cache import upkeep
from protogen.system.locations import absolute, without_credentials
from protogen.system.parallel import threads

if TYPE_CHECKING:
    from protogen.analysis.doctor.reach import Answer
    from protogen.languages.base import Language
    from protogen.recipe.model import Recipe
    from protogen.sources.selection import Selection
    from protogen.system.context import Context


_REACH_SECONDS = 6.0
_THREADS = 12
_INSTALLERS = ("apt-get", "dnf", "apk", "brew")
_SPARED = "published packages are taken instead, without comments"
_GIT = Prerequisite("git", LOWEST_GIT, packages=dict.fromkeys(_INSTALLERS, "git"))


def examine(
    recipe: Recipe, selection: Selection, languages: Sequence[Language[Any, Any]], context: Context
) -> tuple[Check, ...]:
    """Every row, in the order of subjects: protogen, languages, sources, cache."""
    # What is damaged isn't there.
    box = Toolbox.of(replace(context, cache=replace(context.cache, offline=False)))
    installer = next(
        (name for name in _INSTALLERS if shutil.which(name, path=context.environ.get("PATH", ""))), ""
    )
    wanted, refused = _needs(recipe, languages)
    if reach.asks_git(selection):
        spared = selection.source == "auto" and reach.asks_index(recipe, selection)
        wanted.append(("sources", (replace(_GIT, purpose=_SPARED) if spared else _GIT,)))
    with threads(_THREADS, context.processes) as pool:
        kept, installed = pool.submit(_storage, context), pool.submit(_installed, context)
        asked = {name: pool.submit(ask) for name, ask in _questions(recipe, selection, context).items()}
        looks = [[(need, pool.submit(box.look, need)) for need in needs] for _, needs in wanted]
        answers = {name: each.result() for name, each in asked.items()}
        looked = [[(need, look.result()) for need, look in each] for each in looks]
        rows = [*judge_installation(installed.result()), *refused]
        offline = selection.offline
        for (subject, _), each in zip(wanted, looked, strict=True):
            rows += tools.judge(subject, each, offline=offline, installer=installer)
        rows += _sources(recipe, selection, answers)
        for each in looked:
            rows += tools.registries(each, offline=offline)
        return (*rows, *storage.judge(kept.result(), offline=offline))


def _needs(
    recipe: Recipe, languages: Sequence[Language[Any, Any]]
) -> tuple[list[tuple[str, tuple[Prerequisite | Tool, ...]]], list[Check]]:
    """What each language needs, and rows of those whose tools nobody builds for this machine."""
    needs: list[tuple[str, tuple[Prerequisite | Tool, ...]]] = []
    refused = []
    for language in languages:
        taken = language.tools(language.read(recipe))
        clients = dict.fromkeys((language.client, *(tool.client for tool in taken)))
        try:
            for client in clients:
                client.check_machine()
        except ToolMissing as error:
            row = Check(language.name, "machine", error.message, verdict=PROBLEM, remedy=error.remedy)
            refused.append(row)
        else:
            there = (each for client in clients for each in client.prerequisites)
            needs.append((language.name, (*there, *taken)))
    return needs, refused


def _questions(recipe: Recipe, selection: Selection, context: Context) -> dict[str, Callable[[], Answer]]:
    """What to ask of which source; the index is under the empty name."""
    if selection.offline:
        return {}
    questions: dict[str, Callable[[], Answer]] = {}
    if reach.asks_git(selection):
        client = GitClient(context.processes, context.environ, list_seconds=_REACH_SECONDS, tries=1)
        for name in recipe.repositories:
            questions[name] = partial(_timed, partial(_refs, client, _location(recipe, selection, name)))
    if reach.asks_index(recipe, selection):
        questions[""] = partial(_timed, partial(_project, recipe.primary.packages, context))
    return questions


def _refs(client: GitClient, url: str) -> str:
    return f"{len(client.list_refs(url))} branches and tags"


def _timed(ask: Callable[[], str]) -> Answer:
    began = time.monotonic()
    try:
        return f"{ask()}, in {time.monotonic() - began:.1f} s"
    except ProtogenError as error:
        return error


def _location(recipe: Recipe, selection: Selection, name: str) -> str:
    url = selection.repositories.get(name, recipe.repositories[name].url)
    return absolute(url)


def _project(packages: Sequence[str], context: Context) -> str:
    """Ask for one project's page. Raises SourceUnreachable, SourceRefused, UsageError."""
    from protogen.errors import SourceRefused
    from protogen.sources.index.http_client import HttpClient, host_of
    from protogen.sources.index.project_pages import page_address
    from protogen.system import pip_settings
    from protogen.system.keyring import Keyring

    settings = pip_settings.read(context.environ)
    if settings.no_index or not packages:
        reason = "pip is set to use no index" if packages else "the recipe names no published packages"
        raise SourceRefused(reason, where="--source index", remedy="run again with --source git")
    limit = min(settings.timeout, _REACH_SECONDS)
    keyring = Keyring.of(settings, context.processes, context.environ)
    ask = keyring.credentials if keyring else None
    http = HttpClient(replace(settings, timeout=limit, retries=0), keyring=ask)
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


def _sources(recipe: Recipe, selection: Selection, answers: Mapping[str, Answer]) -> list[Check]:
    if selection.source == "folder":
        return [_folder(name, selection.repositories.get(name)) for name in recipe.repositories]
    if selection.offline:
        return [reach.unasked("network", "", "--offline; a run takes all from the cache")]
    places = {name: without_credentials(_location(recipe, selection, name)) for name in recipe.repositories}
    asked = {name: (places[name], answers[name]) for name in places if name in answers}
    index = ("the index that pip is set to", answers[""]) if "" in answers else None
    return reach.judge(asked, index, source=selection.source)


def _folder(name: str, given: str | None) -> Check:
    row = {"subject": "sources", "name": f"folder: {name}", "wanted": "a folder", "origin": given or ""}
    if given and Path(given).is_dir():
        return Check(**row, found="there")
    remedy = f"run again with --repo {name}=PATH, a folder that holds the protos"
    return Check(**row, found="not there" if given else "not given", verdict=PROBLEM, remedy=remedy)


def _storage(context: Context) -> storage.Storage:
    root = context.cache.root
    # Path.exists raises where a folder above can't be looked into.
    standing = next(path for path in (root, *root.parents) if os.path.exists(path))  # noqa: PTH110
    count, findings = upkeep.verify(context.cache)
    return storage.Storage(
        path=str(root),
        exists=standing == root,
        is_folder=standing.is_dir(),
        writable=os.access(standing, os.W_OK | os.X_OK),
        free=shutil.disk_usage(standing).free,
        entries=count,
        size=sum(item.size for item in upkeep.inventory(root)),
        damaged=tuple(finding.item.name for finding in findings),
    )


def _installed(context: Context) -> Installed:
    """What protogen itself stands on; protoc is the one of grpcio-tools."""
    protoc = ""
    try:
        done = Protoc(context.processes).run(["--version"], cwd=Path("/"), environ=context.environ)
        match = re.search(r"\d+(?:\.\d+)+", done.stdout.decode("utf-8", "replace"))
        protoc = match[0] if match and done.returncode == 0 else ""
    except ProtogenError:
        pass
    return protogen_itself(platform.python_version(), sys.executable, protoc)
