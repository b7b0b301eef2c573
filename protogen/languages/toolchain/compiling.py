"""What builds C++ with gRPC: the system's package manager installs it, protogen doesn't."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from protogen.errors import ToolMissing, VerificationFailed
from protogen.languages.toolchain.programs import Prerequisite
from protogen.languages.toolchain.toolbox import ByHand

if TYPE_CHECKING:
    from protogen.languages.build_dir import BuildDir

_INSTALL = {"apt-get": "apt-get install", "dnf": "dnf install", "apk": "apk add", "brew": "brew install"}
# How CMake says that a part isn't there, and so do CMakeLists.txt and what find_package reads.
_MISSING = re.compile(
    r"[^\n]*(?:\bis missing\b|No CMAKE_\w+ could be found|build program corresponding to)[^\n]*"
)


def _needed(name: str, lowest: str, ask: tuple[str, ...], *packages: str) -> Prerequisite:
    """A program that only `--verify` starts. packages: by the installers above, in this order."""
    by_installer = dict(zip(_INSTALL, packages, strict=True))
    return Prerequisite(name, lowest, name, ask, purpose="--verify needs it", packages=by_installer)


class Compiling(ByHand):
    """What a machine needs to build C++ with gRPC."""

    name = "system"
    prerequisites = (
        _needed("cmake", "3.16", ("--version",), "cmake", "cmake", "cmake", "cmake"),
        _needed("c++", "", ("--version",), "g++ ninja-build", "gcc-c++ ninja-build", "g++ samurai", "ninja"),
        _needed(
            "protoc",
            "3.15",
            ("--version",),
            "protobuf-compiler libprotobuf-dev",
            "protobuf-compiler protobuf-devel",
            "protoc protobuf-dev",
            "protobuf",
        ),
        # It tells no version: without arguments, it answers the empty request that it is given.
        _needed(
            "grpc_cpp_plugin",
            "",
            (),
            "protobuf-compiler-grpc libgrpc++-dev",
            "grpc-plugins grpc-devel",
            "grpc-plugins grpc-dev",
            "grpc",
        ),
    )

    def run(self, build_dir: BuildDir, argv: Sequence[str]) -> None:
        """Run a step of a build in the BuildDir, by Ninja where it is there, which needs no make.

        Raises ToolMissing with the command that installs all where something is missing, VerificationFailed.
        """
        environ = build_dir.toolbox.environ
        ninja = shutil.which("ninja", path=environ.get("PATH")) and "CMAKE_GENERATOR" not in environ
        extra = {"CMAKE_GENERATOR": "Ninja"} if ninja else {}
        try:
            build_dir.run(f"cpp: {' '.join(argv[:3])}", argv, build_dir.folder, extra)
        except ToolMissing as error:
            raise self.missing(error.message, environ) from error
        except VerificationFailed as error:
            found = _MISSING.search(error.message)
            if found:
                raise self.missing(found[0].strip(), environ) from error
            raise

    def missing(self, what: str, environ: Mapping[str, str]) -> ToolMissing:
        """The error of a machine that can't build C++."""
        there = [name for name in _INSTALL if shutil.which(name, path=environ.get("PATH"))]
        installer = (*there, "apt-get")[0]
        packages = " ".join(each.packages[installer] for each in self.prerequisites)
        return ToolMissing(
            what, where="cpp", remedy=f"{_INSTALL[installer]} {packages}, or leave out --verify"
        )


COMPILING = Compiling()
