"""Every Go identifier that protoc-gen-go and protoc-gen-go-grpc declare, before it is written. Pure.

Source of the rules: compiler/protogen and cmd/protoc-gen-go/internal_gengo of google.golang.org/protobuf, the
same from 1.33 to the 1.36 line, and cmd/protoc-gen-go-grpc 1.5.1 of google.golang.org/grpc; for edition 2024
1.36.10, and 1.6.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from protogen.languages.clashes import Clash, Place, entry_name, same_name
from protogen.protos.outline import Field, File, Type, all_types

# Methods of every message that protoc-gen-go keeps fields away from; it forgets ProtoReflect.
_AVOIDED = frozenset(
    "Reset String ProtoMessage Marshal Unmarshal ExtensionRangeArray ExtensionMap Descriptor".split()
)
# Accessors of the Hybrid and the Opaque API; the last two of a field only where it has presence.
_OF_FIELD = ("Get", "Set", "Has", "Clear")
_OF_ONEOF = ("Has", "Clear", "Which")
_MESSAGE_METHODS = ("Reset", "String", "ProtoMessage", "ProtoReflect", "Descriptor")


@dataclass(frozen=True)
class Identifier:
    """A Go identifier and where it comes from."""

    name: str
    place: Place
    owner: str = ""
    """The Go type whose member it is; empty at package level."""
    is_forwarded: bool = False
    """Whether a file that imports this one publicly from another package declares it too."""


def declared(file: File) -> tuple[Identifier, ...]:
    """Every identifier that the generated files of a proto declare at package level."""
    return (*_of_file(file), *_of_types(file), *_of_extensions(file), *_of_services(file))


def forwarded(file: File, through: str) -> tuple[Identifier, ...]:
    """What a file declares in another Go package, for a file there that imports it publicly."""
    return tuple(
        replace(each, place=replace(each.place, through=through))
        for each in (*_of_types(file), *_of_extensions(file))
        if each.is_forwarded
    )


def members(file: File) -> tuple[Identifier, ...]:
    """Fields and methods of the types that a proto's generated files declare, but for those of enums."""
    return (*_members_of_types(file), *_members_of_services(file))


def together(names: Iterable[str], files: Mapping[str, File]) -> Iterator[Identifier]:
    """All that a Go package of these protos declares; files: every proto there is."""
    own = set(names)
    for name in sorted(own):
        file = files[name]
        yield from declared(file)
        yield from members(file)
        for public in file.public:
            if public in files and public not in own:
                yield from forwarded(files[public], name)


def clash(found: Iterable[Identifier]) -> Clash | None:
    """The first two identifiers of one package that have the same name; None where all differ."""
    seen: dict[tuple[str, str], Identifier] = {}
    for each in found:
        other = seen.setdefault((each.owner, each.name), each)
        if other is not each:
            return same_name(f"{each.owner}.{each.name}".lstrip("."), other.place, each.place)
    return None


@lru_cache(maxsize=1 << 15)
def camel_case(name: str) -> str:
    """A proto name, dots included, as protoc-gen-go writes it: GoCamelCase of internal/strs."""
    found: list[str] = []
    at = 0
    while at < len(name):
        char, following = name[at], name[at + 1 : at + 2]
        if char == "." and _is_lower(following):
            pass
        elif char == ".":
            found.append("_")
        elif char == "_" and (at == 0 or name[at - 1] == "."):
            found.append("X")
        elif char == "_" and _is_lower(following):
            pass
        elif "0" <= char <= "9":
            found.append(char)
        else:
            found.append(char.upper() if _is_lower(char) else char)
            while _is_lower(name[at + 1 : at + 2]):
                at += 1
                found.append(name[at])
        at += 1
    return "".join(found)


def sanitized(name: str) -> str:
    """A text as a Go identifier, as protoc-gen-go makes file variables and import names: GoSanitized."""
    found = "".join(char if char.isalpha() or char.isdecimal() else "_" for char in name)
    return found if found[:1].isalpha() and found not in KEYWORDS else f"_{found}"


KEYWORDS = frozenset(
    "break case chan const continue default defer else fallthrough for func go goto if import interface map "
    "package range return select struct switch type var".split()
)


def _is_lower(char: str) -> bool:
    return "a" <= char <= "z"


def _of_file(file: File) -> Iterator[Identifier]:
    variable = f"file_{sanitized(file.name)}"
    place = Place(file.name, "")
    yield Identifier(f"F{variable[1:]}", place)
    types = [type_ for _, type_ in all_types(file.types)]
    kinds = {type_.kind for type_ in types}
    parts = ["rawDesc", "goTypes", "depIdxs", "init"]
    if kinds & {"message", "enum"}:
        parts += ["rawDescOnce", "rawDescData", "rawDescGZIP"]
    if "enum" in kinds:
        parts.append("enumTypes")
    if "message" in kinds:
        parts.append("msgTypes")
    if file.extensions or any(type_.extensions for type_ in types):
        parts.append("extTypes")
    for part in parts:
        yield Identifier(f"{variable}_{part}", place)


def _of_types(file: File) -> Iterator[Identifier]:
    for full, type_ in all_types(file.types):
        name, outer = camel_case(full), full.rpartition(".")[0]
        yield Identifier(name, Place(file.name, full), is_forwarded=True)
        if type_.kind == "enum":
            yield from _of_enum(file, type_, full, camel_case(outer) if outer else name)
        else:
            yield from _of_message(file, type_, full)


def _of_enum(file: File, enum: Type, full: str, prefix: str) -> Iterator[Identifier]:
    for value in enum.values:
        yield Identifier(f"{prefix}_{value}", Place(file.name, f"{full}.{value}"), is_forwarded=True)
    for suffix in ("name", "value"):
        yield Identifier(f"{camel_case(full)}_{suffix}", Place(file.name, full), is_forwarded=True)


def _of_message(file: File, message: Type, full: str) -> Iterator[Identifier]:
    name, named = camel_case(full), _named(message, full)
    for each in named.fields:
        place = Place(file.name, f"{full}.{each.field.name}")
        if each.field.default:
            yield Identifier(f"Default_{name}_{each.name}", place, is_forwarded=True)
        if each.wrapper and message.go_api != "opaque":
            yield Identifier(each.wrapper, place, is_forwarded=True)
        if each.wrapper and message.go_api:
            yield Identifier(f"{each.wrapper[0].lower()}{each.wrapper[1:]}", place)
            yield Identifier(f"{name}_{each.name}_case", place, is_forwarded=True)
    for oneof, go_name in named.oneofs:
        place = Place(file.name, f"{full}.{oneof}")
        yield Identifier(f"is{name}_{go_name}", place)
        if message.go_api:
            yield Identifier(f"case_{name}_{go_name}", place)
            yield Identifier(f"{name}_{go_name}_not_set_case", place, is_forwarded=True)
    if message.go_api:
        yield Identifier(f"{name}_builder", Place(file.name, full), is_forwarded=True)


def _of_extensions(file: File) -> Iterator[Identifier]:
    for extension in file.extensions:
        place = Place(file.name, extension.name)
        yield Identifier(f"E_{camel_case(extension.name)}", place, is_forwarded=True)
    for full, type_ in all_types(file.types):
        for extension in type_.extensions:
            name = f"E_{camel_case(full)}_{camel_case(extension.name)}"
            yield Identifier(name, Place(file.name, f"{full}.{extension.name}"), is_forwarded=True)


def _of_services(file: File) -> Iterator[Identifier]:
    for service in file.services:
        name = camel_case(service.name)
        for found in (
            f"{name}Client",
            f"{name[0].lower()}{name[1:]}Client",
            f"New{name}Client",
            f"{name}Server",
            f"Unimplemented{name}Server",
            f"Unsafe{name}Server",
            f"Register{name}Server",
            f"{name}_ServiceDesc",
        ):
            yield Identifier(found, Place(file.name, service.name))
        for method in service.methods:
            both = f"{name}_{camel_case(method.name)}"
            place = Place(file.name, f"{service.name}.{method.name}")
            yield Identifier(f"{both}_FullMethodName", place)
            yield Identifier(f"_{both}_Handler", place)
            if method.client_streaming or method.server_streaming:
                yield Identifier(f"{both}Client", place)
                yield Identifier(f"{both}Server", place)


def _members_of_types(file: File) -> Iterator[Identifier]:
    for full, type_ in all_types(file.types):
        if type_.kind != "message":
            continue
        owner, named, home = camel_case(full), _named(type_, full), Place(file.name, full)
        for method in _MESSAGE_METHODS:
            yield Identifier(method, home, owner)
        getters: set[str] = set()
        if type_.go_api:
            accessors = tuple(_accessors(file, type_, full, owner, hybrid=type_.go_api == "hybrid"))
            getters = {each.name for each in accessors if each.owner == owner}
            yield from accessors
        if type_.go_api == "hybrid":
            # In the file for the build tag protoopaque.
            yield from _accessors(file, type_, full, f"{owner} of the Opaque API", hybrid=False)
        for each in named.fields if type_.go_api != "opaque" else ():
            place = Place(file.name, f"{full}.{each.field.name}")
            if not each.wrapper:
                yield Identifier(each.name, place, owner)
            if f"Get{each.name}" not in getters:
                yield Identifier(f"Get{each.name}", place, owner)
        for oneof, go_name in named.oneofs if type_.go_api != "opaque" else ():
            place = Place(file.name, f"{full}.{oneof}")
            yield Identifier(go_name, place, owner)
            yield Identifier(f"Get{go_name}", place, owner)


def _accessors(file: File, message: Type, full: str, owner: str, *, hybrid: bool) -> Iterator[Identifier]:
    """The methods of a message in the Hybrid or Opaque API, and what its builder has.

    Source: compiler/protogen/protogen_opaque.go. Fields of one name get their numbers; in the Hybrid API a
    method that meets a field's name has an underscore inside, and all of that field's with it.
    """
    fields, oneofs = _accessor_names(message)
    names = {*fields.values(), *oneofs.values()}
    yield Identifier("Build", Place(file.name, full), f"{owner}_builder")
    for field in message.fields:
        name, place = fields[field.name], Place(file.name, f"{full}.{field.name}")
        methods = _OF_FIELD if field.presence else _OF_FIELD[:2]
        between = "_" if hybrid and any(f"{method}{name}" in names for method in methods) else ""
        for method in methods:
            yield Identifier(f"{method}{between}{name}", place, owner)
        yield Identifier(name, place, f"{owner}_builder")
    for oneof, name in oneofs.items():
        place = Place(file.name, f"{full}.{oneof}")
        between = "_" if hybrid and any(f"{method}{name}" in names for method in _OF_ONEOF) else ""
        for method in _OF_ONEOF:
            yield Identifier(f"{method}{between}{name}", place, owner)


def _accessor_names(message: Type) -> tuple[dict[str, str], dict[str, str]]:
    """What accessors call the fields and the oneofs of a message."""
    fields = {field.name: camel_case(field.name) for field in message.fields}
    fields = {name: "Build_" if own == "Build" else own for name, own in fields.items()}
    oneofs = {field.oneof: camel_case(field.oneof) for field in message.fields if _is_written(field)}
    first: dict[str, Field] = {}
    for field in message.fields:
        other = first.setdefault(fields[field.name], field)
        if other is not field:
            for each in (other, field):
                fields[each.name] += f"_{each.number}"
                if _is_written(each):
                    oneofs[each.oneof] += f"_{each.number}"
    return fields, oneofs


def _members_of_services(file: File) -> Iterator[Identifier]:
    for service in file.services:
        for method in service.methods:
            place = Place(file.name, f"{service.name}.{method.name}")
            yield Identifier(camel_case(method.name), place, f"{camel_case(service.name)}Client")


@dataclass(frozen=True)
class _Named:
    """A field and its Go name."""

    field: Field
    name: str
    wrapper: str = ""
    """The type that holds it in a oneof; empty outside of one."""


@dataclass(frozen=True)
class _Members:
    """A message's fields, and its oneofs that are written, each with its Go name."""

    fields: Sequence[_Named]
    oneofs: Sequence[tuple[str, str]]


def _named(message: Type, full: str) -> _Members:
    """protoc-gen-go's own resolution: underscores are added to a field or oneof that meets an earlier one.

    It knows that fields have getters and thinks that oneofs have none, so that some clashes remain.
    """
    used = dict.fromkeys(_AVOIDED, True)

    def unique(name: str, *, getter: bool) -> str:
        while used.get(name) or (getter and used.get(f"Get{name}")):
            name += "_"
        used[name] = True
        used[f"Get{name}"] = getter
        return name

    name = camel_case(full)
    nested = {camel_case(f"{full}.{each.name}") for each in message.nested}
    nested |= {camel_case(f"{full}.{entry_name(each.name)}") for each in message.fields if each.map}
    fields: list[_Named] = []
    oneofs: dict[str, str] = {}
    for field in message.fields:
        own = unique(camel_case(field.name), getter=True)
        if field.oneof and field.oneof not in oneofs:
            oneofs[field.oneof] = unique(camel_case(field.oneof), getter=False)
        fields.append(_Named(field, own, _wrapper(f"{name}_{own}", nested) if _is_written(field) else ""))
    written = {field.oneof for field in message.fields if _is_written(field)}
    return _Members(fields, [(oneof, own) for oneof, own in oneofs.items() if oneof in written])


def _is_written(field: Field) -> bool:
    return bool(field.oneof) and not field.synthetic


def _wrapper(name: str, nested: Iterable[str]) -> str:
    while name in nested:
        name += "_"
    return name
