"""Where every message and enum of a set stands in Python, and how a module refers to it. Pure."""

from __future__ import annotations

import keyword
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto


@dataclass(frozen=True)
class Symbol:
    """A message or enum: its module below the import package, and its name in it.

    entry: the descriptor of a map entry, else None.
    """

    module: str
    name: str
    entry: DescriptorProto | None = None


def symbols(files: Iterable[FileDescriptorProto], modules: Mapping[str, str]) -> dict[str, Symbol]:
    """Every message and enum by its name in descriptors: `.package.Outer.Inner`."""
    found = {}
    for file in files:
        prefix = f".{file.package}" if file.package else ""
        for name, entry in _names(file.message_type, ""):
            found[f"{prefix}.{name}"] = Symbol(modules[file.name], name, entry)
        for enum in file.enum_type:
            found[f"{prefix}.{enum.name}"] = Symbol(modules[file.name], enum.name)
    return found


def _names(messages: Iterable[DescriptorProto], prefix: str) -> Iterator[tuple[str, DescriptorProto | None]]:
    for message in messages:
        name = prefix + message.name
        yield name, message if message.options.map_entry else None
        for enum in message.enum_type:
            yield f"{name}.{enum.name}", None
        yield from _names(message.nested_type, f"{name}.")


def public_names(file: FileDescriptorProto, files: Mapping[str, FileDescriptorProto]) -> list[str]:
    """The names that a file's module offers, those that it imports publicly among them, sorted."""
    names = {message.name for message in file.message_type} | {enum.name for enum in file.enum_type}
    names |= {value.name for enum in file.enum_type for value in enum.value}
    for extension in file.extension:
        names |= {extension.name, f"{extension.name.upper()}_FIELD_NUMBER"}
    for index in file.public_dependency:
        names.update(public_names(files[file.dependency[index]], files))
    return sorted(name for name in names if not keyword.iskeyword(name) and not name.startswith("_"))


@dataclass
class References:
    """What one module refers to in others: collects the imports that the references need.

    module: the module's own dotted name below the import package.
    """

    module: str
    _aliases: dict[str, str] = field(default_factory=dict)

    def to(self, symbol: Symbol) -> str:
        """An expression for the symbol."""
        return symbol.name if symbol.module == self.module else f"{self.alias(symbol.module)}.{symbol.name}"

    def alias(self, module: str) -> str:
        """The name under which the module is imported."""
        if module not in self._aliases:
            wanted, number = f"_{module.rpartition('.')[2]}", 1
            name = wanted
            while name in self._aliases.values():
                number += 1
                name = f"{wanted}_{number}"
            self._aliases[module] = name
        return self._aliases[module]

    def imports(self) -> list[str]:
        """The import statements, sorted by module."""
        return [
            f"{relative_import(self.module, module)} as {name}"
            for module, name in sorted(self._aliases.items())
        ]


def relative_import(importer: str, module: str) -> str:
    """The statement that imports a module of the same import package; it holds wherever that is moved."""
    folder, _, name = module.rpartition(".")
    return f"{_from(importer, folder)} import {name}"


def star_import(importer: str, module: str) -> str:
    """The statement that takes over every public name, as `import public` does."""
    return f"{_from(importer, module)} import *"


def named_imports(importer: str, module: str, names: Iterable[str]) -> list[str]:
    """The statements that take over names so that type checkers see them as offered."""
    return [f"{_from(importer, module)} import {name} as {name}" for name in names]


def used_imports(statements: str, body: Iterable[str]) -> list[str]:
    """Those of the statements, one a line and each `… as NAME`, whose name the body uses."""
    text = "\n".join(body)
    used = [line for line in statements.split("\n") if not line or f"{line.rpartition(' ')[2]}." in text]
    return [line for line, before in zip(used, ["", *used], strict=False) if line or before]


def _from(importer: str, module: str) -> str:
    return f"from {'.' * (importer.count('.') + 1)}{module}"
