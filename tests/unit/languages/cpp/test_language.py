from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from protogen.errors import ProtosUnresolved, RecipeError, ToolMissing, UsageError, VerificationFailed
from protogen.languages.build_dir import BuildDir
from protogen.languages.cpp.language import Cpp
from protogen.languages.package import Coordinates, Installed, Package, Plan
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.protos.outline import File, Method, Service, Type
from protogen.recipe import model
from protogen.recipe.kit import KitFile
from protogen.system.cache import Cache
from protogen.system.process import Finished
from tests.support.packages import assembled
from tests.support.script import Script
from tests.unit.languages.go.test_language import FILES, request
from tests.unit.recipe.test_model import GOOD

CPP = Cpp()
SET = b"\x12\x03set"


def package(
    folder: Path, lines: str = "", files: tuple[File, ...] = FILES, version: str = "2.1.3", **settings: str
) -> Package[Plan]:
    asked = request(folder, text=f"{GOOD}languages: {{cpp: {{{lines}}}}}\n", files=files)
    release = replace(asked.release, package_version=version)
    asked = replace(asked, settings=settings, release=release)
    # A field that descriptors don't have: no lines are told.
    asked.descriptor_set.write_bytes(SET)
    plan = CPP.plan(asked)
    return Package(asked, plan, Installed({}), assembled(CPP, asked, plan, Installed({}), {}))


def text(made: Package[Plan], name: str) -> str:
    return made.files[name].decode()


def listed(made: Package[Plan], name: str) -> list[str]:
    found = re.search(rf"^set\({name}\n(.*?)^\)", text(made, "CMakeLists.txt"), re.MULTILINE | re.DOTALL)
    assert found
    return [line.strip() for line in found[1].splitlines()]


def test_it_carries_the_set_and_no_code(tmp_path: Path) -> None:
    made = package(tmp_path)
    assert set(made.files) == {
        *("CMakeLists.txt", "cmake/config.cmake", "cmake/dependencies.cmake", "cmake/pc.in"),
        *("shop.protoset", "vcpkg.json", "README.md", "LICENSE", "LICENSE.base"),
    }
    assert made.files["shop.protoset"] == SET
    assert made.plan.invocations == ()


def test_files_are_listed_by_what_is_generated_for_them(tmp_path: Path) -> None:
    made = package(tmp_path)
    assert listed(made, "protos") == ['"shop/internal/m.proto"', '"shop/s.proto"']
    assert listed(made, "protos_with_services") == ['"shop/s.proto"']


def test_a_path_with_a_space_stands_in_quotes(tmp_path: Path) -> None:
    file = File("a b/c+d.proto", "p", (), (), ())
    assert listed(package(tmp_path, files=(file,)), "protos") == ['"a b/c+d.proto"']


def test_without_services_nothing_asks_for_grpc(tmp_path: Path) -> None:
    made = package(tmp_path, files=FILES[:2])
    for name in made.files:
        assert "grpc" not in text(made, name).lower(), name
    assert [each.name for each in CPP.coordinates(made)] == ["shop", "protobuf"]


def test_a_plugin_of_protoc_takes_the_library_with_its_messages(tmp_path: Path) -> None:
    taken = File("p.proto", "p", ("google/protobuf/compiler/plugin.proto",), (), ())
    asking, others = package(tmp_path, files=(taken,)), package(tmp_path)
    for name, library in (("CMakeLists.txt", "protobuf::libprotoc"), ("cmake/pc.in", "-lprotoc")):
        assert library in text(asking, name)
        assert library not in text(others, name)


@pytest.mark.parametrize(
    ("lines", "settings", "name", "file", "variable"),
    [
        ("", {}, "shop", "shop", "SHOP"),
        ("package: Shop_API", {}, "Shop_API", "shop_api", "SHOP_API"),
        ("package: other", {"cmake_package": "mine__-"}, "mine__-", "mine__-", "MINE___"),
    ],
)
def test_it_is_called_so(
    lines: str, settings: dict[str, Any], name: str, file: str, variable: str, tmp_path: Path
) -> None:
    made = package(tmp_path, lines, **settings)
    cmake = text(made, "CMakeLists.txt")
    assert f"project({name} VERSION 2.1.3 LANGUAGES CXX)" in cmake
    assert f"add_library({name}::client ALIAS {name})" in cmake
    # find_package looks for this name in lower case.
    assert f"RENAME {file}-config.cmake" in cmake
    assert f"option({variable}_INSTALL" in cmake
    assert f"set({name}_FOUND FALSE)" in text(made, "cmake/config.cmake")
    assert json.loads(made.files["vcpkg.json"])["name"] == file.replace("_", "-").rstrip("-")


def test_a_name_that_cannot_be_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    recipe = model.parse(GOOD, "r.yaml")
    with pytest.raises(UsageError, match="can't be a CMake package"):
        CPP.cache_inputs(recipe, {"cmake_package": "a b"}, tmp_path)
    assert CPP.cache_inputs(recipe, {}, tmp_path) == ""


@pytest.mark.parametrize(
    ("version", "number"),
    [("2.19.1", "2.19.1"), ("2.12.0-rc0", "2.12.0"), ("0.0.0-dev.20240102.g01", "0.0.0")],
)
def test_cmake_gets_numbers_and_vcpkg_the_whole_version(version: str, number: str, tmp_path: Path) -> None:
    made = package(tmp_path, version=version)
    assert f"VERSION {number} LANGUAGES" in text(made, "CMakeLists.txt")
    assert f"Version: {number}\n" in text(made, "cmake/pc.in")
    assert json.loads(made.files["vcpkg.json"])["version-semver"] == version
    assert (CPP.version(version), CPP.refusal(version)) == (version, "")


def test_floors_are_the_recipes(tmp_path: Path) -> None:
    made = package(tmp_path, "requires: {protobuf: '3.21'}")
    assert 'VERSION_LESS "3.21"' in text(made, "cmake/dependencies.cmake")
    assert "Requires: protobuf >= 3.21 grpc++ >= 1.37\n" in text(made, "cmake/pc.in")
    assert CPP.coordinates(made) == (
        Coordinates("generic", "", "shop", "2.1.3"),
        Coordinates("generic", "", "grpc", constraint=">=1.37"),
        Coordinates("generic", "", "protobuf", constraint=">=3.21"),
    )
    with pytest.raises(RecipeError, match="no require 'boost'; expected one of cmake, protobuf, grpc"):
        package(tmp_path, "requires: {boost: '1'}")


def test_vcpkg_is_told_what_it_needs_for_the_program_and_for_the_build(tmp_path: Path) -> None:
    needed = json.loads(package(tmp_path).files["vcpkg.json"])["dependencies"]
    assert [each for each in needed if isinstance(each, str)] == ["grpc", "protobuf"]
    assert [each["name"] for each in needed if isinstance(each, dict) and each["host"]] == [
        "grpc",
        "protobuf",
    ]


def test_the_readme_shows_the_recipes_example_or_the_first_plain_call(tmp_path: Path) -> None:
    assert "```cpp\nint main() {}\n```" in text(package(tmp_path, "example: 'int main() {}'"), "README.md")
    readme = text(package(tmp_path), "README.md")
    assert '#include "shop/s.grpc.pb.h"' in readme
    assert "shop::shop_service::NewStub(channel)" in readme
    assert "shop::Req_Deep request;" in readme


def test_names_that_cpp_cannot_have_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ProtosUnresolved, match="'new' is a keyword"):
        package(tmp_path, files=(File("x.proto", "a.new", (), (), ()),))


def test_protocs_own_services_give_way_to_those_of_grpc(tmp_path: Path) -> None:
    options = {"cc_generic_services": "true"}
    method = Method("Get", "p.M", "p.M")
    files = (
        File("m.proto", "p", (), (Type("M", "message"),), (), options=options),
        File("s.proto", "p", ("m.proto",), (), (Service("S", (method,)),), options=options),
    )
    asked = request(tmp_path, text=GOOD, files=files)
    descriptors = FileDescriptorSet()
    for file in files:
        descriptors.file.add(name=file.name).options.cc_generic_services = True
    asked.descriptor_set.write_bytes(descriptors.SerializeToString())
    plan = CPP.plan(asked)
    made = assembled(CPP, asked, plan, Installed({}), {})
    packed = FileDescriptorSet.FromString(made["shop.protoset"]).file
    assert [each.options.cc_generic_services for each in packed] == [True, False]


def test_headers_are_included_as_they_are_called(tmp_path: Path) -> None:
    files = tuple(msgspec.structs.replace(each, name=f"my.protos/{each.name}") for each in FILES[1:])
    made = package(tmp_path, files=files)
    headers = set(re.findall(r'"([^"]*[.]h)"', made.files["README.md"].decode()))
    consumer = CPP.rendered("consumer", made.request, made.plan, made.installed)
    headers |= set(re.findall(r'#include "(.*)"', consumer["proof.cc"]))
    assert headers
    assert {each.partition("/")[0] for each in headers} == {"my.protos"}


def test_the_proof_loads_a_library_of_which_it_calls_nothing(tmp_path: Path) -> None:
    made = package(tmp_path, files=(File("x.proto", "", (), (), ()),))
    consumer = CPP.rendered("consumer", made.request, made.plan, made.installed)
    assert '"LINKER:--no-as-needed"' in consumer["CMakeLists.txt"]


def built(folder: Path, failing: str = "", printed: str = "", **environ: str) -> tuple[BuildDir, Script]:
    def answer(argv: Sequence[str], cwd: Path | None, _: Mapping[str, str]) -> Finished:
        if failing and failing in argv:
            if not printed:
                raise ToolMissing(f"there is no {argv[0]}")
            return Finished(tuple(argv), 1, printed.encode(), b"")
        return Finished(tuple(argv), 0, b"", b"")

    script = Script(answer)
    (folder / "dir").mkdir()
    return BuildDir(Toolbox(Cache(folder / "cache"), script, {"PATH": "", **environ}), folder / "dir"), script


@pytest.mark.parametrize(
    ("paths", "first"),
    [
        (("shop/a.h", "shop/a.cc"), 'add_library(shop-kit\n  "client/shop/a.cc"\n)\n'),
        (("shop/a.h",), "add_library(shop-kit INTERFACE)\n"),
    ],
)
def test_a_kit_is_a_library_of_its_own(paths: tuple[str, ...], first: str, tmp_path: Path) -> None:
    plain = package(tmp_path)
    recipe = plain.request.recipe
    files = (*(KitFile(path, "") for path in paths), KitFile("README.cc", "int main() {}"))
    asked = replace(plain.request, recipe=msgspec.structs.replace(recipe, kit={"cpp": files}))
    made = replace(plain, request=asked, files=assembled(CPP, asked, plain.plan, Installed({}), {}))
    assert made.files.keys() - plain.files.keys() >= {"cmake/kit.pc.in"}
    cmake = text(made, "CMakeLists.txt")
    assert first in cmake
    assert "install(TARGETS shop shop-kit EXPORT" in cmake
    assert "links `shop::kit`" in text(made, "README.md")
    place, _ = built(tmp_path)
    CPP.prove(made, CPP.build(made, place, complete=False), place)
    consumer = place.folder / "consumer"
    assert "foreach(program kit kit_example)" in (consumer / "CMakeLists.txt").read_text()
    assert '#include "shop/a.h"' in (consumer / "kit.cc").read_text()
    assert "shop-kit" not in text(plain, "CMakeLists.txt")


def test_its_artifact_is_an_archive(tmp_path: Path) -> None:
    made, (place, _) = package(tmp_path), built(tmp_path)
    artifacts = CPP.build(made, place, complete=True)
    assert list(artifacts.files) == ["shop-2.1.3.tar.gz"]
    assert artifacts.remarks == ()


def test_the_proof_builds_the_archive_installs_it_and_uses_it(tmp_path: Path) -> None:
    made, (place, script) = package(tmp_path), built(tmp_path)
    CPP.prove(made, CPP.build(made, place, complete=False), place)
    assert [argv[1:3] for argv in script.started[:-1]] == [
        *(("-E", "tar"), ("-S", "shop-2.1.3"), ("--build", "built"), ("--install", "built")),
        *(("-S", "consumer"), ("--build", "used")),
    ]
    assert script.started[-1] == ("./used/proof", "shop-2.1.3/shop.protoset")
    proof = (place.folder / "consumer" / "proof.cc").read_text()
    for header in ("shop/internal/m.pb.h", "shop/s.pb.h", "shop/s.grpc.pb.h"):
        assert f'#include "{header}"' in proof
    assert "class Served : public shop::shop_service::Service" in proof
    assert (place.folder / "consumer" / "example.cc").read_text().startswith("#include <grpcpp")


def test_messages_alone_are_proven_without_a_call(tmp_path: Path) -> None:
    made, (place, _) = package(tmp_path, files=FILES[:2]), built(tmp_path)
    CPP.prove(made, CPP.build(made, place, complete=False), place)
    consumer = place.folder / "consumer"
    assert "Served" not in (consumer / "proof.cc").read_text()
    assert "foreach(program proof)" in (consumer / "CMakeLists.txt").read_text()


@pytest.mark.parametrize(
    ("printed", "message"),
    [
        ("", "there is no cmake"),
        (
            "CMake Error at CMakeLists.txt:9:\n  x: Protobuf 3.15 or newer is missing",
            "Protobuf 3.15 or newer",
        ),
        ("  No CMAKE_CXX_COMPILER could be found.", "No CMAKE_CXX_COMPILER"),
        ('CMake was unable to find a build program corresponding to "Unix Makefiles".', "build program"),
    ],
)
def test_what_is_missing_is_named_with_the_command_that_installs_it(
    printed: str, message: str, tmp_path: Path
) -> None:
    made, (place, _) = package(tmp_path), built(tmp_path, "-S", printed)
    artifacts = CPP.build(made, place, complete=False)
    with pytest.raises(ToolMissing, match=message) as caught:
        CPP.prove(made, artifacts, place)
    assert caught.value.remedy.startswith("apt-get install cmake g++ ninja-build protobuf-compiler ")


def test_the_systems_own_installer_is_named(tmp_path: Path) -> None:
    (tmp_path / "brew").write_text("")
    (tmp_path / "brew").chmod(0o755)
    made, (place, _) = package(tmp_path), built(tmp_path, "-S", "", PATH=str(tmp_path))
    artifacts = CPP.build(made, place, complete=False)
    with pytest.raises(ToolMissing) as caught:
        CPP.prove(made, artifacts, place)
    assert caught.value.remedy == "brew install cmake ninja protobuf grpc, or leave out --verify"


def test_code_that_does_not_compile_fails_the_proof(tmp_path: Path) -> None:
    made, (place, _) = package(tmp_path), built(tmp_path, "--build", "x.cc:1: error: expected ';'")
    artifacts = CPP.build(made, place, complete=False)
    with pytest.raises(VerificationFailed, match="expected ';'"):
        CPP.prove(made, artifacts, place)


@pytest.mark.parametrize(
    ("has_ninja", "chosen", "generator"), [(True, "", "Ninja"), (True, "Xcode", None), (False, "", None)]
)
def test_ninja_is_taken_where_it_is_there_and_nothing_else_is_chosen(
    has_ninja: bool, chosen: str, generator: str | None, tmp_path: Path
) -> None:
    if has_ninja:
        (tmp_path / "ninja").write_text("")
        (tmp_path / "ninja").chmod(0o755)
    environ = {"CMAKE_GENERATOR": chosen} if chosen else {}
    place, script = built(tmp_path, PATH=str(tmp_path), **environ)
    seen: list[str | None] = []

    def answer(argv: Sequence[str], cwd: Path | None, given: Mapping[str, str]) -> Finished:
        seen.append(given.get("CMAKE_GENERATOR"))
        return Finished(tuple(argv), 0, b"", b"")

    script.answer = answer
    made = package(tmp_path)
    CPP.prove(made, CPP.build(made, place, complete=False), place)
    assert set(seen) == {generator or chosen or None}
