"""Running protoc, the one that grpcio-tools brings along: to compile a closure, and to drive plugins."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.errors import ToolMissing

if TYPE_CHECKING:
    from protogen.system.process import Finished, Processes


SECONDS = 300.0

# The first grpcio-tools whose protoc takes an edition without being asked to experiment.
EDITIONS = {"2023": "1.66.0", "2024": "1.81.0"}

# For plugins written in Go: one that lives a quarter of a second spends a third of it on collecting
# garbage. From this limit on it collects as ever.
_BRIEF_GO = {"GOGC": "off", "GOMEMLIMIT": "512MiB"}
# Before and behind the version in the name of the folder.
_METADATA = "grpcio_tools-", ".dist-info"

# A child process, since protoc dies by signal on some input. -I keeps the user's PYTHON* variables
# and the current folder out, so the package's own folder is handed over. The extension module is
# what grpc_tools.protoc calls, at half its start-up time.
_CHILD = """\
import os, sys
sys.path.insert(0, sys.argv[1])
try:
    from grpc_tools._protoc_compiler import run_main
except ImportError:
    from grpc_tools.protoc import main
    run_main = lambda arguments: main([*map(os.fsdecode, arguments)])
code, rest = 0, sys.argv[2:]
while rest and not code:
    end = rest.index("") if "" in rest else len(rest)
    code, rest = run_main([b"protoc", *map(os.fsencode, rest[:end])]), rest[end + 1 :]
sys.exit(code)
"""
# What protoc is asked to make to tell the version that it tells plugins: `--version` leaves out the
# first of its numbers, and the Python generator writes all of them.
VERSION_PROTO = 'syntax = "proto3";\n'
# What protoc's own log adds at levels below an error: a banner, and a line for each proto without a syntax.
_LOG_LINES = (
    rb"(?m)^(?:WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR"
    rb"|[IW]\d{4,8} [\d:.]+ +\d+ [^\s:]+:\d+\] .*)\r?\n?"
)
_TOLD_VERSION = r"(?m)^# Protobuf Python Version: (\d+\.\d+\.\d+\S*)$"


@dataclass(frozen=True)
class Protoc:
    """protoc as a child process of protogen's own interpreter."""

    processes: Processes

    @cached_property
    def package(self) -> Path:
        """Where grpcio-tools is installed.

        Raises ToolMissing.
        """
        from importlib.util import find_spec

        spec = find_spec("grpc_tools")
        if spec is None or not spec.submodule_search_locations:
            raise ToolMissing(
                "grpcio-tools is not installed beside protogen",
                where=sys.executable,
                remedy=f"{sys.executable} -m pip install grpcio-tools",
            )
        return Path(spec.submodule_search_locations[0])

    @property
    def include(self) -> Path:
        """The folder of the well-known protos."""
        return self.package / "_proto"

    @cached_property
    def version(self) -> str:
        """The version of grpcio-tools, which stands for that of protoc."""
        found = _installed_version(self.package.parent)
        if found:
            return found
        from importlib.metadata import version

        return version("grpcio-tools")

    def missing_for(self, edition: str) -> str:
        """The first version of grpcio-tools that takes an edition, where this one is from before it."""
        needed = EDITIONS.get(edition, "")
        return needed if needed and _numbers(self.version) < _numbers(needed) else ""

    def run(
        self,
        arguments: Sequence[str],
        *,
        cwd: Path,
        environ: Mapping[str, str] | None = None,
        then: Sequence[str] = (),
    ) -> Finished:
        """Run protoc in cwd; its return code is the caller's to judge.

        then: where it succeeds, run it once more with these, in the same process.
        """
        argv = [sys.executable, "-I", "-c", _CHILD, str(self.package.parent), *arguments]
        if then:
            argv += ["", *then]
        return self.processes.run(
            argv, timeout=SECONDS, cwd=cwd, env=child_environment(environ or os.environ)
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)[:3]))


def child_environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """What protoc and its plugins need of the environment: a fixed language, nothing of the user's tools."""
    kept = {key: inherited[key] for key in ("PATH", "HOME", "TMPDIR", "SYSTEMROOT") if key in inherited}
    return kept | {"LC_ALL": "C", "LANG": "C", **_BRIEF_GO}


def _installed_version(folder: Path) -> str:
    """The version of grpcio-tools by the one folder of its metadata among what is installed; else empty.

    Only a plain one, which the folder's name spells as the metadata do. Importing importlib.metadata
    takes 25 ms.
    """
    try:
        found = [path for path in folder.iterdir() if path.name.startswith(_METADATA[0])]
    except OSError:
        return ""
    if len(found) != 1 or not found[0].name.endswith(_METADATA[1]):
        return ""
    version = found[0].name.removeprefix(_METADATA[0]).removesuffix(_METADATA[1])
    plain = all(number.isdecimal() for number in version.split("."))
    return version if plain and (found[0] / "METADATA").is_file() else ""


def complaint(done: Finished) -> str:
    """What a protoc that failed says: its errors, or all it says where no line is one.

    Warnings would hide them: there may be hundreds, for protos that are as they are.
    """
    message = replace(done, stderr=re.sub(_LOG_LINES, b"", done.stderr)).message
    errors = [line for line in message.splitlines() if "warning:" not in line]
    return "\n".join(errors) or message


def version_told_by(module: str) -> str:
    """The version that protoc tells plugins, from the module made of VERSION_PROTO; empty for none."""
    found = re.search(_TOLD_VERSION, module)
    return found[1] if found else ""
