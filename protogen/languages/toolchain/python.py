"""pip: as a client that installs tools, for modules at pinned versions, and for what packages require."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from protogen.errors import ToolFailed, ToolMissing, VerificationFailed
from protogen.languages.toolchain.programs import Prerequisite, machine
from protogen.languages.toolchain.toolbox import Client, Tool, Toolbox
from protogen.system.cache import key
from protogen.system.files import digest
from protogen.system.process import Finished
from protogen.system.scratch import scratch

_PIP_SECONDS = 1800.0
_LOCAL_SECONDS = 300.0
# Options of the user's own installations that would bend one into a folder; those of indexes stay.
_DROPPED = frozenset(
    f"PIP_{option}"
    for option in (
        *("BUILD", "BUILD_CONSTRAINT", "CONSTRAINT", "DRY_RUN", "EDITABLE", "IGNORE_INSTALLED", "LOG"),
        *("NO_COMPILE", "NO_DEPS", "PRE", "PREFIX", "PYTHON", "QUIET", "REPORT", "REQUIRE_HASHES"),
        *("REQUIREMENT", "ROOT", "SRC", "TARGET", "UPGRADE", "VERBOSE", "WHEEL_DIR"),
    )
)
# pip takes the environment before its files, whose say this overrules.
_SET = {
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_COLOR": "1",
    "PIP_NO_INPUT": "1",
    "PIP_NO_PYTHON_VERSION_WARNING": "1",
    "PIP_REQUIRE_VIRTUALENV": "0",
    "PIP_USER": "0",
    "PIP_CONSTRAINT": os.devnull,
    **dict.fromkeys(("PIP_DRY_RUN", "PIP_NO_DEPS", "PIP_PRE", "PIP_REQUIRE_HASHES"), "0"),
}
# What the interpreter itself may need of the user's environment, and what it mustn't see otherwise.
_OF_MACHINE = ("PATH", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_FIXED = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "200"}
_SHOWN_LINES = 8
# What pip says of a file whose hash isn't the pinned one: the package, then both hashes.
_ALTERED = re.compile(
    r"DO NOT MATCH THE HASHES.*?\n\s+(?P<package>\S+)[^\n]*:\n(?P<hashes>\s+Expected .*?Got\s+\S+)", re.DOTALL
)


class Pip(Client):
    """Programs written in Python, each with what it requires, by `pip install --target`."""

    name = "pip"
    prerequisites = (Prerequisite("pip", purpose="it installs the package", remedy="python3 -m ensurepip"),)
    registry = "Python package index"
    settings = "pip config list"

    @property
    def machine(self) -> str:
        """See Client. The interpreter that runs a program is named in it."""
        return f"{_abi()}-{digest(sys.executable)[:8]}"

    def command(self, tool: Tool) -> str:
        """See Client."""
        return f"pip install {tool.package}=={tool.version}"

    def install(self, tools: Sequence[Tool], folder: Path, toolbox: Toolbox) -> None:
        """See Client."""
        for tool in tools:
            modules, program = folder / tool.name / "modules", folder / tool.name / tool.name
            with _pip(toolbox) as pip:
                done = toolbox.processes.run(
                    [*pip, "install", "--target", str(modules), f"{tool.package}=={tool.version}"],
                    timeout=_PIP_SECONDS,
                    env=pip_environment(toolbox.environ),
                )
            if done.returncode != 0:
                raise _unprovided(f"{tool.name} {tool.version}", done.message, "tools")
            script = f'exec {shlex.quote(sys.executable)} "$here/bin/{tool.name}" "$@"'
            program.write_text(f'#!/bin/sh\nhere=$(dirname "$0")/modules\nPYTHONPATH="$here" {script}\n')
            program.chmod(0o755)


PIP = Pip()


def provide_modules(toolbox: Toolbox, pins: Path) -> Path:
    """A folder to import from, which holds exactly the pinned distributions, for this interpreter.

    pins: a file of requirements with hashes, for pip. It can be moved.
    Raises ToolMissing, ToolFailed.
    """

    def install(folder: Path) -> None:
        with _pip(toolbox) as pip:
            arguments = ["install", "--no-deps", "--no-compile", "--only-binary", ":all:", "--require-hashes"]
            done = toolbox.processes.run(
                [*pip, *arguments, "--target", str(folder), "--requirement", str(pins)],
                timeout=_PIP_SECONDS,
                env=pip_environment(toolbox.environ),
            )
        if done.returncode != 0:
            raise _unprovided("the tools for Python packages", done.message, "tools")
        # The commands name this interpreter by its absolute path; the modules are all that is used.
        shutil.rmtree(folder / "bin", ignore_errors=True)
        _compile(toolbox, folder)

    requirements = pins.read_text(encoding="utf-8").splitlines()
    return toolbox.cache.get(
        "tools", key("python-tools", requirements, _abi()), install, what="the tools for Python packages"
    )


def provide_wheels(toolbox: Toolbox, modules: Path, requirements: Sequence[str], proof: Path) -> Path:
    """A folder with wheels of the requirements, and of all that they require, for this interpreter.

    modules: a folder that holds pip. proof: where the package is proven that asks for them.
    Raises VerificationFailed where the index has no version that serves, ToolMissing, ToolFailed.
    """
    wanted = ", ".join(requirements)

    def collect(folder: Path) -> None:
        arguments = ["wheel", "--prefer-binary"]
        done = toolbox.processes.run(
            [*pip_of(modules, sys.executable), *arguments, "--wheel-dir", str(folder), *requirements],
            timeout=_PIP_SECONDS,
            env=pip_environment(toolbox.environ),
        )
        if done.returncode == 0:
            return
        if is_unmet(done.message):
            raise VerificationFailed(
                f"python: fetching what the package requires failed: {complaint(done.message)}",
                where=str(proof),
                remedy="correct the versions in languages.python of the recipe",
            )
        raise _unprovided(wanted, done.message, "wheels")

    return toolbox.cache.get("tools", key("wheels", sorted(requirements), _abi()), collect, what=wanted)


def pip_of(modules: Path, python: str) -> list[str]:
    """The command that is the modules' pip, working on the environment of an interpreter.

    It sees nothing but pip of the modules, so that they don't count as installed there.
    """
    return [python, "-I", "-B", str(modules / "pip" / "__pip-runner__.py")]


def isolated(program: Path) -> list[str]:
    """The command that runs a program with this interpreter, without the user's settings and packages.

    It leaves no compiled modules behind, which a folder of the cache must not get.
    """
    return [sys.executable, "-I", "-S", "-B", str(program)]


def run_isolated(toolbox: Toolbox, argv: Sequence[str], cwd: Path, extra: Mapping[str, str]) -> Finished:
    """Run a command that needs no network, with nothing of the user's environment, such as proxies.

    It isn't kept from the network: what it runs is pinned, and asks for nothing there.
    Raises ToolMissing, ToolFailed where it doesn't end in time.
    """
    return toolbox.processes.run(
        argv, timeout=_LOCAL_SECONDS, cwd=cwd, env=environment(toolbox.environ) | dict(extra)
    )


def environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """An environment that is the same for every user, but for what this machine's programs need."""
    return {key: inherited[key] for key in _OF_MACHINE if key in inherited} | _FIXED


def pip_environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """The user's environment for pip: indexes, proxies and credentials, none of the other options."""
    from protogen.system import keyring, pip_settings

    kept = {key: value for key, value in inherited.items() if key not in _DROPPED}
    provider = keyring.provider(pip_settings.read(inherited), inherited.get("PATH", ""))
    # Where pip asks nobody it asks no keyring either, unless the setting names one.
    return kept | _SET | ({"PIP_KEYRING_PROVIDER": provider} if provider else {})


def complaint(printed: str) -> str:
    """What pip says that went wrong: its errors, or else the last lines."""
    lines = [line.rstrip() for line in printed.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return "\n  ".join((errors or lines)[-_SHOWN_LINES:])


def is_unmet(printed: str) -> bool:
    """Whether pip saw an index that has the project, but none of the versions that are asked for."""
    return (
        "No matching distribution found" in printed
        and "(from versions: none)" not in printed
        and "Retrying (" not in printed
    )


def _abi() -> str:
    """What compiled modules are made for: the interpreter, its version, the C library, the machine."""
    abi = str(sysconfig.get_config_var("SOABI") or sys.implementation.cache_tag)
    return f"{re.sub(r'[^0-9A-Za-z_-]', '_', abi)}-{machine()}"


@contextmanager
def _pip(toolbox: Toolbox) -> Iterator[list[str]]:
    """The command that is the interpreter's own pip, or one that is made for the moment.

    Raises ToolMissing.
    """
    if find_spec("pip"):
        yield [sys.executable, "-I", "-m", "pip"]
        return
    with scratch() as folder:
        argv = [sys.executable, "-I", "-m", "venv", str(folder / "pip")]
        done = toolbox.processes.run(argv, timeout=_LOCAL_SECONDS, env=environment(toolbox.environ))
        if done.returncode != 0:
            raise ToolMissing(
                "there is no pip, with which tools for Python packages are installed",
                where=sys.executable,
                remedy=f"{sys.executable} -m ensurepip, or install pip by the system's package manager",
            )
        yield [str(folder / "pip" / "bin" / "python"), "-I", "-m", "pip"]


def _compile(toolbox: Toolbox, folder: Path) -> None:
    """Compile the modules once; unchecked, because a cache's times are nobody's business."""
    argv = [sys.executable, "-I", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    # What can't be compiled is no module of this Python, and is never imported.
    run_isolated(toolbox, [*argv, "-s", str(folder), str(folder)], folder, {})


def _unprovided(what: str, printed: str, kind: str) -> ToolFailed:
    reason, remedy = complaint(printed), "check the network and pip's index (pip config list)"
    if altered := _ALTERED.search(printed):
        hashes = " ".join(altered["hashes"].split())
        reason = f"the index's file of {altered['package']} isn't the pinned one: {hashes}"
        remedy = "set pip to an index that has the publishers' own files (pip config list)"
    return ToolFailed(
        f"{what} can't be fetched: {reason}",
        where=f"pip, for the {kind} of the cache",
        remedy=f"{remedy}, then run the same command again",
    )
