"""Names in Rust as the generators make them of those in protos, and what they would give one name. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from pathlib import Path

from protogen.languages.clashes import Clash, Place, same_name
from protogen.languages.documents import path_in
from protogen.protos.outline import Field, File, Outline, Type, all_types

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
# What a server's code calls by names that the service's trait would hide. Source: server.rs there.
_SERVER = (
    "Arc B Body Box BoxFuture Clone CompressionEncoding Context Default EnabledCompressionEncodings "
    "InterceptedService Into Option Poll StdError T".split()
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


def variant(enum: str, value: str) -> str:
    """What a value of an enum is called: without the enum's name, if a word begins after it."""
    rest = camel(value).removeprefix(camel(enum))
    return identifier(rest) if rest[:1].isupper() else camel(value)


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
    """What Rust would give one name, or none, and what refers to types that it hasn't."""
    taken: dict[tuple[str, ...], Place] = {}
    files = tuple(files)
    yield from _out_of_reach(files)
    yield from _left_out(files)
    for file in files:
        for path, place in _declared(file):
            other = taken.setdefault(path, place)
            if not path[-1]:
                yield Clash(f"{place} has no name there", place)
            elif other.declaration != place.declaration:
                yield same_name("::".join(path), other, place)


def _out_of_reach(files: Collection[File]) -> Iterator[Clash]:
    """Generated code looks for all of google.protobuf in prost-types, and for nothing else."""
    own = {f"{file.package}.{path}".lstrip(".") for file in files for path, _ in all_types(file.types)}
    for file in files:
        fields = [
            (f"{path}.{each.name}", each.type)
            for path, type_ in all_types(file.types)
            for each in type_.fields
        ]
        calls = [
            (f"{service.name}.{each.name}", each) for service in file.services for each in service.methods
        ]
        calling = [(path, type_) for path, each in calls for type_ in (each.input, each.output)]
        for path, type_ in (*fields, *calling):
            if type_ and (type_ in own) == type_.startswith("google.protobuf."):
                yield Clash(f"{path} is of {type_}, which prost-types hasn't", Place(file.name, path))


def _left_out(files: Collection[File]) -> Iterator[Clash]:
    """A field that begins as a value whose name isn't declared, as it is a number's second one."""
    aliases = {
        f"{file.package}.{path}".lstrip("."): type_.aliases
        for file in files
        for path, type_ in all_types(file.types)
        if type_.aliases
    }
    for file in files:
        for path, type_ in all_types(file.types):
            for field in type_.fields:
                if field.default_value in aliases.get(field.type, ()):
                    place = Place(file.name, f"{path}.{field.name}")
                    yield Clash(f"{path}.{field.name} begins as {field.default_value}, a second name", place)


def _words(name: str) -> list[str]:
    return _WORD_END.sub(r"\g<0> ", re.sub("[^0-9A-Za-z]", " ", name)).split()


def _declared(file: File) -> Iterator[tuple[tuple[str, ...], Place]]:
    """What has a name in Rust, by the path of modules to it."""
    here, parts, at = module(file.package), file.package.split("."), partial(Place, file.name)
    for depth in range(1, len(here) + 1):
        yield here[:depth], at(f"the package {'.'.join(parts[:depth])}")
    if file.package:
        # How the generators name what they write.
        yield (f"{file.package}.rs",), at(f"the package {file.package}")
    if file.package and file.services:
        yield (f"{file.package}.tonic.rs",), at(f"the services of the package {file.package}")
    yield from _of_types(at, file, file.types, here, "")
    for service in file.services:
        own = (*here, f"{service_module(service.name)}_client")
        yield own, at(service.name)
        yield from (((*own, added), at("a function of each client")) for added in _CLIENT)
        yield from (((*own, snake(each.name)), at(f"{service.name}.{each.name}")) for each in service.methods)
        server = (*here, f"{service_module(service.name)}_server")
        yield server, at(service.name)
        yield from (((*server, used), at("what each server uses")) for used in _SERVER)
        yield (*server, camel(service.name)), at(service.name)
        yield from (
            ((*server, f"{each.name}Svc"), at(f"{service.name}.{each.name}")) for each in service.methods
        )


def _of_types(
    at: Callable[[str], Place], file: File, types: Iterable[Type], scope: tuple[str, ...], prefix: str
) -> Iterator[tuple[tuple[str, ...], Place]]:
    for type_ in types:
        path, inside, own = f"{prefix}{type_.name}", (*scope, snake(type_.name)), (*scope, camel(type_.name))
        yield own, at(path)
        # A number's second name isn't declared.
        for value in (each for each in type_.values if each not in type_.aliases):
            yield (*own, variant(type_.name, value)), at(f"{path}.{value}")
        oneofs = dict.fromkeys(each.oneof for each in type_.fields if each.oneof and not each.synthetic)
        if oneofs or type_.nested:
            yield inside, at(path)
        for oneof in oneofs:
            yield (*inside, camel(oneof)), at(f"{path}.{oneof}")
            yield (*own, snake(oneof)), at(f"{path}.{oneof}")
        for field in type_.fields:
            there = at(f"{path}.{field.name}")
            if field.oneof in oneofs:
                yield (*inside, camel(field.oneof), camel(field.name)), there
                continue
            yield (*own, snake(field.name)), there
            for method in _methods(field, optional=field.synthetic or not file.syntax):
                yield (*own, f"{method}()"), there
        yield from _of_types(at, file, type_.nested, inside, f"{path}.")


def _methods(field: Field, *, optional: bool) -> Iterator[str]:
    """What a message has to get and set a field. optional: whether one that isn't repeated may be unset."""
    name = snake(field.name).removeprefix("r#")
    if field.kind == "enum":
        yield f"get_{name}" if field.map else name
        yield f"{'insert' if field.map else 'push' if field.repeated else 'set'}_{name}"
    elif optional and not field.repeated and field.kind not in ("message", "group"):
        yield name
