"""Where every message and enum of a set stands in Python, and how a module refers to it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from protogen.languages.python.names import field_number, free, is_mangled, is_written
from protogen.languages.python.renaming import python_path

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto

    from protogen.languages.python.renaming import Renamings


@dataclass(frozen=True)
class Symbol:
    """A message or enum: its module below the import package, and its name in it.

    entry: the descriptor of a map entry, else None.
    """

    module: str
    name: str
    entry: DescriptorProto | None = None


def symbols(
    files: Iterable[FileDescriptorProto], modules: Mapping[str, str], renamings: Renamings
) -> dict[str, Symbol]:
    """Every message and enum by its name in descriptors: `.package.Outer.Inner`."""
    found = {}
    for file in files:
        prefix = f".{file.package}" if file.package else ""
        renamed = renamings.get(file.name, {})
        for name, entry in _names(file.message_type, ""):
            found[f"{prefix}.{name}"] = Symbol(modules[file.name], python_path(name, renamed), entry)
        for enum in file.enum_type:
            found[f"{prefix}.{enum.name}"] = Symbol(modules[file.name], python_path(enum.name, renamed))
    return found


def _names(messages: Iterable[DescriptorProto], prefix: str) -> Iterator[tuple[str, DescriptorProto | None]]:
    for message in messages:
        name = prefix + message.name
        yield name, message if message.options.map_entry else None
        for enum in message.enum_type:
            yield f"{name}.{enum.name}", None
        yield from _names(message.nested_type, f"{name}.")


def public_names(
    file: FileDescriptorProto, files: Mapping[str, FileDescriptorProto], renamings: Renamings
) -> list[str]:
    """The names that a file's module offers, those that it imports publicly among them, sorted."""
    renamed = renamings.get(file.name, {})
    names = {message.name for message in file.message_type} | {enum.name for enum in file.enum_type}
    names |= {value.name for enum in file.enum_type for value in enum.value}
    for extension in file.extension:
        names |= {extension.name, field_number(extension.name)}
    names |= {renamed[name] for name in names if name in renamed}
    for index in file.public_dependency:
        names.update(public_names(files[file.dependency[index]], files, renamings))
    return sorted(name for name in names if is_written(name) and not name.startswith("_"))


def identifiers(file: FileDescriptorProto, renamed: Mapping[str, str]) -> set[str]:
    """Every name that the file declares anywhere, by which something in its stub can be called."""
    found = {extension.name for extension in file.extension} | set(renamed.values())
    for enum in file.enum_type:
        found |= {enum.name, *(value.name for value in enum.value)}
    for message in file.message_type:
        found |= _identifiers(message)
    return found


def _identifiers(message: DescriptorProto) -> set[str]:
    found = {message.name, *(each.name for each in (*message.field, *message.extension))}
    for enum in message.enum_type:
        found |= {enum.name, *(value.name for value in enum.value)}
    for nested in message.nested_type:
        found |= _identifiers(nested)
    return found


@dataclass
class References:
    """What one module refers to in others: collects the imports that the references need.

    module: the module's own dotted name below the import package. taken: names that no import may have.
    """

    module: str
    taken: Collection[str] = frozenset()
    _aliases: dict[str, str] = field(default_factory=dict)

    def to(self, symbol: Symbol) -> str:
        """An expression for the symbol."""
        return symbol.name if symbol.module == self.module else f"{self.alias(symbol.module)}.{symbol.name}"

    def within_class(self, symbol: Symbol) -> str:
        """An expression for the symbol that holds in a class body too, where `.__X` means another name."""
        found = self.alias(symbol.module)
        for part in symbol.name.split("."):
            found = f'getattr({found}, "{part}")' if is_mangled(part) else f"{found}.{part}"
        return found

    def alias(self, module: str) -> str:
        """The name under which the module is imported; with two underscores a class body would change it."""
        if module not in self._aliases:
            wanted, number = free(f"_{module.rpartition('.')[2].lstrip('_')}", self.taken), 1
            name = wanted
            while name in self._aliases.values() or name in self.taken:
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


def _from(importer: str, module: str) -> str:
    return f"from {'.' * (importer.count('.') + 1)}{module}"
