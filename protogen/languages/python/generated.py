"""Every module and type stub of the protos, from the descriptor set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from protogen.errors import ProtosUnresolved
from protogen.languages.python.message_stubs import message_stub
from protogen.languages.python.modules import message_module
from protogen.languages.python.naming import folders_of
from protogen.languages.python.services import service_module, service_stub
from protogen.languages.python.symbols import symbols

if TYPE_CHECKING:
    from collections.abc import Mapping

_SYNTAXES = frozenset({"", "proto2", "proto3"})


def generated_files(descriptor_set: bytes, modules: Mapping[str, str]) -> dict[str, str]:
    """The texts by path below the import package.

    Raises ProtosUnresolved for a file whose syntax the declared runtimes don't know.
    """
    files = FileDescriptorSet.FromString(descriptor_set).file
    for file in files:
        _check_syntax(file)
    places, by_name = symbols(files, modules), {file.name: file for file in files}
    texts = {f"{folder.replace('.', '/')}/__init__.py": "" for folder in folders_of(modules.values())}
    for file in files:
        path = modules[file.name].replace(".", "/")
        texts[f"{path}.py"] = message_module(file, modules)
        texts[f"{path}.pyi"] = message_stub(file, by_name, modules, places)
        if file.service:
            texts[f"{path}_grpc.py"] = service_module(file, modules, places)
            texts[f"{path}_grpc.pyi"] = service_stub(file, modules, places)
    return texts


def _check_syntax(file: FileDescriptorProto) -> None:
    if file.syntax not in _SYNTAXES:
        raise ProtosUnresolved(
            f"{file.name} is written in {file.syntax!r}, which the oldest protobuf of the Python package "
            "doesn't know",
            where=file.name,
            remedy="generate the other languages, or choose a release whose protos are proto2 or proto3",
        )
