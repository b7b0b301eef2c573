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

from protogen.analysis.doctor import programs, reach, storage
from protogen.analysis.doctor.check import PROBLEM, Check
from protogen.analysis.doctor.installation import Installed, judge_installation, protogen_itself
from protogen.analysis.doctor.programs import CACHE, GIVEN, PACKAGE, PATH, Found
from protogen.errors import ProtogenError, ToolMissing
from protogen.languages.toolchain.need import Need, serves
from protogen.languages.toolchain.toolbox import Toolbox
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


_ASK_SECONDS = 10.0
_REACH_SECONDS = 6.0
_THREADS = 12
_INSTALLERS = ("apt-get", "dnf", "apk", "brew")
_SPARED = "published packages are taken instead, without comments"
_GIT = Need("git", LOWEST_GIT, packages=dict.fromkeys(_INSTALLERS, "git"))


def examine(
    recipe: Recipe, selection: Selection, languages: Sequence[Language[Any, Any]], context: Context
) -> tuple[Check, ...]:
    """Every row, in the order of subjects: protogen, languages, sources, cache."""
    box = Toolbox.of(context)
    installer = next((name for name in _INSTALLERS if shutil.which(name, path=_path(box))), "")
    wanted, refused = _needs(recipe, languages)
    if reach.asks_git(selection):
        spared = selection.source == "auto" and reach.asks_index(recipe, selection)
        wanted.append(("sources", (replace(_GIT, purpose=_SPARED) if spared else _GIT,)))
    with threads(_THREADS, context.processes) as pool:
        kept, installed = pool.submit(_storage, context), pool.submit(_installed, context)
        asked = {name: pool.submit(ask) for name, ask in _questions(recipe, selection, context).items()}
        looked = [[pool.submit(_look, need, box) for need in needs] for _, needs in wanted]
        answers = {name: each.result() for name, each in asked.items()}
        found = [[each.result() for each in looks] for looks in looked]
        rows = [*judge_installation(installed.result()), *refused]
        offline = selection.offline
        for (subject, needs), there in zip(wanted, found, strict=True):
            rows += programs.judge(subject, needs, there, offline=offline, installer=installer)
        rows += _sources(recipe, selection, answers)
        for (_, needs), there in zip(wanted, found, strict=True):
            rows += programs.installers(needs, there, offline=offline)
        return (*rows, *storage.judge(kept.result(), offline=offline))


def _needs(
    recipe: Recipe, languages: Sequence[Language[Any, Any]]
) -> tuple[list[tuple[str, tuple[Need, ...]]], list[Check]]:
    """What each language needs, and rows of those whose tools nobody builds for this machine."""
    needs, refused = [], []
    for language in languages:
        try:
            needs.append((language.name, language.needs(recipe)))
        except ToolMissing as error:
            refused.append(
                Check(language.name, "machine", error.message, verdict=PROBLEM, remedy=error.remedy)
            )
    return needs, refused


def _path(box: Toolbox) -> str:
    return box.environ.get("PATH", "")


def _look(need: Need, box: Toolbox) -> Found:
    """Where a program would be taken from, in the order in which a run looks."""
    if need.name in box.given:
        given = box.given[need.name]
        return _asked(need, GIVEN, given, box) if _is_program(given) else Found(GIVEN, "", str(given), False)
    cache = replace(box.cache, offline=False)  # what is damaged isn't there
    for entry in need.entries:
        folder = cache.find("tools", entry)
        if folder and (folder / need.name).is_file():
            return Found(CACHE, need.version, str(folder / need.name))
    on_path = shutil.which(need.name, path=_path(box)) if need.on_path else None
    standing = _asked(need, PATH, Path(on_path), box) if on_path else Found()
    if standing.place and (not need.exact or serves(standing.version, need)):
        return standing
    brought = _brought(*need.brought_by)
    return _asked(need, PACKAGE, brought, box) if brought else Found(passed_over=standing.version)


def _asked(need: Need, place: str, path: Path, box: Toolbox) -> Found:
    """The program and the version that it tells; asked elsewhere, for its folder may hold settings."""
    try:
        done = box.processes.run([str(path), *need.ask], timeout=_ASK_SECONDS, cwd=Path("/"), env=box.environ)
    except ProtogenError:
        return Found(place, "", str(path), runs=False)
    match = re.search(need.tells, (done.stdout + done.stderr).decode("utf-8", "replace"))
    return Found(place, match[1] if match else "", str(path), runs=done.returncode == 0)


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _brought(distribution: str, file: str) -> Path | None:
    """A program that a Python package brings, or None."""
    from importlib import metadata

    if not distribution:
        return None
    try:
        path = Path(str(metadata.distribution(distribution).locate_file(file)))
    except metadata.PackageNotFoundError:
        return None
    return path if _is_program(path) else None


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
