"""What type checkers are told of a field: its type when read, and as an argument of its message. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from google.protobuf.descriptor_pb2 import FieldDescriptorProto

from protogen.languages.python.symbols import Imported, Symbol

_SCALARS = {
    FieldDescriptorProto.TYPE_DOUBLE: "float",
    FieldDescriptorProto.TYPE_FLOAT: "float",
    FieldDescriptorProto.TYPE_BOOL: "bool",
    FieldDescriptorProto.TYPE_STRING: "str",
    FieldDescriptorProto.TYPE_BYTES: "bytes",
}
_MESSAGES = frozenset({FieldDescriptorProto.TYPE_MESSAGE, FieldDescriptorProto.TYPE_GROUP})
# Looked up once: the runtime looks for such a name anew each time.
_ENUM, _REPEATED = FieldDescriptorProto.TYPE_ENUM, FieldDescriptorProto.LABEL_REPEATED


class FieldTypes:
    """The types of fields, seen from one message of one module.

    symbols: where every type stands. refer: an expression for a type. imported: the runtime's names.
    """

    def __init__(
        self, symbols: Mapping[str, Symbol], refer: Callable[[Symbol], str], imported: Imported
    ) -> None:
        self._symbols = symbols
        self._refer = refer
        self._imported = imported
        self._named: dict[str, str] = {}

    def element(self, field: FieldDescriptorProto) -> str:
        """The type of one value."""
        kind = field.type
        if kind in _MESSAGES:
            return self._expression(field.type_name)
        if kind == _ENUM:
            return f"{self._expression(field.type_name)}.ValueType"
        return f"{self._imported.builtins}.{_SCALARS.get(kind, 'int')}"

    def read(self, field: FieldDescriptorProto) -> str:
        """The type of the message's attribute."""
        entry = self._entry(field)
        if entry:
            key, value = entry
            kind = "MessageMap" if value.type in _MESSAGES else "ScalarMap"
            return f"{self._imported.containers}.{kind}[{self.element(key)}, {self.element(value)}]"
        if is_repeated(field):
            kind = "Composite" if field.type in _MESSAGES else "Scalar"
            return f"{self._imported.containers}.Repeated{kind}FieldContainer[{self.element(field)}]"
        return self.element(field)

    def argument(self, field: FieldDescriptorProto) -> str:
        """The type of the constructor's argument, which may be None where that means absent."""
        entry = self._entry(field)
        if entry:
            key, value = entry
            return f"{self._imported.abc}.Mapping[{self.element(key)}, {self.element(value)}] | None"
        if is_repeated(field):
            return f"{self._imported.abc}.Iterable[{self.element(field)}] | None"
        return f"{self.element(field)} | None"

    def _expression(self, type_name: str) -> str:
        if type_name not in self._named:
            self._named[type_name] = self._refer(self._symbols[type_name])
        return self._named[type_name]

    def _entry(self, field: FieldDescriptorProto) -> tuple[FieldDescriptorProto, FieldDescriptorProto] | None:
        symbol = self._symbols.get(field.type_name) if is_repeated(field) else None
        if symbol is None or symbol.entry is None:
            return None
        key, value = sorted(symbol.entry.field, key=lambda each: each.number)
        return key, value


def is_repeated(field: FieldDescriptorProto) -> bool:
    """Whether the field holds any number of values."""
    return field.label == _REPEATED


def is_assignable(field: FieldDescriptorProto) -> bool:
    """Whether the attribute can be assigned to: neither messages nor containers can."""
    return not is_repeated(field) and field.type not in _MESSAGES
