"""Names in Rust as the generators make them of those in protos, and what they would give one name. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from protogen.languages.documents import path_in
from protogen.protos.outline import File, Outline, Type

# Source: ident.rs of prost-build 0.14.
KEYWORDS = frozenset(
    "as break const continue else enum false fn for if impl in let loop match mod move mut pub ref return "
    "static struct trait true type unsafe use where while dyn abstract become box do final macro override "
    "priv typeof unsized virtual yield async await try gen".split()
)
_NEVER_RAW = frozenset({"_", "super", "self", "Self", "extern", "crate"})
# Where a word ends, as heck 0.5 has it; digits are of the letters before them.
_WORD_END = re.compile(r"[a-z][0-9]*(?=[A-Z])|[A-Z][0-9]*(?=[A-Z][a-z])")
_CRATE = re.compile(r"[A-Za-z][0-9A-Za-z_-]{0,63}")
_OWN = KEYWORDS | _NEVER_RAW | {"alloc", "core", "proc-macro", "proc_macro", "std", "test"}
_WELL_KNOWN = "google.protobuf."
_PRIMITIVES = {"Empty": "()", "BoolValue": "bool", "BytesValue": "Vec<u8>", "StringValue": "String"}
_PRIMITIVES |= {"DoubleValue": "f64", "FloatValue": "f32", "Int32Value": "i32", "Int64Value": "i64"}
_PRIMITIVES |= {"UInt32Value": "u32", "UInt64Value": "u64"}
# What each client has beside its RPCs. Source: client.rs of tonic-build 0.14.
_CLIENT = (
    "new connect with_origin with_interceptor send_compressed accept_compressed max_decoding_message_size "
    "max_encoding_message_size".split()
)


class Declared(NamedTuple):
    """What has a name in Rust, and what it is in the proto of that file, or in words without a file."""

    path: tuple[str, ...]
    file: str
    declaration: str

    def __str__(self) -> str:
        return self.declaration


def problem(crate: str, required: Collection[str]) -> str:
    """Why a crate can't be called so; empty where it can. required: the crates that it requires."""
    if not _CRATE.fullmatch(crate):
        return "its name is at most 64 letters of ASCII, digits, - and _, a letter first"
    return "the name is another's" if crate.lower() in _OWN | {*required} else ""


def nearest(crate: str) -> str:
    """A name that a crate can have, near to one that it can't."""
    plain = re.sub("[^0-9A-Za-z_-]+", "-", crate).strip("-").lstrip("0123456789_-")[:64]
    return f"{plain[:57]}-client".lstrip("-") if plain in ("", crate) else plain


def snake(name: str) -> str:
    """What a module, function or field is called."""
    return identifier("_".join(_words(name)).lower())


def camel(name: str) -> str:
    """What a type is called."""
    return identifier("".join(word.capitalize() for word in _words(name)))


def identifier(name: str) -> str:
    """The name so that it is an identifier."""
    if name in KEYWORDS:
        return f"r#{name}"
    return f"{name}_" if name in _NEVER_RAW else f"_{name}" if name[:1].isdigit() else name


def module(package: str) -> tuple[str, ...]:
    """The modules that a proto package is, outer ones first."""
    return tuple(snake(part) for part in package.split(".") if part)


def service_module(name: str) -> str:
    """How the modules of a service begin."""
    return re.sub(r"(?<=.)(?=[A-Z])", "_", camel(name)).lower()


def type_path(crate: str, outline: Outline, message: str) -> str:
    """The type of a message by its full name, from outside the crate."""
    file = outline.file_of(message)
    assert file, "the set is closed"
    *outer, own = path_in(file, message).split(".")
    if not message.startswith(_WELL_KNOWN):
        return "::".join((crate, *module(file.package), *map(snake, outer), camel(own)))
    known = "::".join(("prost_types", *module(file.package)[2:], *map(snake, outer), camel(own)))
    return _PRIMITIVES.get(message.removeprefix(_WELL_KNOWN), known)


def clashes(files: Iterable[File]) -> Iterator[tuple[Declared, Declared]]:
    """What Rust would give one name; a name that is none clashes with itself.

    Not fields and values of enums, of which the generator tells.
    """
    taken: dict[tuple[str, ...], Declared] = {}
    for each in (each for file in files for each in _declared(file)):
        other = taken.setdefault(each.path, each)
        if other != each or not each.path[-1]:
            yield other, each


def _words(name: str) -> list[str]:
    return _WORD_END.sub(r"\g<0> ", re.sub("[^0-9A-Za-z]", " ", name)).split()


def _declared(file: File) -> Iterator[Declared]:
    here, parts = module(file.package), file.package.split(".")
    for depth in range(1, len(here) + 1):
        yield Declared(here[:depth], "", f"the package {'.'.join(parts[:depth])}")
    yield from _of_types(file.name, file.types, here, "")
    for service in file.services:
        for kind in ("client", "server"):
            own = (*here, f"{service_module(service.name)}_{kind}")
            yield Declared(own, file.name, service.name)
            for added in _CLIENT if kind == "client" else ():
                yield Declared((*own, added), "", "a function of each client")
            for method in service.methods:
                yield Declared((*own, snake(method.name)), file.name, f"{service.name}.{method.name}")


def _of_types(file: str, types: Iterable[Type], scope: tuple[str, ...], prefix: str) -> Iterator[Declared]:
    for type_ in types:
        path, inside = f"{prefix}{type_.name}", (*scope, snake(type_.name))
        yield Declared((*scope, camel(type_.name)), file, path)
        oneofs = dict.fromkeys(each.oneof for each in type_.fields if each.oneof and not each.synthetic)
        if oneofs or type_.nested:
            yield Declared(inside, file, path)
        for oneof in oneofs:
            yield Declared((*inside, camel(oneof)), file, f"{path}.{oneof}")
        yield from _of_types(file, type_.nested, inside, f"{path}.")
