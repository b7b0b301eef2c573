"""Every module and type stub of the protos, from the descriptor set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from protogen.errors import ProtosUnresolved
from protogen.languages.python.json_names import clashes
from protogen.languages.python.message_stubs import message_stub
from protogen.languages.python.modules import message_module
from protogen.languages.python.naming import folders_of
from protogen.languages.python.services import service_module, service_stub
from protogen.languages.python.symbols import symbols
from protogen.protos.descriptors import line_of

if TYPE_CHECKING:
    from protogen.languages.python.renaming import Renamings


def generated_files(
    descriptor_set: bytes, modules: Mapping[str, str], renamings: Renamings
) -> dict[str, str]:
    """The texts by path below the import package.

    Raises ProtosUnresolved for a file that the declared runtimes can't load.
    """
    files = FileDescriptorSet.FromString(descriptor_set).file
    for file in files:
        _check_json_names(file, descriptor_set)
    places, by_name = symbols(files, modules, renamings), {file.name: file for file in files}
    texts = {f"{folder.replace('.', '/')}/__init__.py": "" for folder in folders_of(modules.values())}
    for file in files:
        path = modules[file.name].replace(".", "/")
        texts[f"{path}.py"] = message_module(file, modules, renamings.get(file.name))
        texts[f"{path}.pyi"] = message_stub(file, by_name, modules, places, renamings)
        if file.service:
            texts[f"{path}_grpc.py"] = service_module(file, modules, places)
            texts[f"{path}_grpc.pyi"] = service_stub(file, modules, places)
    return texts


def _check_json_names(file: FileDescriptorProto, descriptor_set: bytes) -> None:
    for path, other, name in clashes(file):
        first, second = (
            f"{each} (line {line_of(descriptor_set, file.name, each)})" for each in (path, other)
        )
        raise ProtosUnresolved(
            f"in {file.name}, {first} is {name!r} in JSON, as {second} is, and protobuf's compiled Python "
            "refuses the file",
            where=f"{file.name}:{line_of(descriptor_set, file.name, path)}",
            remedy='give it a name of its own, [json_name = "…"], or generate the other languages: '
            "--lang go,java",
        )
