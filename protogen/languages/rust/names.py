"""Names in Rust as the generators make them of those in protos, and what they would give one name. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from pathlib import Path

from protogen.languages.clashes import Clash, Place, same_name
from protogen.languages.documents import path_in
from protogen.protos.outline import File, Outline, Type

# Source: ident.rs of prost-build 0.14.
KEYWORDS = frozenset(Path(__file__).with_name("keywords.txt").read_text(encoding="ascii").split())
_NEVER_RAW = frozenset({"_", "super", "self", "Self", "extern", "crate"})
# Where a word ends, as heck 0.5 has it; digits are of the letters before them.
_WORD_END = re.compile(r"[a-z][0-9]*(?=[A-Z])|[A-Z][0-9]*(?=[A-Z][a-z])")
_CRATE = re.compile(r"[A-Za-z][0-9A-Za-z_-]{0,63}")
_OWN = KEYWORDS | _NEVER_RAW | {"alloc", "core", "proc-macro", "proc_macro", "std", "test"}
_PRIMITIVES = {"Empty": "()", "BoolValue": "bool", "BytesValue": "Vec<u8>", "StringValue": "String"}
_PRIMITIVES |= {"DoubleValue": "f64", "FloatValue": "f32", "Int32Value": "i32", "Int64Value": "i64"}
_PRIMITIVES |= {"UInt32Value": "u32", "UInt64Value": "u64"}
# What each client has beside its RPCs. Source: client.rs of tonic-build 0.14.
_CLIENT = (
    "new connect with_origin with_interceptor send_compressed accept_compressed max_decoding_message_size "
    "max_encoding_message_size".split()
)


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
    known, inside = message.removeprefix("google.protobuf."), (*map(snake, outer), camel(own))
    if known == message:
        return "::".join((crate, *module(file.package), *inside))
    return _PRIMITIVES.get(known) or "::".join(("prost_types", *module(file.package)[2:], *inside))


def clashes(files: Iterable[File]) -> Iterator[Clash]:
    """What Rust would give one name, or none. Of fields and values of enums the generator tells itself."""
    taken: dict[tuple[str, ...], Place] = {}
    for file in files:
        for path, place in _declared(file):
            other = taken.setdefault(path, place)
            if not path[-1]:
                yield Clash(f"{place} has no name there", place)
            elif other.declaration != place.declaration:
                yield same_name("::".join(path), other, place)


def _words(name: str) -> list[str]:
    return _WORD_END.sub(r"\g<0> ", re.sub("[^0-9A-Za-z]", " ", name)).split()


def _declared(file: File) -> Iterator[tuple[tuple[str, ...], Place]]:
    """What has a name in Rust, by the path of modules to it."""
    here, parts, at = module(file.package), file.package.split("."), partial(Place, file.name)
    for depth in range(1, len(here) + 1):
        yield here[:depth], at(f"the package {'.'.join(parts[:depth])}")
    yield from _of_types(at, file.types, here, "")
    for service in file.services:
        own = (*here, f"{service_module(service.name)}_client")
        yield own, at(service.name)
        yield from (((*own, added), at("a function of each client")) for added in _CLIENT)
        yield from (((*own, snake(each.name)), at(f"{service.name}.{each.name}")) for each in service.methods)


def _of_types(
    at: Callable[[str], Place], types: Iterable[Type], scope: tuple[str, ...], prefix: str
) -> Iterator[tuple[tuple[str, ...], Place]]:
    for type_ in types:
        path, inside = f"{prefix}{type_.name}", (*scope, snake(type_.name))
        yield (*scope, camel(type_.name)), at(path)
        oneofs = dict.fromkeys(each.oneof for each in type_.fields if each.oneof and not each.synthetic)
        if oneofs or type_.nested:
            yield inside, at(path)
        yield from (((*inside, camel(oneof)), at(f"{path}.{oneof}")) for oneof in oneofs)
        yield from _of_types(at, type_.nested, inside, f"{path}.")
