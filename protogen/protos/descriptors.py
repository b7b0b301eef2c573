"""One compile for all languages: a closure to a FileDescriptorSet and its outline."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from protogen.errors import CompileFailed, ToolMissing
from protogen.protos import aliases, wire
from protogen.protos.features import edition_name
from protogen.protos.imports import Import, scan_edition, scan_imports
from protogen.protos.outline import Outline, outline_of
from protogen.protos.protoc import VERSION_PROTO, complaint, version_told_by
from protogen.protos.protoset import Form, Origin, ProtoFile
from protogen.protos.without_options import without_options
from protogen.system.cache import key
from protogen.system.scratch import disk_full, scratch

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import (
        FileDescriptorProto,
    )
    from google.protobuf.message import Message

    from protogen.protos.imports import ImportGraph
    from protogen.protos.protoc import Protoc
    from protogen.system.cache import Cache


# The outline's shape, and what is changed in the set, are part of the cache key.
_ENTRY_FORMAT = 11
_SHOWN = 8
# Fields of FileOptions, by the options that a language may patch.
_PATCHED_BOOLEANS = {"java_multiple_files": 10, "java_generic_services": 17, "cc_generic_services": 16}
_PATCHED_OPTIONS = {"java_package": 1, "java_outer_classname": 8, **_PATCHED_BOOLEANS}
# The fields of descriptors that hold declarations.
_DECLARING = frozenset(
    "message_type enum_type service extension nested_type field oneof_decl value method".split()
)
# Fields of FileDescriptorSet and FileDescriptorProto, SourceCodeInfo and its Location.
_FILE, _SOURCE_INFO, _LOCATION, _COMMENTS = {1}, {9}, {1}, {3, 4, 6}
# No compiler wants control characters in a source, and Go's refuses a byte order mark within one.
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufeff]")
_SUSPECT = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f\x80-\xff]")
# What protoc says where a file was written for another state of those that it imports.
_UNMATCHED = re.compile(r"is not defined|has no field named|Import \"|unknown\. Ensure that your proto")
# Fields of FileDescriptorProto that runtimes from before editions don't know.
_EDITION, _OPTION_DEPENDENCY = 14, 15


@dataclass(frozen=True)
class DescriptorSet:
    """A compiled closure."""

    path: Path
    """Where the serialized FileDescriptorSet lies."""
    outline: Outline
    compiler: str
    """The version of protoc that plugins are told, as `7.35.1`; empty where it tells none."""
    changed: frozenset[str] = frozenset()
    """The files that aren't as the closure has them, since options were stripped."""
    notices: tuple[str, ...] = ()
    """What the user should know of how it was made, a sentence each."""

    def read(self) -> bytes:
        """The serialized FileDescriptorSet, self-contained, with source info where the source has text."""
        return self.path.read_bytes()


def imports_of(file: ProtoFile, form: Form) -> tuple[Import, ...]:
    """What a file imports, by the form that its source holds.

    Raises CompileFailed for bytes that are no descriptor.
    """
    if form is Form.TEXT or file.origin.repository == WELL_KNOWN:
        return scan_imports(file.content)
    descriptor = parse_file(file)
    public, weak = set(descriptor.public_dependency), set(descriptor.weak_dependency)
    found = [
        Import(name, "public" if index in public else "weak" if index in weak else "")
        for index, name in enumerate(descriptor.dependency)
    ]
    found += [Import(name.decode(), "option") for name in wire.contents(file.content, _OPTION_DEPENDENCY)]
    return tuple(found)


def edition_of(file: ProtoFile, form: Form) -> str:
    """The edition that a file is written in; empty for a syntax."""
    if form is Form.TEXT or file.origin.repository == WELL_KNOWN:
        return scan_edition(file.content)
    numbers = [value for number, value in wire.fields(file.content) if number == _EDITION]
    return edition_name(numbers[-1]) if numbers and isinstance(numbers[-1], int) else ""


WELL_KNOWN = "protoc"


def well_known(protoc: Protoc, name: str) -> ProtoFile | None:
    """The compiler's own proto of that import name, or None."""
    if not name.startswith("google/protobuf/"):
        return None
    try:
        content = (protoc.include / name).read_bytes()
    except (OSError, ValueError):
        return None
    return ProtoFile(name, Origin(WELL_KNOWN, ".", name), content)


def parse_file(file: ProtoFile) -> FileDescriptorProto:
    """A serialized descriptor, parsed.

    Raises CompileFailed.
    """
    from google.protobuf.descriptor_pb2 import FileDescriptorProto
    from google.protobuf.message import DecodeError

    try:
        return FileDescriptorProto.FromString(file.content)
    except DecodeError as error:
        raise CompileFailed(
            f"{file.origin} is not a descriptor: {error}",
            where=str(file.origin),
            remedy="run again with --source git",
        ) from None


class _Made(msgspec.Struct, frozen=True):
    """What the cache keeps beside a set and its outline."""

    compiler: str
    changed: frozenset[str]
    notices: tuple[str, ...]


def renamed(file: ProtoFile, form: Form, names: Mapping[str, str]) -> ProtoFile:
    """The file, with imports under other names."""
    if form is Form.TEXT:
        return replace(file, content=aliases.in_text(file.content, names))
    descriptor = parse_file(file)
    aliases.in_descriptor(descriptor, names)
    return replace(file, content=descriptor.SerializeToString(deterministic=True))


def compile_set(
    graph: ImportGraph, form: Form, protoc: Protoc, cache: Cache, strip_options: Sequence[str] = ()
) -> DescriptorSet:
    """Compile the closure, or take it from the cache: the same closure and compiler, the same set.

    strip_options: proto packages whose options are left out.
    Raises CompileFailed with protoc's own words, files named by repository.
    """
    _check_editions(graph, form, protoc)
    wanted = (graph.entry_points, graph.digest(), strip_options)
    place = key("set", _ENTRY_FORMAT, form.value, protoc.version, *wanted)

    def make(staging: Path) -> None:
        compiled = _from_text(graph, protoc) if form is Form.TEXT else _from_descriptors(graph, protoc)
        _check_closure(graph, compiled.content)
        left = without_options(compiled.content, strip_options, graph.entry_points)
        outline = outline_of(left.content)
        (staging / "set.binpb").write_bytes(left.content)
        made = _Made(compiled.compiler, left.changed, _of_misspelled(left.misspelled))
        (staging / "made.json").write_bytes(msgspec.json.encode(made, order="sorted"))
        (staging / "outline.json").write_bytes(msgspec.json.encode(outline))

    entry = cache.get("sets", place, make)
    outline = msgspec.json.decode((entry / "outline.json").read_bytes(), type=Outline)
    made = msgspec.json.decode((entry / "made.json").read_bytes(), type=_Made)
    return DescriptorSet(entry / "set.binpb", outline, made.compiler, made.changed, made.notices)


def _of_misspelled(packages: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(
        f"strip_options names {each}, and no proto is of that package; {meant} has options"
        for each, meant in packages.items()
    )


def _check_editions(graph: ImportGraph, form: Form, protoc: Protoc) -> None:
    """Raise ToolMissing for a file in an edition that is newer than the compiler, which knows its own."""
    for name in sorted(graph.files.keys() - graph.well_known):
        file = graph.files[name]
        edition = edition_of(file, form)
        needed = protoc.missing_for(edition) if edition else ""
        if needed:
            raise ToolMissing(
                f"{name} is in edition {edition}, and grpcio-tools {protoc.version} is from before it",
                where=f"{' imports '.join(graph.chain(name))} (from {file.origin})",
                remedy=f"{sys.executable} -m pip install 'grpcio-tools>={needed}'",
            )


def line_of(content: bytes, file: str, declaration: str) -> int:
    """The line of a declaration in its proto, from 1; 0 where the set has no source info.

    declaration: names from the outermost to the one that is looked for, joined by dots, without the
    proto package: `Outer.Inner.field`, `Enum.VALUE`, `Service.Method`; empty for the file itself.
    """
    from google.protobuf.descriptor_pb2 import FileDescriptorSet

    found = next((each for each in FileDescriptorSet.FromString(content).file if each.name == file), None)
    if found is None or not declaration:
        return 0
    path = _path_of(found, declaration.split("."))
    spans = (each.span for each in found.source_code_info.location if path and list(each.path) == path)
    return next((span[0] + 1 for span in spans), 0)


def _path_of(parent: Message, names: list[str]) -> list[int]:
    """The numbers that lead to a declaration, as source info counts them; empty where it isn't there."""
    if not names:
        return []
    for field, value in parent.ListFields():
        if field.name not in _DECLARING:
            continue
        for index, each in enumerate(value):
            rest = _path_of(each, names[1:]) if each.name == names[0] else []
            if each.name == names[0] and (rest or len(names) == 1):
                return [field.number, index, *rest]
    return []


def patch_options(content: bytes, patches: Mapping[str, Mapping[str, str]]) -> bytes:
    """A copy of a serialized FileDescriptorSet with file options set, by file and option name.

    A boolean is written `true` or `false`. A patched file has two messages of options, which readers
    merge: of an option that both have, the later counts.
    """
    copy = []
    for file in wire.contents(content, 1):
        name = b"".join(wire.contents(file, 1)[-1:]).decode()
        options = b"".join(_option(*option) for option in patches.get(name, {}).items())
        copy.append(wire.field(1, file + wire.field(8, options) if options else file))
    return b"".join(copy)


def _option(name: str, value: str) -> bytes:
    content = int(value == "true") if name in _PATCHED_BOOLEANS else value.encode()
    return wire.field(_PATCHED_OPTIONS[name], content)


@dataclass(frozen=True)
class _Compiled:
    content: bytes
    compiler: str


def _from_text(graph: ImportGraph, protoc: Protoc) -> _Compiled:
    with scratch() as folder:
        root = folder / "protos"
        root.mkdir()
        for name, file in graph.files.items():
            if name not in graph.well_known:
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(file.content)
        return _compile(graph, protoc, folder, [f"-I{root}", f"-I{protoc.include}"])


def _from_descriptors(graph: ImportGraph, protoc: Protoc) -> _Compiled:
    """Link the descriptors as protoc links text: it checks that every type is there."""
    from google.protobuf.descriptor_pb2 import FileDescriptorSet

    with scratch() as folder:
        files = [parse_file(file) for name, file in graph.files.items() if name not in graph.well_known]
        source = folder / "source.binpb"
        source.write_bytes(FileDescriptorSet(file=files).SerializeToString(deterministic=True))
        arguments = [f"--descriptor_set_in={source}", f"-I{protoc.include}"]
        return _compile(graph, protoc, folder, arguments)


def _compile(graph: ImportGraph, protoc: Protoc, folder: Path, arguments: list[str]) -> _Compiled:
    out, probe = folder / "set.binpb", folder / "version"
    probe.mkdir()
    (probe / "version.proto").write_text(VERSION_PROTO, encoding="utf-8")
    flags = ["--include_imports", "--include_source_info", f"--descriptor_set_out={out}"]
    done = protoc.run(
        [*arguments, *flags, *graph.entry_points],
        cwd=folder,
        then=[f"-I{probe}", f"--python_out={probe}", "version.proto"],
    )
    if done.returncode != 0:
        message = complaint(done).replace(f"{folder}/protos/", "")
        raise disk_full(message) or _compile_error(graph, message, done.returncode)
    module = (probe / "version_pb2.py").read_text(encoding="utf-8")
    return _Compiled(with_legible_comments(out.read_bytes()), version_told_by(module))


def with_legible_comments(descriptor_set: bytes) -> bytes:
    """A serialized FileDescriptorSet whose comments are text: U+FFFD stands for what is none.

    protoc takes any bytes in a comment and hands them on; runtimes then refuse the string, compilers
    the code. Nothing else changes: strings and defaults may hold any bytes.
    """

    def of_info(info: bytes) -> bytes:
        return wire.changed(info, _LOCATION, lambda location: wire.changed(location, _COMMENTS, _legible))

    return wire.changed(descriptor_set, _FILE, lambda file: wire.changed(file, _SOURCE_INFO, of_info))


def _legible(comment: bytes) -> bytes:
    if not _SUSPECT.search(comment):
        return comment
    return _UNWANTED.sub("\ufffd", comment.decode("utf-8", "replace")).encode()


def _compile_error(graph: ImportGraph, message: str, returncode: int) -> CompileFailed:
    if returncode < 0:
        message = f"protoc died by signal {-returncode}; {message}".rstrip("; ")
    lines = message.splitlines() or [f"exit code {returncode}"]
    errors = lines
    if len(lines) > _SHOWN:
        errors = [*lines[:_SHOWN], f"… and {len(lines) - _SHOWN} more lines"]
    first = next((name for line in lines for name in graph.files if line.startswith(f"{name}:")), "")
    if not first:
        return CompileFailed(
            "the protos don't compile: " + "\n  ".join(errors),
            where="protoc",
            remedy=f"{sys.executable} -m pip install --upgrade grpcio-tools, then run the same command again",
        )
    file = graph.files[first]
    if encoding := _other_encoding(file.content):
        errors = [f"{first} is {encoding}, and protoc takes UTF-8 only"]
    return CompileFailed(
        "the protos don't compile: " + "\n  ".join(errors),
        where=f"{' imports '.join(graph.chain(first))} (from {file.origin})",
        remedy=_compile_remedy(
            graph, file, next(line for line in lines if line.startswith(f"{first}:")), encoding
        ),
    )


def _other_encoding(text: bytes) -> str:
    """The encoding of a text that is in none of ASCII's kin; empty where it may be."""
    marks = {
        b"\xff\xfe\0\0": "UTF-32",
        b"\0\0\xfe\xff": "UTF-32",
        b"\xff\xfe": "UTF-16",
        b"\xfe\xff": "UTF-16",
    }
    found = next((name for mark, name in marks.items() if text.startswith(mark)), "")
    # A letter of ASCII and a zero, again and again.
    return found or ("UTF-16" if len(text) > 1 and 0 in text[:2] and text.count(0) * 3 > len(text) else "")


def _compile_remedy(graph: ImportGraph, file: ProtoFile, error: str, encoding: str) -> str:
    """What to do about the first error, which is in the file."""
    here = file.origin
    if encoding:
        return f"convert it in its repository: iconv -f {encoding} -t UTF-8 {here.path}"
    elsewhere = sorted({each.origin.repository for each in graph.files.values()} - {WELL_KNOWN})
    if _UNMATCHED.search(error) and len(elsewhere) > 1:
        return "choose refs that match with --ref NAME=REF, or with --match pin where the recipe knows pins"
    return (
        f"correct {here.path} in {here.repository}, or take another ref of it: --ref {here.repository}=REF"
        if file.name not in graph.entry_points
        else f"correct {here.path} in {here.repository}, or leave it out of the recipe's entry points"
    )


def _check_closure(graph: ImportGraph, content: bytes) -> None:
    """The compiler and the scanner must agree on what the closure is."""
    compiled = {wire.contents(file, 1)[-1].decode() for file in wire.contents(content, 1)}
    resolved = set(graph.files)
    if compiled != resolved:
        raise CompileFailed(
            "the compiled closure isn't the resolved one: protoc adds "
            f"{sorted(compiled - resolved)} and lacks {sorted(resolved - compiled)}",
            where="import graph",
            remedy="report this as a bug of protogen, with the recipe and the release",
        )
