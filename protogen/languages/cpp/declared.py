"""The names that protoc's C++ and gRPC's plugin declare, as far as two of them may meet. Pure.

Source of the rules: what protoc 21.12 writes, and what g++ 12 says of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from protogen.languages.clashes import Clash, Place, same_name
from protogen.protos.outline import Field, File, Service, Type

# What the classes of messages write short; then static members of each; then what those have beside that keep
# fields which they don't know.
_WRITTEN_SHORT = ("size_t", "int32_t", "int64_t", "uint32_t", "uint64_t")
_OF_MESSAGES = ("default_instance()", "descriptor()", "internal_default_instance()", "_impl_")
_OF_UNKNOWN = ("unknown_fields()", "mutable_unknown_fields()")
# Methods of messages as a nested type or a value may be called.
_METHODS = (
    "ByteSizeLong CheckTypeAndMergeFrom Clear CopyFrom DebugString DiscardUnknownFields FullMessageName "
    "GetArena GetCachedSize GetClassData GetDescriptor GetMetadata GetReflection GetTypeName "
    "InitializationErrorString InternalSwap IsInitialized MergeFrom New SerializeToString SetCachedSize "
    "SharedCtor SharedDtor SpaceUsedLong Swap UnsafeArenaSwap"
).split()
# Of Linux and of the headers of C, protobuf and gRPC: a name is another text wherever it stands.
MACROS = frozenset(Path(__file__).with_name("macros.txt").read_text(encoding="ascii").split())
_OF_SERVICES = ("Service", "Stub", "StubInterface", "async", "async_interface", "channel_")
_OF_ENUMS = ("MIN", "MAX", "ARRAYSIZE", "IsValid", "Name", "Parse", "descriptor")


@dataclass(frozen=True)
class _Member:
    scope: str
    """The class by its name in the package, empty for the package."""
    name: str
    """With parentheses for a method that takes nothing."""
    place: Place


def clashes(files: Iterable[File]) -> Iterator[Clash]:
    """Two declarations of one C++ name, in files that are compiled together, and one of a macro's."""
    methods: dict[tuple[str, str, str], Place] = {}
    others: dict[tuple[str, str, str], Place] = {}
    for file in files:
        for each in _of_file(file):
            name = each.name.removesuffix("()")
            key, is_method = (file.package, each.scope, name), name != each.name
            if name in MACROS:
                yield Clash(f"{each.place} would be {name}, which is a macro in C++", each.place)
            # Overloads differ, but for two that take nothing; whatever else has the name has it alone.
            other = others.get(key) or methods.get(key)
            if other == each.place:
                yield Clash(f"{each.place} would be {name}, which its class has already", each.place)
            elif other:
                yield same_name(name, each.place, other)
            (methods if is_method else others)[key] = each.place


def _of_file(file: File) -> Iterator[_Member]:
    for type_ in file.types:
        yield from _of_type(file, type_, "", "")
    for extension in file.extensions:
        yield _Member("", extension.name, Place(file.name, extension.name))
    for service in file.services:
        yield _Member("", service.name, Place(file.name, service.name))
        yield from _of_service(file, service)


def _of_type(file: File, type_: Type, scope: str, path: str) -> Iterator[_Member]:
    declaration = f"{path}.{type_.name}".lstrip(".")
    place, own = Place(file.name, declaration), f"{scope}_{type_.name}".lstrip("_") if scope else type_.name
    yield _Member("", own, place)
    if scope:
        yield _Member(scope, type_.name, place)
    if type_.kind == "enum":
        for prefix, where in {(own, ""), (type_.name, scope)}:
            yield from (_Member(where, f"{prefix}_{each}", place) for each in _OF_ENUMS)
        for value in type_.values:
            yield _Member(scope, value, Place(file.name, f"{declaration}.{value}"))
            if scope:
                yield _Member("", f"{own}_{value}", Place(file.name, f"{declaration}.{value}"))
        return
    # Within a class its name is the constructor's.
    yield _Member(own, type_.name, place)
    for name in (
        *_WRITTEN_SHORT,
        *_OF_MESSAGES,
        *_METHODS,
        *(_OF_UNKNOWN if file.syntax != "proto3" else ()),
    ):
        yield _Member(own, name, place)
    for oneof in {each.oneof for each in type_.fields if each.oneof and not each.synthetic}:
        here = Place(file.name, f"{declaration}.{oneof}")
        for name in (f"has_{oneof}()", f"{oneof}_case()", f"{_camel(oneof)}Case", f"{oneof.upper()}_NOT_SET"):
            yield _Member(own, name, here)
    for field in type_.fields:
        here = Place(file.name, f"{declaration}.{field.name}")
        yield from (_Member(own, name, here) for name in _accessors(field, file))
        if field.oneof and not field.synthetic:
            yield _Member(own, f"k{_camel(field.name)}", here)
    for extension in type_.extensions:
        yield _Member(own, extension.name, Place(file.name, f"{declaration}.{extension.name}"))
    for nested in type_.nested:
        yield from _of_type(file, nested, own, declaration)


def _camel(name: str) -> str:
    """The name as constants have it: a letter behind anything else is a capital."""
    return re.sub(r"(?:^|(?<=[^A-Za-z]))[a-z]", lambda found: found[0].upper(), name).replace("_", "")


def _accessors(field: Field, file: File) -> Iterator[str]:
    """Those that another field's may meet: a name from a small letter, or something before or behind it."""
    name = field.name.lower()
    yield f"{name}()"
    if field.repeated or field.map:
        yield f"{name}_size()"
    elif file.syntax != "proto3" or field.oneof or field.kind in {"message", "group"}:
        yield f"has_{name}()"


def _of_service(file: File, service: Service) -> Iterator[_Member]:
    """The classes in a service's class, whose methods are called as its RPCs are."""
    own = Place(file.name, service.name)
    yield _Member(service.name, service.name, own)
    for name in _OF_SERVICES:
        yield _Member(service.name, name, own)
        yield _Member(f"{service.name}::", name, own)
    for method in service.methods:
        yield _Member(f"{service.name}::", method.name, Place(file.name, f"{service.name}.{method.name}"))
