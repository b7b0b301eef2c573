"""The descriptors that the projects publish themselves, read from their wheels by few lines of our own."""

from __future__ import annotations

import ast
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.message import DecodeError

from protogen.releases.names import Version
from tests.support.command import must, run
from tests.support.wheel_modules import opened

_MODULE = "_pb2.py"


def descriptor_in(module: bytes, names: Iterable[str]) -> FileDescriptorProto | None:
    """The literal that is a descriptor of one of the names; older modules write it as text."""
    for node in ast.walk(ast.parse(module)):
        value = node.value if isinstance(node, ast.Constant) else None
        try:
            content = value.encode("latin1") if isinstance(value, str) else value
            if isinstance(content, bytes) and FileDescriptorProto.FromString(content).name in names:
                return FileDescriptorProto.FromString(content)
        except (DecodeError, UnicodeEncodeError):
            continue
    return None


def in_package(project: str, version: str, folder: Path) -> FileDescriptorSet:
    """All descriptors of a small wheel, which is downloaded into the folder."""
    argv = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder)]
    must(run([*argv, f"{project}=={version}"], cwd=folder))
    (wheel,) = folder.glob("*.whl")
    found = FileDescriptorSet()
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith(_MODULE):
                proto = name.removesuffix(_MODULE) + ".proto"
                descriptor = descriptor_in(archive.read(name), {proto})
                assert descriptor, f"no descriptor of {proto}"
                found.file.append(descriptor)
    return found


def in_large_package(project: str, version: str, names: set[str], scratch: Path) -> FileDescriptorSet:
    """The descriptors of these names that a wheel holds, wherever in it; only their parts are read."""
    numbers = tuple(int(part) for part in version.split("."))
    found: dict[str, FileDescriptorProto] = {}
    with opened(project, Version((numbers[0], numbers[1], numbers[2])), scratch) as (archive, pool):
        ends = tuple("/" + "/".join(_module(name).split("/")[-2:]) for name in names)
        alike = {module for module in archive.modules if module.endswith(ends)}
        list(pool.map(archive.fetch, archive.unread(alike)))
        for module in sorted(alike):
            if descriptor := descriptor_in(archive.read(module), names):
                found[descriptor.name] = descriptor
    return FileDescriptorSet(file=[found[name] for name in sorted(found)])


def _module(proto: str) -> str:
    return proto.removesuffix(".proto") + _MODULE
