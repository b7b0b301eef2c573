"""The `_pb2.pyi` files: messages, enums and extensions for type checkers, with the protos' comments.

In the manner of mypy-protobuf, so that annotations written for its stubs hold. Written from the
descriptor set for the same reason as the modules; and protoc's own `pyi_out` keeps no comments.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)

from protogen.languages.python import names
from protogen.languages.python.comments import Path, comments, documented, header
from protogen.languages.python.field_types import FieldTypes, is_assignable
from protogen.languages.python.renaming import Renamings
from protogen.languages.python.symbols import (
    Imported,
    References,
    Symbol,
    declared,
    identifiers,
    named_imports,
    public_names,
)
from protogen.protos.features import has_presence, of_file

# Well-known types that the runtime gives methods to, by full name.
_MIXINS = frozenset({"Any", "Duration", "FieldMask", "ListValue", "Struct", "Timestamp"})
# What every message's class body binds.
_OWN = ("DESCRIPTOR", "HasField", "ClearField", "WhichOneof")


def message_stub(
    file: FileDescriptorProto,
    files: Mapping[str, FileDescriptorProto],
    modules: Mapping[str, str],
    symbols: Mapping[str, Symbol],
    renamings: Renamings,
) -> str:
    """The type stub of a file's module. files: all of the set, by name."""
    renamed = renamings.get(file.name, {})
    # Of one name, the module has its own, else the one that it imports last.
    own = {"DESCRIPTOR", *public_names(_without_imports(file), files, renamings)}
    public: dict[str, list[str]] = {}
    for name in sorted((file.dependency[index] for index in file.public_dependency), reverse=True):
        public[name] = [each for each in public_names(files[name], files, renamings) if each not in own]
        own.update(public[name])
    lines = [
        line
        for name, offered in sorted(public.items())
        for line in named_imports(modules[file.name], modules[name], offered)
    ]
    return _Stub(file, modules[file.name], symbols, renamed, own).text(lines)


def _without_imports(file: FileDescriptorProto) -> FileDescriptorProto:
    copy = type(file)()
    copy.CopyFrom(file)
    copy.ClearField("public_dependency")
    return copy


@dataclass(frozen=True)
class _Scope:
    """Where in a stub something stands."""

    path: str
    """In the file, with a dot behind."""
    python: str
    """In Python, with a dot behind."""
    own: Collection[str] = frozenset()
    """Names not to bind."""


class _Stub:
    def __init__(
        self,
        file: FileDescriptorProto,
        module: str,
        symbols: Mapping[str, Symbol],
        renamed: Mapping[str, str],
        bound: Collection[str],
    ) -> None:
        self.file = file
        self.symbols = symbols
        self.renamed = renamed
        self.taken = identifiers(file) | {*renamed.values(), *bound}
        self.bases = {f"_{name}{end}" for name in self.taken for end in ("", "EnumTypeWrapper")}
        self.imported = Imported.beside(self.taken | self.bases)
        self.references = References(module, self.taken | self.bases)
        self.comments = comments(file)
        self.shadowed: set[str] = set()

    def text(self, public: list[str]) -> str:
        """The whole file, with the statements for what it imports publicly."""
        file = self.file
        body: list[str] = []
        for index, enum in enumerate(file.enum_type):
            body += ["", *self._enum(enum, (5, index), "", _Scope("", ""), set())]
        for index, message in enumerate(file.message_type):
            body += ["", *self._message(message, (4, index), "", _Scope("", ""))]
        types = FieldTypes(self.symbols, self.references.to, self.imported)
        constants = self._constants(file.extension, declared(self.file))
        for index, extension in enumerate(file.extension):
            lines = self._extension(extension, (7, index), "", _Scope("", ""), types, constants)
            body += ["", *lines] if lines else []
        alias = self.imported.typing_extensions
        body += [f"{self._global(name)}: {alias}.TypeAlias = {name}" for name in sorted(self.shadowed)]
        descriptor = f"{self.imported.descriptor}.FileDescriptor"
        lines = [
            header(file.name),
            *self.imported.statements([descriptor, *body]),
            *self.references.imports(),
            *public,
            "",
            *([] if "DESCRIPTOR" in declared(self.file) else [f"DESCRIPTOR: {descriptor}"]),
            *body,
        ]
        return "\n".join(lines) + "\n"

    def _name(self, scope: _Scope, name: str) -> str:
        """What is declared in the scope by that name, in Python; empty where no statement can say it."""
        found = self.renamed.get(scope.path + name, name)
        return found if names.is_written(found) else ""

    def _constants(self, fields: Iterable[FieldDescriptorProto], beside: Collection[str]) -> dict[str, str]:
        """The constants of the fields' numbers, by field: each once, and none that hides a declaration."""
        found: dict[str, str] = {}
        for field in fields:
            constant = names.field_number(field.name)
            if constant not in beside and constant not in found.values():
                found[field.name] = constant
        return found

    def _enum(
        self, enum: EnumDescriptorProto, path: Path, indent: str, scope: _Scope, bound: set[str]
    ) -> list[str]:
        name, imported = self._name(scope, enum.name), self.imported
        base, wrapper = self._base(f"_{name}"), self._base(f"_{name}EnumTypeWrapper")
        meta = f"{imported.enum_type_wrapper}._EnumTypeWrapper"
        values = {value.name for value in enum.value}
        wrapped = self._visible(f"{scope.python}{base}.ValueType", {"DESCRIPTOR", *values})
        parameter = self._visible(wrapped, bound)
        inner = _Scope(f"{scope.path}{enum.name}.", f"{scope.python}{name}.", names.ENUM)
        return [
            f"{indent}class {base}:",
            f'{indent}    ValueType = {imported.typing}.NewType("ValueType", {imported.builtins}.int)',
            *(
                [f"{indent}    V: {imported.typing_extensions}.TypeAlias = ValueType"]
                if "V" not in values
                else []
            ),
            "",
            f"{indent}class {wrapper}(",
            f"{indent}    {meta}[{parameter}], {imported.builtins}.type",
            f"{indent}):",
            f"{indent}    DESCRIPTOR: {imported.descriptor}.EnumDescriptor",
            *self._values(enum, path, f"{indent}    ", inner, wrapped),
            "",
            f"{indent}class {name}({base}, metaclass={wrapper}):",
            *(documented(self.comments, path, f"{indent}    ") or [f"{indent}    ..."]),
            "",
            *self._values(enum, path, indent, scope, self._visible(f"{scope.python}{name}.ValueType", bound)),
        ]

    def _values(
        self, enum: EnumDescriptorProto, path: Path, indent: str, scope: _Scope, type_: str
    ) -> list[str]:
        lines = []
        for index, value in enumerate(enum.value):
            name = self._name(scope, value.name)
            if name and name not in scope.own:
                lines.append(f"{indent}{name}: {type_}  # {value.number}")
                lines += documented(self.comments, (*path, 2, index), indent)
        return lines

    def _message(self, message: DescriptorProto, path: Path, indent: str, scope: _Scope) -> list[str]:
        inner = f"{indent}    "
        name = self._name(scope, message.name)
        within = _Scope(f"{scope.path}{message.name}.", f"{scope.python}{name}.", names.MESSAGE)
        fields, own = [*message.field], declared(message)
        constants = self._constants(fields, own)
        bound = {*_OWN, *constants.values()}
        bound.update(self.renamed.get(within.path + each, each) for each in own)
        types = FieldTypes(self.symbols, lambda symbol: self._from_within(symbol, bound), self.imported)
        lines = [
            f"{indent}@{self.imported.typing}.final",
            f"{indent}class {name}({self._bases(f'{scope.python}{name}')}):",
            *documented(self.comments, path, inner),
            f"{inner}DESCRIPTOR: {self.imported.descriptor}.Descriptor",
        ]
        for index, enum in enumerate(message.enum_type):
            lines += ["", *self._enum(enum, (*path, 4, index), inner, within, bound)]
        for index, nested in enumerate(message.nested_type):
            lines += ["", *self._message(nested, (*path, 3, index), inner, within)]
        lines.append("")
        lines += [f"{inner}{constant}: {self.imported.builtins}.int" for constant in constants.values()]
        for index, field in enumerate(fields):
            lines += self._field(field, (*path, 2, index), inner, types)
        constants = self._constants(message.extension, {*own, *constants.values()})
        for index, extension in enumerate(message.extension):
            lines += self._extension(extension, (*path, 6, index), inner, within, types, constants)
        oneofs = [oneof.name for oneof in message.oneof_decl]
        return [
            *lines,
            *_constructor(fields, inner, types),
            *self._questions(fields, oneofs, inner),
        ]

    def _bases(self, name: str) -> str:
        if self.file.package == "google.protobuf" and name in _MIXINS:
            return f"{self.imported.message}.Message, {self.imported.well_known_types}.{name}"
        return f"{self.imported.message}.Message"

    def _field(self, field: FieldDescriptorProto, path: Path, indent: str, types: FieldTypes) -> list[str]:
        if not names.is_written(field.name) or field.name in names.MESSAGE:
            return []
        if is_assignable(field):
            return [
                f"{indent}{field.name}: {types.read(field)}",
                *documented(self.comments, path, indent),
            ]
        signature = f"{indent}def {field.name}(self) -> {types.read(field)}:"
        doc = documented(self.comments, path, f"{indent}    ")
        lines = [signature, *doc] if doc else [f"{signature} ..."]
        return [f"{indent}@{self.imported.builtins}.property", *lines]

    def _extension(
        self,
        extension: FieldDescriptorProto,
        path: Path,
        indent: str,
        scope: _Scope,
        types: FieldTypes,
        constants: Mapping[str, str],
    ) -> list[str]:
        name = self._name(scope, extension.name)
        extended = types.element(_message_field(extension.extendee))
        constant = constants.get(extension.name)
        return [
            *([f"{indent}{constant}: {self.imported.builtins}.int"] if constant else []),
            f"{indent}{name}: {self.imported.extension_dict}._ExtensionFieldDescriptor[",
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
        return self._global(first) + expression[len(first) :]

    def _global(self, name: str) -> str:
        """The alias of a name of the module, for classes that bind it anew."""
        return names.free(f"_global_{name}", self.taken | self.bases)

    def _base(self, name: str) -> str:
        """The name of a class that an enum's is made of."""
        return names.free(name, self.taken | self.bases) if name in self.taken else name

    def _questions(
        self, fields: Sequence[FieldDescriptorProto], oneofs: Sequence[str], indent: str
    ) -> list[str]:
        """HasField, ClearField and WhichOneof, each for the names that it takes."""
        typing, bool_ = self.imported.typing, f"{self.imported.builtins}.bool"
        # Of features only the file's and the field's own decide: messages can't say anything of presence.
        around = of_file(self.file)
        present = [field.name for field in fields if has_presence(field, around)]
        clearable = self._literal([*(field.name for field in fields), *oneofs])
        lines = [
            f"{indent}def HasField(self, field_name: {self._literal([*present, *oneofs])}) -> {bool_}: ...",
            f"{indent}def ClearField(self, field_name: {clearable}) -> None: ...",
        ]
        if not oneofs:
            return [*lines, f"{indent}def WhichOneof(self, oneof_group: {typing}.NoReturn) -> None: ..."]
        members: list[list[str]] = [[] for _ in oneofs]
        for field in fields:
            if field.HasField("oneof_index"):
                members[field.oneof_index].append(field.name)
        for oneof, held in zip(oneofs, members, strict=True):
            if len(oneofs) > 1:
                lines.append(f"{indent}@{typing}.overload")
            asked, answer = self._literal([oneof]), self._literal(held)
            lines.append(f"{indent}def WhichOneof(self, oneof_group: {asked}) -> {answer} | None: ...")
        return lines

    def _literal(self, values: Iterable[str]) -> str:
        quoted = [f'"{value}"' for value in dict.fromkeys(values)]
        typing = self.imported.typing
        return f"{typing}.Literal[{', '.join(quoted)}]" if quoted else f"{typing}.NoReturn"


def _message_field(type_name: str) -> FieldDescriptorProto:
    return FieldDescriptorProto(type=FieldDescriptorProto.TYPE_MESSAGE, type_name=type_name)


def _constructor(fields: Iterable[FieldDescriptorProto], indent: str, types: FieldTypes) -> list[str]:
    # Neither a keyword nor `self` can be an argument's name; the attribute remains.
    arguments = [
        f"{indent}    {field.name}: {types.argument(field)} = ...,"
        for field in fields
        if names.is_written(field.name) and field.name != "self"
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
