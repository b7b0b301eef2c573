"""What protogen itself stands on: Python, protoc out of grpcio-tools, and the cache's folder."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from protogen import DISTRIBUTION
from protogen.analysis.doctor.check import OK, PROBLEM, WARNING, Check
from protogen.errors import ProtogenError
from protogen.protos.protoc import Protoc
from protogen.system.cache import upkeep
from protogen.system.context import Context
from protogen.system.progress import size_text

# A first run with all languages takes about 100 MB.
LITTLE, TOO_LITTLE = 500 << 20, 50 << 20
_COMPILER = "grpcio-tools"
_SHOWN = 5


@dataclass(frozen=True)
class Installed:
    """Versions; those that aren't known are empty."""

    protogen: str
    python: str
    python_wanted: str
    """As the package's metadata have it, `>=3.10`; so are the tools that are wanted."""
    interpreter: str
    """Its path."""
    tools: str
    """Of grpcio-tools."""
    tools_wanted: str
    protoc: str
    """What its protoc prints; empty where it doesn't run."""


@dataclass(frozen=True)
class Storage:
    """The cache's folder."""

    path: str
    exists: bool
    """Whether it has been made; where not, writable is whether it can be."""
    is_folder: bool
    writable: bool
    free: int
    """Bytes on its disk."""
    entries: int = 0
    size: int = 0
    """Bytes of all entries."""
    damaged: Sequence[str] = ()


def installed(context: Context) -> Installed:
    """What is installed, by the packages' own metadata, and by asking protoc."""
    from packaging.requirements import Requirement

    own, wanted = None, {}
    try:
        own = metadata.metadata(DISTRIBUTION)
        requirements = map(Requirement, own.get_all("Requires-Dist") or [])
        wanted = {each.name: str(each.specifier) for each in requirements}
    except metadata.PackageNotFoundError:
        pass
    return Installed(
        own["Version"] if own else "",
        platform.python_version(),
        (own["Requires-Python"] or "") if own else "",
        sys.executable,
        _version(_COMPILER),
        wanted.get(_COMPILER, ""),
        _protoc_version(context),
    )


def storage(context: Context) -> Storage:
    """What is known of the cache's folder; every entry is read."""
    root = context.cache.root
    # Path.exists raises where a folder above can't be looked into.
    standing = next(path for path in (root, *root.parents) if os.path.exists(path))  # noqa: PTH110
    count, findings = upkeep.verify(context.cache)
    return Storage(
        path=str(root),
        exists=standing == root,
        is_folder=standing.is_dir(),
        writable=os.access(standing, os.W_OK | os.X_OK),
        free=shutil.disk_usage(standing).free,
        entries=count,
        size=sum(item.size for item in upkeep.inventory(root)),
        damaged=tuple(finding.item.name for finding in findings),
    )


def judge_installed(found: Installed) -> list[Check]:
    """The rows of protogen, Python and protoc. Pure."""
    fits = _fits(found.python, found.python_wanted)
    python = "" if fits else f"install Python {found.python_wanted}, and protogen with it"
    text = f"{found.tools} (protoc {found.protoc})" if found.protoc else ""
    if not text:
        text = f"{found.tools}, whose protoc doesn't run" if found.tools else "not there"
    pip, compiles = (
        f"{found.interpreter} -m pip install",
        found.protoc and _fits(found.tools, found.tools_wanted),
    )
    compiler = "" if compiles else f"{pip} --force-reinstall '{_COMPILER}{found.tools_wanted}'"
    rows = [Check("protogen", "protogen", found.protogen or "not installed as a package")]
    for name, version, wanted, remedy in (
        ("python", found.python, found.python_wanted, python),
        (_COMPILER, text, found.tools_wanted, compiler),
    ):
        verdict = PROBLEM if remedy else OK
        rows.append(Check("protogen", name, version, wanted, found.interpreter, verdict, remedy=remedy))
    return rows


def judge_storage(found: Storage, *, offline: bool) -> list[Check]:
    """The rows of the folder, of its disk and of its entries. Pure."""
    return [_folder(found, offline=offline), _space(found), _entries(found, offline=offline)]


def _folder(found: Storage, *, offline: bool) -> Check:
    row = {"subject": "cache", "name": "folder", "wanted": "writable", "origin": found.path}
    elsewhere = "run again with --cache-dir DIR, a folder that can be written"
    if not found.is_folder:
        return Check(**row, found="a file stands there", verdict=PROBLEM, remedy=elsewhere)
    if found.writable:
        return Check(**row, found="writable" if found.exists else "will be made")
    verdict, note = (WARNING, "what it holds can be used") if offline else (PROBLEM, "")
    return Check(**row, found="not writable", verdict=verdict, note=note, remedy=elsewhere)


def _space(found: Storage) -> Check:
    row = {"subject": "cache", "name": "free space", "origin": found.path}
    row |= {"found": size_text(found.free), "wanted": f"{size_text(LITTLE)} or more"}
    if found.free >= LITTLE:
        return Check(**row)
    verdict = WARNING if found.free >= TOO_LITTLE else PROBLEM
    return Check(**row, verdict=verdict, remedy="protogen cache prune --max-size 0, or --cache-dir DIR")


def _entries(found: Storage, *, offline: bool) -> Check:
    row = {"subject": "cache", "name": "entries", "wanted": "whole", "origin": found.path}
    text = f"{found.entries} entries, {size_text(found.size)}"
    if not found.damaged:
        return Check(**row, found=text)
    note = f"{', '.join(found.damaged[:_SHOWN])}{' …' if len(found.damaged) > _SHOWN else ''}"
    return Check(
        **row,
        found=f"{text}, {len(found.damaged)} damaged",
        verdict=PROBLEM if offline else WARNING,
        note=note if offline else f"{note}; made again when a run takes them",
        remedy="protogen cache verify --repair",
    )


def _protoc_version(context: Context) -> str:
    try:
        done = Protoc(context.processes).run(["--version"], cwd=Path("/"), environ=context.environ)
    except ProtogenError:
        return ""
    match = re.search(r"\d+(?:\.\d+)+", done.stdout.decode("utf-8", "replace"))
    return match[0] if match and done.returncode == 0 else ""


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def _fits(version: str, wanted: str) -> bool:
    from packaging.specifiers import SpecifierSet

    return bool(version) and SpecifierSet(wanted).contains(version, prereleases=True)
