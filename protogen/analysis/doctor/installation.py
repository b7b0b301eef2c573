"""What protogen itself stands on: Python, its own version, and protoc out of grpcio-tools."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata

from protogen.analysis.doctor.check import OK, PROBLEM, Check

_COMPILER = "grpcio-tools"


@dataclass(frozen=True)
class Installed:
    """Versions; those that aren't known are empty.

    python_wanted, tools_wanted: as the package metadata writes them, `>=3.10`. tools: of
    grpcio-tools. protoc: what its protoc prints, empty where it doesn't run. interpreter: its path.
    """

    protogen: str
    python: str
    python_wanted: str
    interpreter: str
    tools: str
    tools_wanted: str
    protoc: str


def protogen_itself(python: str, interpreter: str, protoc: str) -> Installed:
    """The versions that the installed packages' own metadata tell."""
    from packaging.requirements import Requirement

    try:
        own = metadata.metadata("protogen")
    except metadata.PackageNotFoundError:
        return Installed("", python, "", interpreter, _version(_COMPILER), "", protoc)
    wanted = {each.name: str(each.specifier) for each in map(Requirement, own.get_all("Requires-Dist") or [])}
    return Installed(
        own["Version"],
        python,
        own["Requires-Python"] or "",
        interpreter,
        _version(_COMPILER),
        wanted.get(_COMPILER, ""),
        protoc,
    )


def judge_installation(installed: Installed) -> list[Check]:
    """The rows of Python, protogen and protoc."""
    pip = f"{installed.interpreter} -m pip install"
    fits = _fits(installed.python, installed.python_wanted)
    compiles = bool(installed.protoc) and _fits(installed.tools, installed.tools_wanted)
    protoc = f"{installed.tools} (protoc {installed.protoc})" if installed.protoc else ""
    return [
        Check("protogen", "protogen", installed.protogen or "not installed as a package"),
        Check(
            "protogen",
            "python",
            installed.python,
            installed.python_wanted,
            installed.interpreter,
            OK if fits else PROBLEM,
            remedy="" if fits else f"install Python {installed.python_wanted}, and protogen with it",
        ),
        Check(
            "protogen",
            _COMPILER,
            protoc or (f"{installed.tools}, whose protoc doesn't run" if installed.tools else "not there"),
            installed.tools_wanted,
            installed.interpreter,
            OK if compiles else PROBLEM,
            remedy="" if compiles else f"{pip} --force-reinstall '{_COMPILER}{installed.tools_wanted}'",
        ),
    ]


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def _fits(version: str, wanted: str) -> bool:
    from packaging.specifiers import SpecifierSet

    return bool(version) and SpecifierSet(wanted).contains(version, prereleases=True)
