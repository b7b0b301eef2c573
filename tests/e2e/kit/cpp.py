"""Programs that use a C++ package's kit."""

from __future__ import annotations

import shutil
from pathlib import Path

from filelock import FileLock
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from tests.support.command import must, run

# The releases that are built whole.
BUILT = ("r1.15", "r2.19")
_PROJECT = """\
cmake_minimum_required(VERSION 3.16)
project(program LANGUAGES CXX)
find_package(tensorflow-serving-client REQUIRED)
add_executable(program program.cc)
target_compile_options(program PRIVATE -Wall -Wextra -Werror)
target_link_libraries(program PRIVATE tensorflow-serving-client::kit)
"""


def package_folder(package: Path, shared: Path) -> Path:
    """Where a C++ package is installed, built once with its kit."""
    folder = shared / f"kit-cpp-{package.parent.name}"
    with FileLock(folder.with_suffix(".lock")):
        if not (folder / "installed").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            # As it is proven, so that ccache knows it.
            plain = ["-DBUILD_SHARED_LIBS=ON", "-DCMAKE_BUILD_TYPE="]
            must(run(["cmake", "-S", str(package), "-B", "built", *plain], cwd=folder))
            must(run(["cmake", "--build", "built", "--parallel", "2"], cwd=folder))
            must(run(["cmake", "--install", "built", "--prefix", "unfinished"], cwd=folder))
            (folder / "unfinished").rename(folder / "installed")
    return folder / "installed"


def program(name: str, text: str, package: Path, shared: Path) -> Path:
    """A program that uses a C++ package's kit, built once without a warning."""
    installed = package_folder(package, shared)
    folder = shared / f"kit-cpp-{package.parent.name}-{name}"
    with FileLock(folder.with_suffix(".lock")):
        if not (folder / "built" / "program").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            (folder / "CMakeLists.txt").write_text(_PROJECT)
            (folder / "program.cc").write_text(text, encoding="utf-8")
            shutil.copy(Path(__file__).with_name("programs") / "json.h", folder)
            argv = ["cmake", "-S", ".", "-B", "built", f"-DCMAKE_PREFIX_PATH={installed}"]
            must(run(argv, cwd=folder))
            must(run(["cmake", "--build", "built"], cwd=folder))
    return folder / "built" / "program"


def check(package: Path, folder: Path) -> None:
    """Compile a package's kit with what is generated, up to where code would be written."""
    (held,) = package.glob("*.protoset")
    protos = [each.name for each in FileDescriptorSet.FromString(held.read_bytes()).file]
    own = [name for name in protos if not name.startswith("google/protobuf/")]
    plugin = shutil.which("grpc_cpp_plugin")
    argv = ["protoc", f"--descriptor_set_in={held}", f"--plugin=protoc-gen-grpc={plugin}"]
    must(run([*argv, f"--cpp_out={folder}", f"--grpc_out={folder}", *own], cwd=folder))
    kit = package / "client"
    sources = sorted(path.relative_to(kit).as_posix() for path in kit.rglob("*.cc"))
    assert sources
    (folder / "all.cc").write_text("".join(f'#include "{path}"\n' for path in sources))
    argv = ["c++", "-std=c++17", "-fsyntax-only", "-Wall", "-Wextra", "-Werror"]
    must(run([*argv, "-isystem", str(folder), "-I", str(kit), "all.cc"], cwd=folder))
