"""Outline: what planning needs to know of a descriptor set, as plain values that load fast."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec


class Method(msgspec.Struct, frozen=True):
    """An RPC; input and output are full message names without the leading dot."""

    name: str
    input: str
    output: str
    client_streaming: bool = False
    server_streaming: bool = False


class Service(msgspec.Struct, frozen=True):
    """A service and its RPCs."""

    name: str
    methods: tuple[Method, ...]


class Field(msgspec.Struct, frozen=True, omit_defaults=True):
    """A field of a message, or an extension."""

    name: str
    kind: str = "string"
    """The proto keyword of its type, or `message`, `enum`, `group`."""
    type: str = ""
    """The full name of what such a one refers to, for a map that of its values."""
    number: int = 0
    repeated: bool = False
    map: bool = False
    oneof: str = ""
    """The name of the one that it is part of."""
    synthetic: bool = False
    """Whether that one isn't written: it stands for proto3's `optional`."""
    default: bool = False
    presence: bool = False
    """Whether the message knows if it is set; only where that decides which methods Go has."""


class Type(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message or enum as declared, without entries of maps: values are an enum's, the rest a message's."""

    name: str
    kind: str
    nested: tuple[Type, ...] = ()
    fields: tuple[Field, ...] = ()
    values: tuple[str, ...] = ()
    oneofs: tuple[str, ...] = ()
    extensions: tuple[Field, ...] = ()
    aliases: bool = False
    """Whether an enum gives a number two names."""
    extendable: bool = False
    """Whether a message has extension ranges."""
    in_file_class: bool = False
    """Whether Java's class for it is to stand in that of its file, as edition 2024 can say of each."""
    go_api: str = ""
    """`hybrid` or `opaque` for a message that Go gives that API; empty for the open one."""


def all_types(types: Iterable[Type], prefix: str = "") -> Iterator[tuple[str, Type]]:
    """Every message and enum at any depth, outer ones first, by its path in the file."""
    for type_ in types:
        path = f"{prefix}{type_.name}"
        yield path, type_
        yield from all_types(type_.nested, f"{path}.")


class File(msgspec.Struct, frozen=True, omit_defaults=True):
    """One file of the set."""

    name: str
    package: str
    dependencies: tuple[str, ...]
    types: tuple[Type, ...]
    services: tuple[Service, ...]
    extensions: tuple[Field, ...] = ()
    options: dict[str, str] = {}
    """Those that place generated code, where declared."""
    public: tuple[str, ...] = ()
    syntax: str = ""
    """As the descriptor has it; empty for proto2."""
    edition: str = ""
    """The one that the file is written in; empty for a syntax."""

    @property
    def directory(self) -> str:
        """The folder part of the name; empty for the top."""
        return self.name.rpartition("/")[0]


class Outline(msgspec.Struct, frozen=True):
    """All files of a set, imports before importers."""

    files: tuple[File, ...]

    @property
    def newest(self) -> File | None:
        """The first file of the highest edition; None where all have a syntax."""
        return max((file for file in self.files if file.edition), key=lambda file: file.edition, default=None)

    def file_of(self, message: str) -> File | None:
        """The file that declares a message by its full name."""
        for file in self.files:
            prefix = f"{file.package}." if file.package else ""
            if message.startswith(prefix) and any(
                type_.name == message[len(prefix) :].split(".", 1)[0] for type_ in file.types
            ):
                return file
        return None
