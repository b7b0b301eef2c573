"""The descriptor inside a `*_pb2.py` module, read with `ast` and never executed. Pure.

protoc's Python generator names the modules (`ModuleName` and `GetFileName` in its helpers) and writes
the descriptor as an argument: of `AddSerializedFile(b'…')` since 3.20, before that as
`serialized_pb=b'…'`, before 3.12 as `serialized_pb=_b('…')` with a str that stands for latin1.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from protogen.errors import SourceRefused

SUFFIX = "_pb2.py"
MODULE_LIMIT = 20 * 1024 * 1024
_MARK = re.compile(rb"AddSerializedFile|serialized_pb")


@dataclass(frozen=True)
class Descriptor:
    """One serialized FileDescriptorProto with the name and the imports that it states."""

    name: str
    imports: tuple[str, ...]
    content: bytes


@dataclass(frozen=True)
class Place:
    """Where a module may be: its path in the wheel, and the folder of it that is an import root."""

    root: str
    path: str


def module_path(name: str) -> str:
    """The path that protoc gives to the module of an import name."""
    stem = name.removesuffix(".proto").removesuffix(".protodevel")
    return stem.replace("-", "_").replace(".", "/") + SUFFIX


def folders_tried(path: str, folders: Mapping[str, str]) -> Iterator[Place]:
    """The module's own path, then those in the folders that packages renamed (found -> imported)."""
    yield Place(".", path)
    for found, imported in folders.items():
        if path.startswith(f"{imported}/"):
            yield Place(".", found + path[len(imported) :])


def as_imported(path: str, folders: Mapping[str, str]) -> str:
    """The import name that a module's path suggests; the descriptor inside has the last word."""
    for found, imported in folders.items():
        if path.startswith(f"{found}/"):
            path = imported + path[len(found) :]
            break
    return path.removesuffix(SUFFIX) + ".proto"


def extract(source: bytes, *, where: str) -> Descriptor:
    """The descriptor of a generated module. where: file and package, for messages.

    Raises SourceRefused where the module isn't Python, or doesn't hold exactly one descriptor.
    """
    if len(source) > MODULE_LIMIT:
        raise _refused(f"a module of {len(source)} bytes", where)
    try:
        found = {content for call in _calls(source) for content in _serialized(call)}
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _refused(f"not a module that protoc wrote ({type(error).__name__})", where) from None
    if len(found) != 1:
        raise _refused(
            "no serialized descriptor in it" if not found else "several serialized descriptors in it", where
        )
    return parse(found.pop(), where=where)


def parse(content: bytes, *, where: str) -> Descriptor:
    """The name and the imports of a serialized FileDescriptorProto. Raises SourceRefused."""
    from google.protobuf.descriptor_pb2 import FileDescriptorProto
    from google.protobuf.message import DecodeError

    try:
        file = FileDescriptorProto.FromString(content)
    except DecodeError:
        raise _refused("its bytes are no file descriptor", where) from None
    if not file.name:
        raise _refused("its descriptor has no name", where)
    return Descriptor(file.name, tuple(file.dependency), content)


def _calls(source: bytes) -> Iterator[ast.Call]:
    """The calls that stand on lines with one of the marks; of a thousand others, most are never looked at."""
    marked = [number for number, line in enumerate(source.splitlines(), 1) if _MARK.search(line)]
    ahead: list[ast.AST] = [ast.parse(source)]
    while ahead:
        node = ahead.pop()
        if isinstance(node, ast.expr | ast.stmt):
            first = bisect_left(marked, node.lineno)
            if first == len(marked) or marked[first] > (node.end_lineno or node.lineno):
                continue
        if isinstance(node, ast.Call):
            yield node
        ahead.extend(ast.iter_child_nodes(node))


def _serialized(node: ast.Call) -> Iterator[bytes]:
    if _called(node) == "AddSerializedFile" and node.args:
        yield from _literal(node.args[0])
    for keyword in node.keywords:
        if keyword.arg == "serialized_pb":
            yield from _literal(keyword.value)


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _literal(node: ast.expr) -> Iterator[bytes]:
    if isinstance(node, ast.Call) and _called(node) == "_b" and len(node.args) == 1:
        node = node.args[0]
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bytes):
            yield node.value
        elif isinstance(node.value, str):
            yield node.value.encode("latin1")


def _refused(what: str, where: str) -> SourceRefused:
    return SourceRefused(
        f"the published package can't be read: {what}",
        where=where,
        remedy="run again with --source git, and report the package to its publisher",
    )
