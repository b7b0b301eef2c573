"""How modules of a package refer to each other's messages and enums, and to the runtimes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace

from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto

from protogen.languages.python.names import field_number, free, is_mangled, is_written
from protogen.languages.python.renaming import Renamings, python_path

_STATEMENTS = {
    "builtins": "import builtins",
    "abc": "import collections.abc",
    "typing": "import typing",
    "": "",
    "grpc": "import grpc",
    "aio": "import grpc.aio",
    "typing_extensions": "import typing_extensions",
    "descriptor": "from google.protobuf import descriptor",
    "message": "from google.protobuf import message",
    "containers": "from google.protobuf.internal import containers",
    "enum_type_wrapper": "from google.protobuf.internal import enum_type_wrapper",
    "extension_dict": "from google.protobuf.internal import extension_dict",
    "well_known_types": "from google.protobuf.internal import well_known_types",
}


@dataclass(frozen=True)
class Symbol:
    """A message or enum."""

    module: str
    """Below the import package."""
    name: str
    """In its module."""
    entry: DescriptorProto | None = None
    """The descriptor of a map entry."""


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
    names = declared(file) | {field_number(extension.name) for extension in file.extension}
    names |= {renamed[name] for name in names if name in renamed}
    for index in file.public_dependency:
        names.update(public_names(files[file.dependency[index]], files, renamings))
    return sorted(name for name in names if is_written(name) and not name.startswith("_"))


def declared(scope: FileDescriptorProto | DescriptorProto) -> set[str]:
    """The names that a file or a message declares in its own scope."""
    messages = scope.nested_type if isinstance(scope, DescriptorProto) else scope.message_type
    fields = [*scope.extension, *(scope.field if isinstance(scope, DescriptorProto) else ())]
    found = {each.name for each in (*messages, *scope.enum_type, *fields)}
    return found | {value.name for enum in scope.enum_type for value in enum.value}


def identifiers(scope: FileDescriptorProto | DescriptorProto) -> set[str]:
    """Every name that it declares anywhere, by which something in a stub can be called."""
    messages = scope.nested_type if isinstance(scope, DescriptorProto) else scope.message_type
    return declared(scope).union(*map(identifiers, messages))


@dataclass
class References:
    """What one module refers to in others: collects the imports that the references need."""

    module: str
    """Its own dotted name below the import package."""
    taken: Collection[str] = frozenset()
    """Names that no import may have."""
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


@dataclass(frozen=True)
class Imported:
    """The name of each module in a stub, and of what a stub of services defines for itself."""

    builtins: str = "_builtins"
    abc: str = "_abc"
    typing: str = "_typing"
    grpc: str = "_grpc"
    aio: str = "_aio"
    typing_extensions: str = "_typing_extensions"
    descriptor: str = "_descriptor"
    message: str = "_message"
    containers: str = "_containers"
    enum_type_wrapper: str = "_enum_type_wrapper"
    extension_dict: str = "_extension_dict"
    well_known_types: str = "_well_known_types"
    variable: str = "_T"
    request_iterator: str = "_RequestIterator"
    servicer_context: str = "_ServicerContext"

    @classmethod
    def beside(cls, taken: Collection[str]) -> Imported:
        """Names that don't hide what is declared under these."""
        plain = cls()
        return replace(plain, **{each.name: free(getattr(plain, each.name), taken) for each in fields(plain)})

    def statements(self, body: Iterable[str]) -> list[str]:
        """The imports of those modules that the body uses, in two blocks."""
        text = "\n".join(body)
        used = []
        for key, statement in _STATEMENTS.items():
            if not key or f"{getattr(self, key)}." in text:
                used.append(f"{statement} as {getattr(self, key)}" if key else "")
        used.append("")
        return [line for line, before in zip(used, ["", *used], strict=False) if line or before]
