"""Looking at the machine: tools, sources and the cache, all at the same time. Changes nothing."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from protogen.analysis.doctor import itself, sources, tools
from protogen.analysis.doctor.check import PROBLEM, Check
from protogen.errors import ToolMissing
from protogen.languages.base import Language
from protogen.languages.toolchain.programs import Prerequisite
from protogen.languages.toolchain.toolbox import Tool, Toolbox
from protogen.recipe.model import Recipe
from protogen.sources.gitrepo.client import LOWEST_GIT
from protogen.sources.selection import Selection
from protogen.system.context import Context
from protogen.system.parallel import threads

_THREADS = 12
_INSTALLERS = ("apt-get", "dnf", "apk", "brew")
_GIT = Prerequisite("git", LOWEST_GIT, packages=dict.fromkeys(_INSTALLERS, "git"))


def examine(
    selection: Selection, languages: Sequence[Language[Any, Any]], context: Context
) -> tuple[Check, ...]:
    """Every row, in the order of subjects: protogen, languages, sources, cache."""
    # What is damaged isn't there.
    box = Toolbox.of(replace(context, cache=replace(context.cache, offline=False)))
    path, offline = context.environ.get("PATH", ""), selection.offline
    installer = next((name for name in _INSTALLERS if shutil.which(name, path=path)), "")
    wanted, refused = _wanted(selection.recipe, languages)
    if sources.asks_git(selection):
        spared = selection.source == "auto" and sources.asks_index(selection)
        wanted.append(("sources", (replace(_GIT, purpose=sources.SPARED if spared else ""),)))
    with threads(_THREADS, context.processes) as pool:
        stored, installed = pool.submit(itself.storage, context), pool.submit(itself.installed, context)
        questions = sources.questions(selection, context)
        asked = {name: pool.submit(ask) for name, ask in questions.items()}
        looks = [[(each, pool.submit(box.look, each)) for each in group] for _, group in wanted]
        answers = {name: each.result() for name, each in asked.items()}
        looked = [[(each, look.result()) for each, look in group] for group in looks]
        rows = [*itself.judge_installed(installed.result()), *refused]
        for (subject, _), group in zip(wanted, looked, strict=True):
            rows += tools.judge(subject, group, offline=offline, installer=installer)
        rows += sources.rows(selection, answers)
        for group in looked:
            rows += tools.registries(group, offline=offline)
        return (*rows, *itself.judge_storage(stored.result(), offline=offline))


def _wanted(
    recipe: Recipe, languages: Sequence[Language[Any, Any]]
) -> tuple[list[tuple[str, tuple[Prerequisite | Tool, ...]]], list[Check]]:
    """What each language takes, and rows of those whose tools nobody builds for this machine."""
    wanted: list[tuple[str, tuple[Prerequisite | Tool, ...]]] = []
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
            wanted.append((language.name, (*there, *taken)))
    return wanted, refused
