"""Whether the tools that a language takes are there or can be installed. Pure: what was found, judged."""

from __future__ import annotations

from collections.abc import Sequence

from protogen.analysis.doctor.check import PROBLEM, WARNING, Check
from protogen.languages.toolchain.programs import GIVEN, Found, Prerequisite
from protogen.languages.toolchain.toolbox import BY_HAND, Client, Tool

_INSTALL = {"apk": "apk add"}
Looked = tuple[Prerequisite | Tool, Found]
"""What is wanted, and what a look for it came to."""


def judge(subject: str, looked: Sequence[Looked], *, offline: bool, installer: str) -> list[Check]:
    """A row for each. installer: the system's own, such as `brew`, or empty."""
    absent = {wanted.name for wanted, found in looked if not _is_there(wanted, found)}
    tools = [wanted for wanted, _ in looked if isinstance(wanted, Tool) and wanted.client is not BY_HAND]
    busy = {_program(tool.client).name for tool in tools if tool.name in absent and not offline}
    idle = {_program(tool.client).name for tool in tools} - busy
    rows = []
    for wanted, found in looked:
        row = {"subject": subject, "name": wanted.name, "wanted": wanted.wanted}
        again = f"run again with --tool {wanted.name}=PATH, or without it"
        if found.place:
            row |= {"origin": f"{found.place}: {found.path}", "found": found.version or "there"}
        if _is_there(wanted, found):
            if not wanted.serves(found.version):
                row["found"] = found.version or "doesn't tell its version"
                note = "a program that is given is used whatever its version"
                rows.append(Check(**row, verdict=WARNING, note=note, remedy=again))
            else:
                rows.append(Check(**row))
        elif found.place == GIVEN and isinstance(wanted, Tool):
            rows.append(Check(**row | {"found": "doesn't run"}, verdict=PROBLEM, remedy=again))
        elif isinstance(wanted, Tool) and wanted.client is BY_HAND:
            rows.append(_not_there(row, "", found, wanted.client.command(wanted), is_idle=False))
        elif isinstance(wanted, Tool):
            client = _program(wanted.client)
            missing_client = client if client.name in absent else None
            rows.append(
                _not_installed(row, wanted, found, missing_client, offline=offline, installer=installer)
            )
        else:
            get = again if found.place == GIVEN else remedy(wanted, installer)
            rows.append(_not_there(row, wanted.purpose, found, get, is_idle=wanted.name in idle))
    return rows


def registries(looked: Sequence[Looked], *, offline: bool) -> list[Check]:
    """A row for each place that a client installs tools from: it knows the way, and isn't asked."""
    tools = [(wanted, found) for wanted, found in looked if isinstance(wanted, Tool)]
    rows: list[Check] = []
    if offline:
        return rows
    for client in dict.fromkeys(tool.client for tool, _ in tools if tool.client.registry):
        missing = [tool.name for tool, found in tools if tool.client is client and not _is_there(tool, found)]
        note = f"needed for {', '.join(missing)}" if missing else "nothing is to be installed from there"
        rows.append(Check("sources", client.registry, "not asked", origin=client.settings, note=note))
    return rows


def remedy(wanted: Prerequisite, installer: str) -> str:
    """The command that gets a program."""
    if wanted.remedy:
        return wanted.remedy
    if installer in wanted.packages:
        return f"{_INSTALL.get(installer, f'{installer} install')} {wanted.packages[installer]}"
    return f"install {wanted.name} {wanted.wanted} and put it on PATH".replace(" any ", " ")


def _program(client: Client) -> Prerequisite:
    return client.prerequisites[0]


def _is_there(wanted: Prerequisite | Tool, found: Found) -> bool:
    """Whether a run would take it: one that is given is taken whatever its version."""
    return found.runs and (found.place == GIVEN or (bool(found.place) and wanted.serves(found.version)))


def _not_there(row: dict[str, str], purpose: str, found: Found, get: str, *, is_idle: bool) -> Check:
    """The row of what the user has to install. is_idle: whether nothing is left for it to do."""
    note = f"packages can be made without: {purpose}" if purpose else ""
    if is_idle:
        note = "it would only install tools, of which none is missing or may be fetched now"
    text = (found.version or "doesn't tell its version") if found.runs else "doesn't run"
    row["found"] = text if found.place else "not there"
    return Check(**row, verdict=WARNING if note else PROBLEM, note=note, remedy=get)


def _not_installed(
    row: dict[str, str],
    tool: Tool,
    found: Found,
    missing_client: Prerequisite | None,
    *,
    offline: bool,
    installer: str,
) -> Check:
    row["found"] = f"not there ({found.passed_over} on PATH)" if found.passed_over else "not there"
    if offline:
        note, get = "--offline forbids to install it", "run again without --offline once"
        return Check(**row, verdict=PROBLEM, note=note, remedy=get)
    if missing_client:
        note, get = f"{missing_client.name} would install it", remedy(missing_client, installer)
        return Check(**row, verdict=PROBLEM, note=note, remedy=get)
    row["origin"] = tool.client.command(tool)
    return Check(**row, note="the first run installs it")
