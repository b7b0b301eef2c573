"""C++ packages are built by the system's own protobuf and gRPC, installed and found, in every release.

Two releases are built whole and proven. Of the others, each source file that is generated otherwise than in
a release before it goes through the compiler, up to where it would write code, and the descriptors that it
would register are read from it. `clients.py` builds one more by FetchContent, as a static library.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import shlex
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from tests.support.command import Ran, must, protogen, run
from tests.support.descriptors_equal import differences

# A compiler on a machine that has other things to do as well.
pytestmark = pytest.mark.timeout(1800)

PACKAGE = "tensorflow-serving-client"
PROVEN = {"r2.19": "2.19.1", "r1.15": "1.15.5"}
INDEX = ("2.21", "2.18", "2.3")
OTHERS = ("master", "r2.16", "r2.11", "r2.5", "r2.1", *INDEX)
# What all generated files include; a file that is no header of the library stands for none of it.
_PRECOMPILED = """\
#include <google/protobuf/descriptor.h>
#include <google/protobuf/generated_message_reflection.h>
#include <google/protobuf/map_field_inl.h>
#include <google/protobuf/message.h>
#include <google/protobuf/reflection_ops.h>
#include <google/protobuf/wire_format.h>
#include <grpcpp/grpcpp.h>
"""
_INCLUDE = re.compile(r'^#include "([^"]+)"', re.MULTILINE)
_REGISTERED = re.compile(r"protodesc_cold\) =\n(.*?)\s*;\n", re.DOTALL)
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')

USE = """\
#include <iostream>
#include "tensorflow_serving/apis/prediction_service.grpc.pb.h"

int main() {
  tensorflow::serving::PredictRequest request;
  request.mutable_model_spec()->set_name("half_plus_two");
  (*request.mutable_inputs())["x"].add_float_val(2.5f);
  std::cout << request.ShortDebugString() << "\\n";
  const std::string name = tensorflow::serving::PredictionService::service_full_name();
  return name != "tensorflow.serving.PredictionService";
}
"""

RECIPE = """\
schema: 1
name: shop
releases: api
repositories: {api: {url: https://example.com/api, branch: "r{major}"}}
entry_points: [{repository: api, pattern: "**/*.proto"}]
"""
# What protoc, CMake and gRPC have to quote, or to rename.
ODD = "a b/c+d~e@1.x.proto"
ODD_PROTO = """\
syntax = "proto3";
package shop.news;
message class { int32 int = 1; message do {} }
message Order { class.do done = 1; class kind = 2; message do {} }
service Orders { rpc Put(Order) returns (Order.do); }
"""
# One program with the library, and one whose two libraries have it each, as plugins do.
BESIDE = """\
cmake_minimum_required(VERSION 3.16)
project(beside LANGUAGES CXX)
set(CMAKE_UNITY_BUILD ON)
add_subdirectory(one)
add_subdirectory(two)
add_library(first SHARED part.cc)
target_link_libraries(first PRIVATE one::client -Wl,--exclude-libs,ALL)
add_library(second SHARED part.cc)
target_compile_definitions(second PRIVATE part=other)
target_link_libraries(second PRIVATE two::client -Wl,--exclude-libs,ALL)
add_executable(alone main.cc)
target_link_libraries(alone PRIVATE first)
add_executable(beside main.cc)
target_link_libraries(beside PRIVATE -Wl,--no-as-needed first second)
"""
PART = """\
#include "a b/c+d~e@1.x.pb.h"
int part() { return int(shop::news::Order().ByteSizeLong()); }
"""
MAIN = """\
int part();
int main() { return part(); }
"""


def cmake(*arguments: str, cwd: Path, **environ: str) -> Ran:
    return must(run(["cmake", *arguments], cwd=cwd, CMAKE_GENERATOR="Ninja", **environ))


@pytest.mark.parametrize("release", PROVEN)
def test_a_release_is_proven_and_found_by_pkg_config(
    release: str, cache: Path, from_corpus: list[str], tmp_path: Path
) -> None:
    arguments = ["--version", release, "--lang", "cpp", "--verify", "--artifacts", "dist"]
    assert "verified" in must(protogen(*arguments, *from_corpus, cwd=tmp_path, cache=cache)).err
    assert (tmp_path / "dist" / "cpp" / f"{PACKAGE}-{PROVEN[release]}.tar.gz").is_file()
    # The proof has left these objects in ccache.
    cmake(
        "-S", "gen/cpp", "-B", "built", "-DBUILD_SHARED_LIBS=ON", "-DCMAKE_INSTALL_LIBDIR=lib/x", cwd=tmp_path
    )
    cmake("--build", "built", "--parallel", "2", cwd=tmp_path)
    cmake("--install", "built", "--prefix", "there", cwd=tmp_path)
    moved = (tmp_path / "there").rename(tmp_path / "moved") / "lib" / "x"
    found = {"PKG_CONFIG_PATH": str(moved / "pkgconfig"), "LD_LIBRARY_PATH": str(moved)}
    assert (
        must(run(["pkg-config", "--modversion", PACKAGE], cwd=tmp_path, **found)).out.strip()
        == PROVEN[release]
    )
    flags = shlex.split(must(run(["pkg-config", "--cflags", "--libs", PACKAGE], cwd=tmp_path, **found)).out)
    (tmp_path / "use.cc").write_text(USE)
    must(run(["c++", "-Wall", "-Wextra", "-Werror", "use.cc", "-o", "use", *flags], cwd=tmp_path))
    printed = must(run(["./use"], cwd=tmp_path, **found)).out
    assert printed == 'model_spec { name: "half_plus_two" } inputs { key: "x" value { float_val: 2.5 } }\n'


def generated(project: Path, folder: Path) -> list[tuple[Path, str]]:
    """What the project generates: each source file, and the command that compiles it."""
    cmake(
        *("-S", str(project), "-B", str(folder), "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON"),
        cwd=project,
        CMAKE_CXX_COMPILER_LAUNCHER="",
    )
    commands = {
        Path(each["file"]): each["command"]
        for each in json.loads((folder / "compile_commands.json").read_text())
    }
    wanted = [str(path.relative_to(folder)) for path in commands]
    must(run(["ninja", "--quiet", *wanted], cwd=folder))
    return sorted(commands.items())


def content(path: Path, root: Path, seen: set[Path]) -> Iterator[bytes]:
    """A source file, and all generated headers that it includes."""
    if path.is_file() and path not in seen:
        seen.add(path)
        text = path.read_bytes()
        yield text
        for name in sorted(_INCLUDE.findall(text.decode())):
            yield from content(root / name, root, seen)


def registered(source: str) -> FileDescriptorProto:
    """The descriptor that a generated source file would register."""
    match = _REGISTERED.search(source)
    assert match
    # C has escapes for question marks, against trigraphs, and lines that go on.
    literals = _LITERAL.findall(match[1].replace("\\\n", "").replace("\\?", "?"))
    return FileDescriptorProto.FromString(b"".join(ast.literal_eval(f'b"{each}"') for each in literals))


def test_every_release_compiles_and_holds_its_descriptors(
    cache: Path, from_corpus: list[str], tmp_path: Path
) -> None:
    """-fsyntax-only: parsed, all types and templates checked, no code written and nothing linked."""
    (tmp_path / "all.h").write_text(_PRECOMPILED)
    must(
        run(["c++", "-fPIC", "-w", "-pthread", "-x", "c++-header", "all.h", "-o", "all.h.gch"], cwd=tmp_path)
    )
    seen: set[str] = set()
    commands = []
    for release in (*PROVEN, *OTHERS):
        source = ["--source", "index"] if release in INDEX else from_corpus
        out = tmp_path / release
        # Of the kit's files, tests/e2e/kit says what they are.
        arguments = ["--version", release, "--lang", "cpp", "--out", str(out), "--without-kit", *source]
        must(protogen(*arguments, cwd=tmp_path, cache=cache))
        built, files = out / "built", FileDescriptorSet()
        for path, command in generated(out / "cpp", built):
            if not path.name.endswith(".grpc.pb.cc"):
                files.file.append(registered(path.read_text()))
            digest = hashlib.sha256(b"".join(content(path, built / "generated", set()))).hexdigest()
            if digest not in seen and release not in PROVEN:
                checked = re.sub(r" -o \S+ -c ", " -fsyntax-only ", command)
                commands.append([*shlex.split(checked), "-include", str(tmp_path / "all.h")])
            seen.add(digest)
        own = FileDescriptorSet.FromString((out / "cpp" / f"{PACKAGE}.protoset").read_bytes())
        ours = FileDescriptorSet(
            file=[each for each in own.file if not each.name.startswith("google/protobuf/")]
        )
        assert len(ours.file) == len(files.file) > 40
        assert differences(ours, files) == []
    with ThreadPoolExecutor(2) as pool:
        for done in pool.map(lambda argv: run(argv, cwd=tmp_path), commands):
            must(done)
    assert len(commands) > 100


def test_odd_names_are_built_and_two_copies_end_a_process(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(RECIPE)
    (tmp_path / "api" / "a b").mkdir(parents=True)
    (tmp_path / "api" / ODD).write_text(ODD_PROTO)
    for name in ("one", "two"):
        must(
            protogen(
                *("--recipe", "./shop.yaml", "--source", "folder", "--repo", "api=api", "--lang", "cpp"),
                *("--version", "1.0", "--package-version", "1.0.0", "--cmake-package", name, "--verify"),
                *("--out", f"gen-{name}"),
                cwd=tmp_path,
                cache=cache,
            )
        )
        (tmp_path / f"gen-{name}" / "cpp").rename(tmp_path / name)
    (tmp_path / "CMakeLists.txt").write_text(BESIDE)
    (tmp_path / "part.cc").write_text(PART)
    (tmp_path / "main.cc").write_text(MAIN)
    # By make, which quotes otherwise than Ninja, and in a project that joins its sources.
    must(run(["cmake", "-G", "Unix Makefiles", "-S", ".", "-B", "built"], cwd=tmp_path))
    must(run(["cmake", "--build", "built", "--parallel", "2"], cwd=tmp_path))
    must(run(["built/alone"], cwd=tmp_path))
    ended = run(["built/beside"], cwd=tmp_path)
    assert ended.code < 0
    assert "File already exists in database" in ended.err


@pytest.mark.parametrize(
    ("toolchain", "path", "message"),
    [
        ("set(CMAKE_DISABLE_FIND_PACKAGE_gRPC ON)", os.environ["PATH"], "gRPC 1.37 or newer is missing"),
        (
            "set(CMAKE_DISABLE_FIND_PACKAGE_Protobuf ON)",
            os.environ["PATH"],
            "Protobuf 3.15 or newer is missing",
        ),
        ("", "", "No CMAKE_CXX_COMPILER could be found"),
    ],
)
def test_a_machine_that_lacks_a_part_is_told_what_to_install(
    toolchain: str, path: str, message: str, cache: Path, from_corpus: list[str], tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    for name in ("cmake", "git", "ninja", "apt-get"):
        (tmp_path / "bin" / name).symlink_to(must(run(["which", name], cwd=tmp_path)).out.strip())
    (tmp_path / "lacking.cmake").write_text(toolchain)
    lacking = {"PATH": path or str(tmp_path / "bin"), "CMAKE_TOOLCHAIN_FILE": str(tmp_path / "lacking.cmake")}
    arguments = ["--version", "r2.11", "--lang", "cpp", "--verify", *from_corpus]
    ended = protogen(*arguments, cwd=tmp_path, cache=cache, CMAKE_CXX_COMPILER_LAUNCHER="", **lacking)
    assert ended.code == 6
    assert message in ended.err
    assert "libgrpc++-dev, or leave out --verify" in ended.err
    assert not (tmp_path / "gen").exists()
