"""One name for each file of a closure: where a file is imported by several, importers are rewritten. Pure.

A compiler takes two names for two files, and refuses that both declare the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from protogen.protos.imports import Import, imports_first, statements

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

    from protogen.protos.imports import ImportGraph
    from protogen.protos.protoset import ProtoFile


def one_name_each(
    graph: ImportGraph,
    aliases: Mapping[str, str],
    renamed: Callable[[ProtoFile, Mapping[str, str]], ProtoFile],
) -> ImportGraph:
    """The closure, with each file under one name.

    aliases: import name -> the name of the file that it means. Of other names of a file an entry point's
    counts, else the longest. renamed: the file with its imports under other names.
    """
    names = {name: target for name, target in aliases.items() if name in graph.files} | _twins(graph, aliases)
    if not names:
        return graph
    files = {names.get(name, name): file for name, file in graph.files.items()}
    files |= {name: file for name, file in graph.files.items() if name not in names}
    imports = {names.get(name, name): _once(each, names) for name, each in graph.imports.items()}
    entry_points = tuple(sorted({names.get(name, name) for name in graph.entry_points}))
    edges = {name: [each.name for each in found] for name, found in imports.items()}
    changed = {
        names.get(name, name)
        for name, found in graph.imports.items()
        if any(each.name in names for each in found)
    }
    order = imports_first(entry_points, edges)
    return replace(
        graph,
        entry_points=entry_points,
        files={
            name: renamed(files[name], names) if name in changed else replace(files[name], name=name)
            for name in order
        },
        imports={name: imports[name] for name in order},
        copies={name: each for name, each in graph.copies.items() if name not in names},
    )


def _twins(graph: ImportGraph, aliases: Mapping[str, str]) -> dict[str, str]:
    """Names of files that have another one in the closure, with that one."""
    by_place: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for name, file in graph.files.items():
        if name not in graph.well_known:
            by_place[file.origin.repository, file.origin.path].add(aliases.get(name, name))
    found: dict[str, str] = {}
    for names in by_place.values():
        kept = max(
            names, key=lambda each: (each in aliases.values(), each in graph.entry_points, len(each), each)
        )
        found |= dict.fromkeys(names - {kept}, kept)
    return found


def _once(found: Iterable[Import], names: Mapping[str, str]) -> tuple[Import, ...]:
    """The imports under their names, each once; public where one of its statements is."""
    renamed: dict[str, str] = {}
    for each in found:
        name = names.get(each.name, each.name)
        known = renamed.get(name)
        renamed[name] = each.modifier if known is None or each.modifier == "public" else known
    return tuple(Import(name, modifier) for name, modifier in renamed.items())


def in_text(text: bytes, names: Mapping[str, str]) -> bytes:
    """The text of a proto with imports under other names, each once; nothing moves to another line."""
    found = tuple(statements(text))
    pending = {each.name: each.modifier for each in _once((each for each, _, _ in found), names)}
    parts, end = [], 0
    for each, start, stop in found:
        name = names.get(each.name, each.name)
        statement = text[start:stop]
        if name not in pending:
            statement = b"\n" * statement.count(b"\n")
        elif name != each.name or pending[name] != each.modifier:
            words = filter(None, ("import", pending[name], f'"{name}";'))
            statement = " ".join(words).encode() + b"\n" * statement.count(b"\n")
        pending.pop(name, None)
        parts += [text[end:start], statement]
        end = stop
    return b"".join((*parts, text[end:]))


def in_descriptor(file: FileDescriptorProto, names: Mapping[str, str]) -> None:
    """Give the imports of a descriptor other names, each once."""
    public, weak = {*file.public_dependency}, {*file.weak_dependency}
    found = [
        Import(name, "public" if index in public else "weak" if index in weak else "")
        for index, name in enumerate(file.dependency)
    ]
    imports = _once(found, names)
    file.dependency[:] = [each.name for each in imports]
    file.public_dependency[:] = [index for index, each in enumerate(imports) if each.modifier == "public"]
    file.weak_dependency[:] = [index for index, each in enumerate(imports) if each.modifier == "weak"]
