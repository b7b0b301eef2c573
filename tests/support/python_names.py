"""Python packages of many sets of protos, made as a run makes them but for git and the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    ServiceDescriptorProto,
)

from protogen.errors import ProtosUnresolved
from protogen.languages.package import Installed, Request
from protogen.languages.python import naming, renaming
from protogen.languages.python.language import Python
from protogen.languages.python.names import ENUM, MESSAGE, is_written, method_attribute, service_names
from protogen.languages.python.symbols import symbols
from protogen.protos.outline import outline_of
from protogen.recipe import model
from protogen.releases.release import Release

PROGRAM = Path(__file__).with_name("python_names_program.py")
_RECIPE = """\
schema: 1
name: names
releases: api
repositories:
  api: {url: https://git.invalid/api}
entry_points:
  - {repository: api, pattern: "**/*.proto"}
"""
# protoc as a library: starting one a set takes longer than all else.
_COMPILE = """
import json, sys
from grpc_tools import protoc
for name, protos in json.load(sys.stdin).items():
    root = f"{sys.argv[1]}/{name}"
    flags = [f"-I{root}", f"-o{root}/set.binpb", "--include_imports", "--include_source_info"]
    if protoc.main(["protoc", *flags, *protos]):
        sys.exit(name)
"""


def count(plain: int) -> int:
    """How many sets a campaign draws: as many as PROTOGEN_NAMES says."""
    return int(os.environ.get("PROTOGEN_NAMES", plain))


def compiled(sets: Mapping[str, Mapping[str, str]], folder: Path) -> None:
    """Write protos and the set of each, with source info, into a folder of its name."""
    for name, protos in sets.items():
        for path, text in protos.items():
            (folder / name / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / name / path).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", _COMPILE, str(folder)],
        input=json.dumps({name: list(protos) for name, protos in sets.items()}),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr[-2000:]}"


def package(name: str, protos: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The import package's files by path, below a folder of its name; raises what planning raises."""
    content = (folder / "set.binpb").read_bytes()
    outline = outline_of(content)
    request = Request(
        recipe=model.parse(_RECIPE, "r.yaml"),
        release=Release("1", "1.0.0", "git", ()),
        outline=outline,
        descriptor_set=folder / "set.binpb",
        entry_points=tuple(protos),
        well_known=frozenset(file.name for file in outline.files) - set(protos),
        licenses={},
        settings={"python_package": name},
        out=folder,
    )
    language = Python()
    tree = language.write(request, language.plan(request), Installed({}))
    return {
        path.removeprefix("src/"): text.decode() for path, text in tree.items() if path.startswith("src/")
    }


def packages(sets: Sequence[Mapping[str, str]], folder: Path) -> tuple[list[str], list[ProtosUnresolved]]:
    """Write a package of each set into the folder; their names, and how the others were refused."""
    made, refused = [], []
    named = {f"n{number}": protos for number, protos in enumerate(sets)}
    compiled(named, folder / "protos")
    for name, protos in named.items():
        try:
            tree = package(name, protos, folder / "protos" / name)
        except ProtosUnresolved as error:
            refused.append(error)
            continue
        for path, text in tree.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        made.append(name)
    return made, refused


def used(names: Sequence[str], folder: Path, implementation: str, python: str = sys.executable) -> list[str]:
    """What is wrong with packages in the folder, as a program finds that uses them by the protos' names."""
    done = subprocess.run(
        [python, str(PROGRAM), str(folder)],
        input=json.dumps(names),
        env={**os.environ, "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": implementation, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [str(each) for each in json.loads(done.stdout)]


def typed(names: Sequence[str], folder: Path) -> list[str]:
    """Write a program beside each package that uses all that its stubs offer; the files to check."""
    files = []
    for name in names:
        content = (folder / "protos" / name / "set.binpb").read_bytes()
        program = folder / f"use_{name}.py"
        program.write_text("\n".join([*_Uses(name, content).program(), ""]), encoding="utf-8")
        files += [str(program), *(str(path) for path in (folder / name).rglob("*.pyi"))]
    return files


class _Uses:
    """The program for one package, a function for each message, enum and service."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name
        self.files = FileDescriptorSet.FromString(content).file
        self.modules = naming.modules(file.name for file in self.files)
        renamings = renaming.renamings(outline_of(content).files)
        self.places = symbols(self.files, self.modules, renamings)
        self.aliases = {module: f"m{number}" for number, module in enumerate(self.modules.values())}
        self.functions = 0

    def program(self) -> Iterator[str]:
        """Its lines."""
        yield "import grpc"
        for module, alias in self.aliases.items():
            yield f"import {self.name}.{module} as {alias}"
        for file in self.files:
            prefix = f".{file.package}." if file.package else "."
            alias = self.aliases[self.modules[file.name]]
            for enum in file.enum_type:
                yield from self.function(self.enum(enum, prefix + enum.name, alias))
            for message in file.message_type:
                yield from self.message(message, prefix + message.name)
            if file.service:
                yield f"import {self.name}.{self.modules[file.name]}_grpc as grpc_{alias}"
            for service in file.service:
                yield from self.function(self.service(service, file, f"grpc_{alias}"))

    def function(self, body: Iterable[str]) -> Iterator[str]:
        """A function with that body."""
        self.functions += 1
        yield f"def use{self.functions}() -> None:"
        yield from (f"    {line}" for line in body)

    def refer(self, type_name: str) -> str:
        """An expression for a message or enum."""
        place = self.places[type_name]
        return f"{self.aliases[place.module]}.{place.name}"

    def enum(self, enum: EnumDescriptorProto, type_name: str, scope: str) -> Iterator[str]:
        """Its values by every name."""
        held = self.refer(type_name)
        yield f"value: {held}.ValueType"
        for value in enum.value:
            yield f"print({held}.Name({held}.Value({value.name!r})))"
            if is_written(value.name) and value.name not in ENUM:
                yield f"value = {held}.{value.name}"
            if is_written(value.name) and value.name not in MESSAGE:
                yield f"value = {scope}.{value.name}"

    def message(self, message: DescriptorProto, type_name: str) -> Iterator[str]:
        """It and what is declared in it."""
        if message.options.map_entry:
            return
        yield from self.function(self.fields(message, type_name))
        for enum in message.enum_type:
            yield from self.function(self.enum(enum, f"{type_name}.{enum.name}", self.refer(type_name)))
        for nested in message.nested_type:
            yield from self.message(nested, f"{type_name}.{nested.name}")

    def fields(self, message: DescriptorProto, type_name: str) -> Iterator[str]:
        """Its fields read and given, and its extensions."""
        held = self.refer(type_name)
        yield f"made: {held} = {held}.FromString(b'')"
        for field in message.field:
            yield f"made.ClearField({field.name!r})"
            if is_written(field.name) and field.name not in MESSAGE:
                given = "" if field.name == "self" else f"{field.name}=made.{field.name}"
                yield f"print(made.{field.name}, {held}({given}), {held}.DESCRIPTOR)"
        for extension in message.extension:
            if is_written(extension.name) and extension.name not in MESSAGE:
                yield f"print({held}.{extension.name})"
        for oneof in message.oneof_decl:
            yield f"print(made.WhichOneof({oneof.name!r}))"

    def service(
        self, service: ServiceDescriptorProto, file: FileDescriptorProto, module: str
    ) -> Iterator[str]:
        """Its stubs and its servicer, and a call of each plain RPC."""
        called = [method.name for method in service.method]
        stub, asynchronous, servicer, _ = service_names(service.name, [each.name for each in file.service])
        yield f"stub = {module}.{stub}(grpc.insecure_channel(''))"
        yield f"other: {module}.{asynchronous} = {module}.{asynchronous}(grpc.aio.insecure_channel(''))"
        yield f"print(stub, other, {module}.{servicer}())"
        for number, method in enumerate(service.method):
            attribute = method_attribute(method.name, called)
            yield f"print(stub.{attribute}, other.{attribute}, {module}.{servicer}().{attribute})"
            if not method.client_streaming and not method.server_streaming:
                yield f"answer{number}: {self.refer(method.output_type)} = stub.{attribute}("
                yield f"    {self.refer(method.input_type)}()"
                yield ")"
                yield f"print(answer{number})"
