"""The `_pb2.pyi` files: messages, enums and extensions for type checkers, with the protos' comments.

In the manner of mypy-protobuf, so that annotations written for its stubs hold. Written from the
descriptor set for the same reason as the modules; and protoc's own `pyi_out` keeps no comments.
"""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING

from protogen.languages.python.comments import Path, comments, documented
from protogen.languages.python.field_types import FieldTypes, has_presence, is_assignable
from protogen.languages.python.symbols import References, Symbol, named_imports, public_names, used_imports

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from google.protobuf.descriptor_pb2 import (
        DescriptorProto,
        EnumDescriptorProto,
        FieldDescriptorProto,
        FileDescriptorProto,
    )

# Well-known types that the runtime gives methods to, by full name.
_MIXINS = frozenset({"Any", "Duration", "FieldMask", "ListValue", "Struct", "Timestamp"})
_IMPORTS = """\
import builtins as _builtins
import collections.abc as _abc
import typing as _typing

import typing_extensions as _typing_extensions
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf.internal import extension_dict as _extension_dict
from google.protobuf.internal import well_known_types as _well_known_types
"""


def message_stub(
    file: FileDescriptorProto,
    files: Mapping[str, FileDescriptorProto],
    modules: Mapping[str, str],
    symbols: Mapping[str, Symbol],
) -> str:
    """The type stub of a file's module. files: all of the set, by name."""
    public = [
        line
        for name in sorted(file.dependency[index] for index in file.public_dependency)
        for line in named_imports(modules[file.name], modules[name], public_names(files[name], files))
    ]
    return _Stub(file, modules[file.name], symbols).text(public)


class _Stub:
    def __init__(self, file: FileDescriptorProto, module: str, symbols: Mapping[str, Symbol]) -> None:
        self.file = file
        self.symbols = symbols
        self.references = References(module)
        self.comments = comments(file)
        self.shadowed: set[str] = set()

    def text(self, public: list[str]) -> str:
        """The whole file, with the statements for what it imports publicly."""
        file = self.file
        body: list[str] = []
        for index, enum in enumerate(file.enum_type):
            body += ["", *self._enum(enum, (5, index), "", "", set())]
        for index, message in enumerate(file.message_type):
            body += ["", *self._message(message, (4, index), "", "")]
        types = FieldTypes(self.symbols, self.references.to)
        for index, extension in enumerate(file.extension):
            body += ["", *self._extension(extension, (7, index), "", types)]
        body += [f"_global_{name}: _typing_extensions.TypeAlias = {name}" for name in sorted(self.shadowed)]
        lines = [
            f"# Made by protogen from {file.name}; edits are lost.",
            *used_imports(_IMPORTS, ["_descriptor.", *body]),
            *self.references.imports(),
            *public,
            "",
            "DESCRIPTOR: _descriptor.FileDescriptor",
            *body,
        ]
        return "\n".join(lines) + "\n"

    def _enum(
        self, enum: EnumDescriptorProto, path: Path, indent: str, outer: str, bound: set[str]
    ) -> list[str]:
        name = enum.name
        wrapped = self._visible(f"{outer}_{name}.ValueType", {value.name for value in enum.value})
        parameter = self._visible(wrapped, bound)
        return [
            f"{indent}class _{name}:",
            f'{indent}    ValueType = _typing.NewType("ValueType", _builtins.int)',
            f"{indent}    V: _typing_extensions.TypeAlias = ValueType",
            "",
            f"{indent}class _{name}EnumTypeWrapper(",
            f"{indent}    _enum_type_wrapper._EnumTypeWrapper[{parameter}], _builtins.type",
            f"{indent}):",
            f"{indent}    DESCRIPTOR: _descriptor.EnumDescriptor",
            *self._values(enum, path, f"{indent}    ", wrapped),
            "",
            f"{indent}class {name}(_{name}, metaclass=_{name}EnumTypeWrapper):",
            *(documented(self.comments, path, f"{indent}    ") or [f"{indent}    ..."]),
            "",
            *self._values(enum, path, indent, self._visible(f"{outer}{name}.ValueType", bound)),
        ]

    def _values(self, enum: EnumDescriptorProto, path: Path, indent: str, type_: str) -> list[str]:
        lines = []
        for index, value in enumerate(enum.value):
            if not keyword.iskeyword(value.name):
                lines.append(f"{indent}{value.name}: {type_}  # {value.number}")
                lines += documented(self.comments, (*path, 2, index), indent)
        return lines

    def _message(self, message: DescriptorProto, path: Path, indent: str, outer: str) -> list[str]:
        inner = f"{indent}    "
        name = f"{outer}{message.name}"
        fields, bound = [*message.field], _bound(message)
        types = FieldTypes(self.symbols, lambda symbol: self._from_within(symbol, bound))
        lines = [
            f"{indent}@_typing.final",
            f"{indent}class {message.name}({self._bases(name)}):",
            *documented(self.comments, path, inner),
            f"{inner}DESCRIPTOR: _descriptor.Descriptor",
        ]
        for index, enum in enumerate(message.enum_type):
            lines += ["", *self._enum(enum, (*path, 4, index), inner, f"{name}.", bound)]
        for index, nested in enumerate(message.nested_type):
            lines += ["", *self._message(nested, (*path, 3, index), inner, f"{name}.")]
        lines.append("")
        lines += [f"{inner}{field.name.upper()}_FIELD_NUMBER: _builtins.int" for field in fields]
        for index, field in enumerate(fields):
            lines += self._field(field, (*path, 2, index), inner, types)
        for index, extension in enumerate(message.extension):
            lines += self._extension(extension, (*path, 6, index), inner, types)
        oneofs = [oneof.name for oneof in message.oneof_decl]
        return [*lines, *_constructor(fields, inner, types), *_questions(fields, oneofs, self._syntax, inner)]

    def _bases(self, name: str) -> str:
        if self.file.package == "google.protobuf" and name in _MIXINS:
            return f"_message.Message, _well_known_types.{name}"
        return "_message.Message"

    def _field(self, field: FieldDescriptorProto, path: Path, indent: str, types: FieldTypes) -> list[str]:
        if keyword.iskeyword(field.name):
            return []
        if is_assignable(field):
            return [
                f"{indent}{field.name}: {types.read(field)}",
                *documented(self.comments, path, indent),
            ]
        signature = f"{indent}def {field.name}(self) -> {types.read(field)}:"
        doc = documented(self.comments, path, f"{indent}    ")
        return [f"{indent}@_builtins.property", *([signature, *doc] if doc else [f"{signature} ..."])]

    def _extension(
        self, extension: FieldDescriptorProto, path: Path, indent: str, types: FieldTypes
    ) -> list[str]:
        extended = types.element(_message_field(extension.extendee))
        return [
            f"{indent}{extension.name.upper()}_FIELD_NUMBER: _builtins.int",
            f"{indent}{extension.name}: _extension_dict._ExtensionFieldDescriptor[",
            f"{indent}    {extended}, {types.read(extension)}",
            f"{indent}]",
            *documented(self.comments, path, indent),
        ]

    def _from_within(self, symbol: Symbol, bound: set[str]) -> str:
        """An expression for the symbol that holds in a message's class, which binds these names."""
        expression = self.references.to(symbol)
        own = symbol.module == self.references.module
        return self._visible(expression, bound) if own else expression

    def _visible(self, expression: str, bound: set[str]) -> str:
        """The expression, through an alias where the class around it binds its first name anew."""
        first = expression.split(".", 1)[0]
        if first not in bound:
            return expression
        self.shadowed.add(first)
        return f"_global_{expression}"

    @property
    def _syntax(self) -> str:
        return self.file.syntax or "proto2"


def _message_field(type_name: str) -> FieldDescriptorProto:
    from google.protobuf.descriptor_pb2 import FieldDescriptorProto

    return FieldDescriptorProto(type=FieldDescriptorProto.TYPE_MESSAGE, type_name=type_name)


def _bound(message: DescriptorProto) -> set[str]:
    """The names that the message's class body binds."""
    names = {field.name for field in (*message.field, *message.extension)}
    names |= {nested.name for nested in message.nested_type}
    for enum in message.enum_type:
        names |= {enum.name, *(value.name for value in enum.value)}
    return names


def _constructor(fields: Iterable[FieldDescriptorProto], indent: str, types: FieldTypes) -> list[str]:
    # Neither a keyword nor `self` can be an argument's name; the attribute remains.
    arguments = [
        f"{indent}    {field.name}: {types.argument(field)} = ...,"
        for field in fields
        if not keyword.iskeyword(field.name) and field.name != "self"
    ]
    if not arguments:
        return [f"{indent}def __init__(self) -> None: ..."]
    return [
        f"{indent}def __init__(",
        f"{indent}    self,",
        f"{indent}    *,",
        *arguments,
        f"{indent}) -> None: ...",
    ]


def _questions(
    fields: Sequence[FieldDescriptorProto], oneofs: Sequence[str], syntax: str, indent: str
) -> list[str]:
    """HasField, ClearField and WhichOneof, each for the names that it takes."""
    present = [field.name for field in fields if has_presence(field, syntax)]
    lines = [
        f"{indent}def HasField(self, field_name: {_literal([*present, *oneofs])}) -> _builtins.bool: ...",
        f"{indent}def ClearField(self, field_name: "
        f"{_literal([*(field.name for field in fields), *oneofs])}) -> None: ...",
    ]
    if not oneofs:
        return [*lines, f"{indent}def WhichOneof(self, oneof_group: _typing.NoReturn) -> None: ..."]
    members: list[list[str]] = [[] for _ in oneofs]
    for field in fields:
        if field.HasField("oneof_index"):
            members[field.oneof_index].append(field.name)
    for oneof, names in zip(oneofs, members, strict=True):
        if len(oneofs) > 1:
            lines.append(f"{indent}@_typing.overload")
        lines.append(
            f"{indent}def WhichOneof(self, oneof_group: {_literal([oneof])}) -> {_literal(names)} | None: ..."
        )
    return lines


def _literal(names: Iterable[str]) -> str:
    quoted = [f'"{name}"' for name in dict.fromkeys(names)]
    return f"_typing.Literal[{', '.join(quoted)}]" if quoted else "_typing.NoReturn"
