"""The C++ language. Generated C++ fits one protobuf only, so the package generates where it is built."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from protogen.languages import documents, sections
from protogen.languages.base import Language
from protogen.languages.build_dir import BuildDir
from protogen.languages.cpp import CPP, names
from protogen.languages.package import Artifacts, Coordinates, Installed, Package, Plan, Request
from protogen.languages.toolchain.compiling import COMPILING
from protogen.protos.descriptors import patch_options
from protogen.recipe.document import doc
from protogen.system.archives import tar_gz

if TYPE_CHECKING:
    from protogen.recipe.model import Recipe

# Of a kit, what is compiled and what is included.
_SOURCES, _HEADERS = (".cc", ".cpp", ".cxx"), (".h", ".hh", ".hpp", ".hxx")
_FLOORS = "The lowest `cmake`, `protobuf` and `grpc` that build the package."


class CppSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a recipe says about C++."""

    package: Annotated[str, doc("The default name of the CMake package.")] = ""
    requires: Annotated[dict[str, str], doc(_FLOORS)] = {}
    example: Annotated[str, doc("A program for the README.")] = ""


class Cpp(Language[CppSection, Plan]):
    """A CMake project with the descriptor set in it: nothing is generated or compiled here."""

    entry = CPP
    title = "C++"
    # purl's type for what no registry has; `conan` would say that Conan's has it.
    ecosystem = "generic"
    client = COMPILING
    package_option = "cmake_package"
    section = CppSection
    # The first protobuf whose compiler knows `optional` of proto3, the first gRPC that came with it, and the
    # first CMake where a target may refuse to be compiled in one piece with others.
    defaults = CppSection(requires={"cmake": "3.16", "protobuf": "3.15", "grpc": "1.37"})
    # The first that knew them; a runtime of each compiles what its own compiler writes.
    editions: Mapping[str, CppSection] = {
        "2023": CppSection(requires={"protobuf": "5.27"}),
        "2024": CppSection(requires={"protobuf": "6.32"}),
    }
    fixed = ("requires",)
    # As a shared library and without optimizing: in two thirds of the time.
    prove_commands = (
        ("cmake", "-E", "tar", "xzf", "{dist}/{package}-{version}.tar.gz"),
        (
            "cmake",
            "-S",
            "{package}-{version}",
            "-B",
            "built",
            "-DBUILD_SHARED_LIBS=ON",
            "-DCMAKE_BUILD_TYPE=",
        ),
        ("cmake", "--build", "built", "--parallel", "2"),
        ("cmake", "--install", "built", "--prefix", "installed"),
        ("cmake", "-S", "consumer", "-B", "used", "-DCMAKE_PREFIX_PATH={dist}/../installed"),
        ("cmake", "--build", "used", "--parallel", "2"),
        ("./used/proof", "{package}-{version}/{package}.protoset"),
    )
    # Measured: 405 MB a compiler.
    proving_memory = 900 * 1024**2

    def package_name(self, recipe: Recipe, settings: Mapping[str, str]) -> str:
        """The CMake package's. Raises UsageError for one that can't be, RecipeError."""
        name = super().package_name(recipe, settings)
        names.check_package(name)
        return name

    def plan(self, request: Request) -> Plan:
        """As every language plans, where C++ can express the protos."""
        names.check(self.files(request), request)
        plan = super().plan(request)
        protobuf = f"protobuf {plan.section.requires['protobuf']} or newer"
        # protoc's own classes of services have the names of gRPC's.
        patches = {
            file.name: {"cc_generic_services": "false"}
            for file in self.files(request)
            if file.services and "cc_generic_services" in file.options
        }
        return replace(plan, patches=patches, remarks=sections.remark(request.outline, protobuf))

    def facts(self, request: Request, plan: Plan, installed: Installed) -> dict[str, Any]:
        """What CMakeLists.txt, the files in cmake/, README.md and the consumer show."""
        files, known = self.files(request), super().facts(request, plan, installed)
        kit_paths = [path.removeprefix(self.kit_folder(request, plan)) for path in self.kit(request, plan)]
        call = next(_calls(request, {file.name for file in files}), None)
        if call and not known["example"]:
            known |= documents.render(self.folder / "example", {"call": call})
        return known | {
            # SemVer's three numbers, which is what CMake compares.
            "number": re.split("[-+]", plan.version)[0],
            "file": plan.name.lower(),
            "variable": plan.name.upper().replace("-", "_"),
            "vcpkg": "-".join(re.findall("[a-z0-9]+", plan.name.lower())),
            "license": request.recipe.license,
            "requires": plan.section.requires,
            "has_services": plan.has_services,
            "protos": sorted(file.name for file in files),
            "served": sorted(file.name for file in files if file.services),
            "stem": names.stem,
            "headers": sorted(f"{names.stem(file.name)}.pb.h" for file in files),
            "kit_sources": [path for path in kit_paths if path.endswith(_SOURCES)],
            "kit_headers": [path for path in kit_paths if path.endswith(_HEADERS)],
            "call": call,
            "imports": {name for file in files for name in file.dependencies},
        }

    def write(self, request: Request, plan: Plan, installed: Installed) -> dict[str, bytes]:
        """The templates, and the descriptor set."""
        content = request.descriptor_set.read_bytes()
        if plan.patches:
            content = patch_options(content, plan.patches)
        files = super().write(request, plan, installed)
        if not self.kit(request, plan):
            del files["cmake/kit.pc.in"]
        return files | {f"{plan.name}.protoset": content}

    def coordinates(self, package: Package[Plan]) -> tuple[Coordinates, ...]:
        """The package, then what it links."""
        own, *requires = super().coordinates(package)
        linked = ("protobuf", "grpc") if package.plan.has_services else ("protobuf",)
        floors = (
            replace(each, constraint=f">={each.constraint}") for each in requires if each.name in linked
        )
        return (own, *floors)

    def packed(self, package: Package[Plan]) -> dict[str, bytes]:
        """An archive, which CMake's FetchContent takes by its hash."""
        name = f"{package.plan.name}-{package.plan.version}"
        return {f"{name}.tar.gz": tar_gz(name, package.files)}

    def prove(self, package: Package[Plan], built: Artifacts, build_dir: BuildDir) -> None:
        """Build and install the archive, then build and run a project that finds it."""
        consumer = self.rendered("consumer", package.request, package.plan, package.installed)
        build_dir.write("consumer", {path: text.encode() for path, text in consumer.items()})
        for argv in self.filled(self.prove_commands, package, build_dir):
            COMPILING.run(build_dir, argv)


def _calls(request: Request, protos: set[str]) -> Iterator[dict[str, str]]:
    """The RPCs that stream nothing, with what C++ calls them."""
    for call in documents.plain_calls(request.outline, protos):
        yield {
            "header": f"{names.stem(call.file.name)}.grpc.pb.h",
            "service": names.qualified(call.file.package, call.service.name),
            "method": call.method.name,
            "takes": names.qualified(*names.path_of(request.outline, call.method.input)),
            "gives": names.qualified(*names.path_of(request.outline, call.method.output)),
        }
