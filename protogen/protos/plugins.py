"""The protocol between protoc and its plugins: what a plugin is asked, and what it answers; pure.

The request is the one that protoc sends, and the answer is judged as protoc does. All of it is on the
wire, without protobuf's runtime, since a set's files are a request's, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from protogen.protos import wire
from protogen.protos.features import EDITIONS, edition_name
from protogen.system.paths import check_relative

# What a plugin says that it understands.
_OPTIONAL, _EDITIONS = 1, 2


@dataclass(frozen=True)
class Entry:
    """One file of a set."""

    content: bytes
    """Its serialized FileDescriptorProto."""
    imports: tuple[str, ...]
    syntax: str = ""
    """Empty for proto2."""
    edition: int = 0
    """As descriptor.proto numbers it; 0 for none."""


@dataclass(frozen=True)
class Chunk:
    """A part of a file that a plugin writes. An empty name continues the file before."""

    name: str
    insertion_point: str
    content: bytes


@dataclass(frozen=True)
class Answer:
    """What a plugin answers."""

    error: bytes
    """Its own words; empty where it succeeded."""
    features: int
    """Bits of what it understands."""
    editions: tuple[int, int]
    """The first and the last that it understands."""
    chunks: tuple[Chunk, ...]


def entries(descriptor_set: bytes) -> dict[str, Entry]:
    """The files of a serialized FileDescriptorSet by import name.

    Raises ValueError for bytes that are none.
    """
    files = (_entry(content) for content in wire.contents(descriptor_set, 1))
    return dict(files)


def request(files: Mapping[str, Entry], wanted: Sequence[str], parameter: str, compiler: str) -> bytes:
    """The serialized CodeGeneratorRequest to generate the wanted files, each after what it imports.

    compiler: the version that a plugin is told, as `7.35.1`; empty for none.
    Raises ValueError for a file that isn't there.
    """
    parts = [wire.field(1, name.encode()) for name in wanted]
    sent, own = _closure(files, wanted), frozenset(wanted)
    if parameter:
        parts.append(wire.field(2, parameter.encode()))
    if compiler:
        parts.append(wire.field(3, _version(compiler)))
    parts += [wire.field(15, files[name].content) for name in sent]
    # As their authors wrote them, with options that are for the source only; a set has none of those.
    parts += [wire.field(17, files[name].content) for name in sent if name in own]
    return b"".join(parts)


def subset(files: Mapping[str, Entry], wanted: Sequence[str]) -> bytes:
    """The serialized FileDescriptorSet of the wanted files and all that they import, imports first.

    Raises ValueError for a file that isn't there.
    """
    return b"".join(wire.field(1, files[name].content) for name in _closure(files, wanted))


def read_answer(content: bytes) -> Answer:
    """What a serialized CodeGeneratorResponse says.

    Raises ValueError for bytes that are none.
    """
    error, numbers, chunks = b"", {2: 0, 3: 0, 4: 0}, []
    for number, value in wire.fields(content):
        if isinstance(value, int):
            numbers[number] = value
        elif number == 1:
            error = value
        elif number == 15:
            chunks.append(_chunk(value))
    return Answer(error, numbers[2], (numbers[3], numbers[4]), tuple(chunks))


def written(answer: Answer) -> dict[str, bytes]:
    """The files of an answer by path.

    Raises ValueError for a path that leads out of the folder or is there twice, and for insertion points.
    """
    parts: dict[str, list[bytes]] = {}
    path = ""
    for chunk in answer.chunks:
        if chunk.insertion_point:
            raise ValueError(
                f"it wants to insert at {chunk.insertion_point!r} of {chunk.name!r},"
                " and protogen takes whole files only"
            )
        if chunk.name:
            path = chunk.name
            check_relative(path)
            if path in parts:
                raise ValueError(f"it wrote {path} twice")
            parts[path] = []
        elif not path:
            raise ValueError("its first file has no name")
        parts[path].append(chunk.content)
    for path in parts:
        for folder in PurePosixPath(path).parents:
            if str(folder) in parts:
                raise ValueError(f"it wrote {folder} as a file and {path} below it")
    return {path: b"".join(contents) for path, contents in parts.items()}


def not_understood(answer: Answer, files: Mapping[str, Entry], wanted: Iterable[str]) -> str:
    """What of a wanted file the plugin doesn't say that it understands; empty for nothing.

    A plugin of before may have passed over what it doesn't know.
    """
    for name in wanted:
        file = files[name]
        if file.syntax == EDITIONS:
            spoken = edition_name(file.edition)
            if not answer.features & _EDITIONS:
                return f"{name} is in edition {spoken}, and the plugin doesn't say that it knows editions"
            first, last = answer.editions
            if not first <= file.edition <= last:
                return f"{name} is in edition {spoken}, and the plugin {_range(first, last)}"
        elif file.syntax == "proto3" and not answer.features & _OPTIONAL and _has_optional(file.content, 4):
            return f"{name} has optional fields, and the plugin doesn't say that it knows those of proto3"
    return ""


def _entry(content: bytes) -> tuple[str, Entry]:
    texts: dict[int, list[str]] = {1: [""], 3: [], 12: [""], 15: []}
    edition = 0
    for number, value in wire.fields(content):
        if isinstance(value, bytes):
            if number in texts:
                texts[number].append(value.decode())
        elif number == 14:
            edition = value
    # 15 is `import option` of edition 2024.
    return texts[1][-1], Entry(content, (*texts[3], *texts[15]), texts[12][-1], edition)


def _range(first: int, last: int) -> str:
    return f"says that it knows {edition_name(first)} to {edition_name(last)}"


def _has_optional(content: bytes, messages: int) -> bool:
    """Whether the messages of a file (4) or of a message (3) have an `optional` of proto3, at any depth."""
    return any(
        any((17, 1) in wire.fields(field) for field in wire.contents(message, 2)) or _has_optional(message, 3)
        for message in wire.contents(content, messages)
    )


def _closure(files: Mapping[str, Entry], wanted: Sequence[str]) -> list[str]:
    """The wanted files and all that they import, in protoc's order: depth first, imports first."""
    ordered: list[str] = []
    entered: list[str] = []
    seen: set[str] = set()
    ways = [iter(wanted)]
    while ways:
        name = next((each for each in ways[-1] if each not in seen), "")
        if name:
            if name not in files:
                raise ValueError(f"{name} is not in the descriptor set")
            seen.add(name)
            entered.append(name)
            ways.append(iter(files[name].imports))
        else:
            ways.pop()
            ordered += entered[-1:]
            del entered[-1:]
    return ordered


def _version(compiler: str) -> bytes:
    """The serialized Version: three numbers, and what follows them."""
    found = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)(.*)", compiler)
    if not found:
        raise ValueError(f"{compiler!r} is no version of protoc")
    numbers = b"".join(wire.field(index, int(found[index])) for index in (1, 2, 3))
    return numbers + wire.field(4, found[4].encode())


def _chunk(content: bytes) -> Chunk:
    texts = {number: value for number, value in wire.fields(content) if isinstance(value, bytes)}
    return Chunk(texts.get(1, b"").decode(), texts.get(2, b"").decode(), texts.get(15, b""))
