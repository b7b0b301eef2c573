"""Whether the programs that a language takes are there. Pure: what was found, against what is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protogen.analysis.doctor.check import OK, PROBLEM, WARNING, Check
from protogen.languages.toolchain.need import serves

if TYPE_CHECKING:
    from protogen.languages.toolchain.need import Need


GIVEN, CACHE, PATH, PACKAGE = "given", "cache", "PATH", "package"
_INSTALL = {"apk": "apk add"}


@dataclass(frozen=True)
class Found:
    """Where a program would be taken from.

    place: GIVEN, CACHE, PATH, PACKAGE (one that a Python package brings), or empty. version: what
    it says, empty where it says none. path: the program. runs: whether it could be started and
    ended well. passed_over: the version on PATH that isn't the one that is wanted.
    """

    place: str = ""
    version: str = ""
    path: str = ""
    runs: bool = True
    passed_over: str = ""


def judge(
    subject: str, needs: Sequence[Need], found: Sequence[Found], *, offline: bool, installer: str
) -> list[Check]:
    """A row for each program. installer: the system's own, such as `brew`, or empty."""
    absent = {need.name for need, each in zip(needs, found, strict=True) if not _there(need, each)}
    clients = {need.client for need in needs if need.client}
    busy = {need.client for need in needs if need.name in absent and not offline}
    broken = {need.name: need for need in needs if need.name in absent & clients}
    rows = []
    for need, each in zip(needs, found, strict=True):
        if need.client:
            rows.append(_installed(subject, need, each, broken.get(need.client), offline, installer))
        else:
            idle = need.name in clients - busy
            rows.append(_standing(subject, need, each, idle, installer))
    return rows


def installers(needs: Sequence[Need], found: Sequence[Found], *, offline: bool) -> list[Check]:
    """A row for each place that a client installs programs from: it knows the way, and isn't asked."""
    rows = []
    for client in needs:
        lacking = [
            need.name
            for need, each in zip(needs, found, strict=True)
            if need.client == client.name and not _there(need, each)
        ]
        if client.reaches and not offline:
            note = f"needed for {', '.join(lacking)}" if lacking else "nothing is to be installed from there"
            rows.append(Check("sources", client.reaches, "not asked", origin=client.settings, note=note))
    return rows


def remedy(need: Need, installer: str) -> str:
    """The command that gets a program."""
    if need.remedy:
        return need.remedy
    if installer in need.packages:
        return f"{_INSTALL.get(installer, f'{installer} install')} {need.packages[installer]}"
    return f"install {need.name} {need.wanted} and put it on PATH".replace(" any ", " ")


def _there(need: Need, found: Found) -> bool:
    """Whether a run would take it: one that is given is taken whatever its version."""
    if found.place == GIVEN:
        return found.runs
    return bool(found.place) and found.runs and serves(found.version, need)


def _standing(subject: str, need: Need, found: Found, idle: bool, installer: str) -> Check:
    """A program that nobody installs for the user. idle: whether nothing is left for it to do."""
    row = {"subject": subject, "name": need.name, "wanted": need.wanted, "origin": _origin(found)}
    if _there(need, found):
        if serves(found.version, need):
            return Check(**row, found=found.version or "there")
        return _given_other(row, need, found)
    if idle:
        note = "it would only install tools, of which none is missing or may be fetched now"
    else:
        note = f"packages can be made without: {need.purpose}" if need.purpose else ""
    return Check(
        **row,
        found=_words(found),
        verdict=WARNING if idle or need.purpose else PROBLEM,
        note=note,
        remedy=_regive(need) if found.place == GIVEN else remedy(need, installer),
    )


def _installed(
    subject: str, need: Need, found: Found, broken: Need | None, offline: bool, installer: str
) -> Check:
    """A program that its client installs. broken: the client, where that isn't there."""
    row = {"subject": subject, "name": need.name, "wanted": need.wanted}
    if _there(need, found):
        if serves(found.version, need):
            return Check(**row, origin=_origin(found), found=found.version or "there")
        return _given_other({**row, "origin": _origin(found)}, need, found)
    if found.place == GIVEN:
        return Check(**row, origin=_origin(found), found=_words(found), verdict=PROBLEM, remedy=_regive(need))
    told = f"not there ({found.passed_over} on PATH)" if found.passed_over else "not there"
    if offline:
        return Check(
            **row,
            found=told,
            verdict=PROBLEM,
            note="--offline forbids to install it",
            remedy="run again without --offline once",
        )
    if broken:
        note = f"{need.client} would install it"
        return Check(**row, found=told, verdict=PROBLEM, note=note, remedy=remedy(broken, installer))
    return Check(**row, found=told, origin=need.asked, verdict=OK, note="the first run installs it")


def _given_other(row: dict[str, str], need: Need, found: Found) -> Check:
    note = "a program that is given is used whatever its version"
    return Check(**row, found=_words(found), verdict=WARNING, note=note, remedy=_regive(need))


def _words(found: Found) -> str:
    if not found.place:
        return "not there"
    if not found.runs:
        return "doesn't run"
    return found.version or "doesn't tell its version"


def _origin(found: Found) -> str:
    return f"{found.place}: {found.path}" if found.place else ""


def _regive(need: Need) -> str:
    return f"run again with --tool {need.name}=PATH, or without it"
