"""A file's descriptor as text: its statements, in the order that makes the same descriptor again."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from protogen.protos.features import edition_name
from protogen.protos.printer import literals
from protogen.protos.printer.comments import NOWHERE, Path, SourceInfo
from protogen.protos.printer.options import Setting, Writer
from protogen.protos.printer.symbols import Symbols, within

_LINE = 60
# Numbers of fields: of FileDescriptorProto, ...
_PACKAGE, _IMPORT, _MESSAGE, _ENUM, _SERVICE, _EXTENSION, _SYNTAX, _OPTION_IMPORT = (
    2, 3, 4, 5, 6, 7, 12, 15,
)  # fmt: skip
# ... of DescriptorProto, EnumDescriptorProto and ServiceDescriptorProto.
_FIELD, _NESTED, _NESTED_ENUM, _RANGES, _NESTED_EXTENSION, _ONEOF, _RESERVED, _RESERVED_NAME = (
    2, 3, 4, 5, 6, 8, 9, 10,
)  # fmt: skip
_VALUE, _ENUM_RESERVED, _ENUM_RESERVED_NAME, _METHOD = 2, 4, 5, 2
_MAX_NUMBER, _MAX_INT = (1 << 29) - 1, (1 << 31) - 1
_VISIBILITY = {1: "local ", 2: "export "}


@dataclass(frozen=True)
class Item:
    """A statement of a block: its lines with its comments, what kind it is, and where it stood."""

    kind: str
    lines: list[str]
    start: tuple[int, int] = NOWHERE


@dataclass(frozen=True)
class _Block:
    """What declares messages, fields and extensions: a file, or a message in it."""

    declaring: Any
    messages: Sequence[Any]
    fields: Sequence[Any]
    path: Path
    scope: str
    message_number: int
    extension_number: int


def text_of(file: Any, symbols: Symbols, more: Sequence[str], left_out: list[str]) -> str:
    """The file as text. more: options that its descriptor lacks. left_out: filled with those that can't be
    written.
    """
    writer = Writer(file.name, symbols, left_out)
    lines = _Printer(file, symbols, writer, SourceInfo.of(file), more).file_lines()
    return "\n".join(lines).strip("\n") + "\n"


@dataclass(frozen=True)
class _Printer:
    file: Any
    symbols: Symbols
    options: Writer
    source: SourceInfo
    more_options: Sequence[str]

    @property
    def has_editions(self) -> bool:
        return bool(self.file.syntax == "editions")

    def file_lines(self) -> list[str]:
        file = self.file
        # Source info counts an edition as a syntax.
        syntax = f'edition = "{edition_name(file.edition)}";'
        if not self.has_editions:
            syntax = f'syntax = "{file.syntax or "proto2"}";'
        first = Item("syntax", self.source.at((_SYNTAX,)).over([syntax]))
        block = _Block(file, file.message_type, (), (), file.package, _MESSAGE, _EXTENSION)
        items = [
            *self._package(),
            *self._imports(),
            *self._more_options(),
            *self._option_items(file, (), f"{file.package}.file" if file.package else ""),
            *(self._enum(each, (_ENUM, index), file.package) for index, each in enumerate(file.enum_type)),
            *self._members(block),
            *(self._service(each, (_SERVICE, index)) for index, each in enumerate(file.service)),
        ]
        return _joined([first, *_in_source_order(items)])

    def _package(self) -> Iterator[Item]:
        if self.file.package:
            yield self._item("package", (_PACKAGE,), [f"package {self.file.package};"])

    def _more_options(self) -> Iterator[Item]:
        # Behind the package, where the file knows where that was.
        start = self.source.at((_PACKAGE,)).start if self.file.package else (0, 0)
        return (Item("option", [f"option {each};"], start) for each in self.more_options)

    def _imports(self) -> Iterator[Item]:
        public, weak = set(self.file.public_dependency), set(self.file.weak_dependency)
        for index, name in enumerate(self.file.dependency):
            how = "public " if index in public else "weak " if index in weak else ""
            yield self._item("import", (_IMPORT, index), [f"import {how}{literals.string(name)};"])
        if "option_dependency" in self.file.DESCRIPTOR.fields_by_name:
            for index, name in enumerate(self.file.option_dependency):
                line = f"import option {literals.string(name)};"
                yield self._item("import", (_OPTION_IMPORT, index), [line])

    def _members(self, block: _Block) -> list[Item]:
        """Messages, fields and extensions, so that each message comes before the next of the list.

        The parser makes some of the messages: entries of maps, and groups, where it meets their field.
        """
        of_extensions = _made_by(block.declaring.extension, block, 1)
        made = {**_made_by(block.fields, block, 0), **of_extensions}
        pending = [self._fields(block), self._extensions(block, of_extensions)]
        items: list[Item] = []
        done = [0, 0]

        def emit(which: int, until: int) -> None:
            while done[which] <= until:
                item, count = next(pending[which])
                done[which] += count
                items.append(item)

        for index, message in enumerate(block.messages):
            if message.name in made:
                emit(*made[message.name])
            else:
                path = (*block.path, block.message_number, index)
                items.append(self._message(message, path, block.scope))
        emit(0, len(block.fields) - 1)
        emit(1, len(block.declaring.extension) - 1)
        return items

    def _fields(self, block: _Block) -> Iterator[tuple[Item, int]]:
        """Each statement of fields, and how many it declares."""
        index = 0
        while index < len(block.fields):
            field = block.fields[index]
            if field.HasField("oneof_index") and not field.proto3_optional:
                end = index
                while end < len(block.fields) and _is_of(block.fields[end], field.oneof_index):
                    end += 1
                yield self._oneof(block, field.oneof_index, range(index, end)), end - index
                index = end
            else:
                yield self._field(block, field, (*block.path, _FIELD, index)), 1
                index += 1

    def _oneof(self, block: _Block, number: int, indexes: range) -> Item:
        oneof, path = block.declaring.oneof_decl[number], (*block.path, _ONEOF, number)
        items = self._option_items(oneof, path, within(block.scope, oneof.name))
        items += [self._field(block, block.fields[each], (*block.path, _FIELD, each)) for each in indexes]
        return self._item("oneof", path, _braced(f"oneof {oneof.name}", _in_source_order(items)), 0)

    def _extensions(self, block: _Block, made: Container[str]) -> Iterator[tuple[Item, int]]:
        """Each statement of extensions, and how many it declares. made: messages that it makes of them."""
        extensions, path = block.declaring.extension, (*block.path, block.extension_number)
        groups = [_message_made_by(each, block) for each in extensions]
        before = [sum(each.name not in made for each in _ahead(group, block)) for group in groups]
        # Those that something else declares between two groups part the statements.
        alike = [(each.extendee, before[_nearest(index, groups)]) for index, each in enumerate(extensions)]
        for location, indexes in self.source.statements(path, alike):
            name = self.symbols.type_name(extensions[indexes[0]].extendee, block.scope, self.file.package)
            items = [self._field(block, extensions[each], (*path, each)) for each in indexes]
            lines = location.over(_braced(f"extend {name}", _in_source_order(items)), 0)
            yield Item("extend", lines, location.start), len(indexes)

    def _field(self, block: _Block, field: Any, path: Path) -> Item:
        settings = self.options.settings(field, within(block.scope, field.name))
        values = [_default(field)] if field.HasField("default_value") else []
        is_named = not field.HasField("extendee") and field.json_name
        if is_named and field.json_name != literals.json_name(field.name):
            values.append(f"json_name = {literals.string(field.json_name)}")
        options = _in_brackets([*((value,) for value in values), *(each.lines for each in settings)])
        label = self._label(field)
        nested = _message_made_by(field, block)
        if nested is None or not nested.options.map_entry:
            if field.type == field.TYPE_GROUP and not self.has_editions:
                return self._group(block, field, nested, label, options)
            head = f"{label}{self._type(field, block.scope)} {field.name} = {field.number}"
        else:
            key, value = nested.field
            inside = within(block.scope, nested.name)
            types = f"{self._type(key, inside)}, {self._type(value, inside)}"
            head = f"map<{types}> {field.name} = {field.number}"
        return self._item("field", path, _ended(head, options))

    def _group(self, block: _Block, field: Any, nested: Any, label: str, options: list[str]) -> Item:
        if nested is None:
            raise ValueError(f"{self.file.name}: {field.name} is a group whose message is elsewhere")
        index = next(number for number, each in enumerate(block.messages) if each.name == nested.name)
        path = (*block.path, block.message_number, index)
        head = f"{label}group {nested.name} = {field.number}"
        head = f"{head} {options[0]}" if options else head
        body = _braced("", self._message_items(nested, path, within(block.scope, nested.name)))
        if len(options) > 1:
            lines = [head, *options[1:-1], f"{options[-1]}{body[0]}", *body[1:]]
            return self._item("message", path, lines, len(options) - 1)
        return self._item("message", path, [f"{head}{body[0]}", *body[1:]], 0)

    def _label(self, field: Any) -> str:
        if field.label == field.LABEL_REPEATED:
            return "repeated "
        if self.has_editions or (field.HasField("oneof_index") and not field.proto3_optional):
            return ""
        if field.label == field.LABEL_REQUIRED:
            return "required "
        return "optional " if field.proto3_optional or self.file.syntax != "proto3" else ""

    def _type(self, field: Any, scope: str) -> str:
        if field.type_name:
            return self.symbols.type_name(field.type_name, scope, self.file.package)
        return str(field.Type.Name(field.type)).removeprefix("TYPE_").lower()

    def _message(self, message: Any, path: Path, scope: str) -> Item:
        head = f"{self._visibility(message)}message {message.name}"
        items = self._message_items(message, path, within(scope, message.name))
        return self._item("message", path, _braced(head, items), 0)

    def _message_items(self, message: Any, path: Path, scope: str) -> list[Item]:
        block = _Block(message, message.nested_type, message.field, path, scope, _NESTED, _NESTED_EXTENSION)
        enums = enumerate(message.enum_type)
        return _in_source_order(
            [
                *self._option_items(message, path, scope),
                *self._reserved(message, path, _RESERVED, _RESERVED_NAME, _MAX_NUMBER + 1),
                *(self._enum(each, (*path, _NESTED_ENUM, index), scope) for index, each in enums),
                *self._members(block),
                *self._extension_ranges(message, path, scope),
            ]
        )

    def _extension_ranges(self, message: Any, path: Path, scope: str) -> Iterator[Item]:
        ranges = message.extension_range
        last = _MAX_INT if message.options.message_set_wire_format else _MAX_NUMBER + 1
        alike = [each.options.SerializeToString(deterministic=True) for each in ranges]
        for location, indexes in self.source.statements((*path, _RANGES), alike):
            members = [(ranges[each].start, ranges[each].end - 1) for each in indexes]
            settings = self.options.settings(ranges[indexes[0]], scope)
            head = f"extensions {_ranges(members, last - 1)}"
            options = _in_brackets([each.lines for each in settings])
            yield Item("extensions", location.over(_ended(head, options)), location.start)

    def _reserved(self, of: Any, path: Path, ranges: int, names: int, last: int) -> Iterator[Item]:
        """Reserved numbers and names; last: the end of a range without end, whose own number is free."""
        is_enum = last == _MAX_INT
        spans = [(each.start, each.end if is_enum else each.end - 1) for each in of.reserved_range]
        for location, indexes in self.source.statements((*path, ranges), [0] * len(spans)):
            text = _ranges([spans[each] for each in indexes], last if is_enum else last - 1)
            yield Item("reserved", location.over([f"reserved {text};"]), location.start)
        for location, indexes in self.source.statements((*path, names), [0] * len(of.reserved_name)):
            written = [of.reserved_name[each] for each in indexes]
            text = ", ".join(written if self.has_editions else map(literals.string, written))
            yield Item("reserved", location.over([f"reserved {text};"]), location.start)

    def _enum(self, enum: Any, path: Path, scope: str) -> Item:
        name = within(scope, enum.name)
        items = [
            *self._option_items(enum, path, name),
            *self._reserved(enum, path, _ENUM_RESERVED, _ENUM_RESERVED_NAME, _MAX_INT),
        ]
        for index, value in enumerate(enum.value):
            settings = self.options.settings(value, within(scope, value.name))
            options = _in_brackets([each.lines for each in settings])
            lines = _ended(f"{value.name} = {value.number}", options)
            items.append(self._item("value", (*path, _VALUE, index), lines))
        head = f"{self._visibility(enum)}enum {enum.name}"
        return self._item("enum", path, _braced(head, _in_source_order(items)), 0)

    def _service(self, service: Any, path: Path) -> Item:
        scope = within(self.file.package, service.name)
        items = self._option_items(service, path, scope)
        for index, method in enumerate(service.method):
            here = (*path, _METHOD, index)
            takes = self._message_name(method.client_streaming, method.input_type, scope)
            gives = self._message_name(method.server_streaming, method.output_type, scope)
            head = f"rpc {method.name}({takes}) returns ({gives})"
            options = self._option_items(method, here, within(scope, method.name))
            if method.HasField("options"):
                items.append(self._item("rpc", here, _braced(head, _in_source_order(options)), 0))
            else:
                items.append(self._item("rpc", here, [f"{head};"]))
        return self._item("service", path, _braced(f"service {service.name}", _in_source_order(items)), 0)

    def _message_name(self, streams: bool, full: str, scope: str) -> str:
        return ("stream " if streams else "") + self.symbols.type_name(full, scope, self.file.package)

    def _option_items(self, holder: Any, path: Path, scope: str) -> list[Item]:
        def item(setting: Setting) -> Item:
            *before, last = setting.lines
            lines = [*before, f"{last};"]
            return self._item("option", (*path, *setting.path), [f"option {lines[0]}", *lines[1:]])

        return [item(each) for each in self.options.settings(holder, scope)]

    def _visibility(self, declaration: Any) -> str:
        return _VISIBILITY.get(getattr(declaration, "visibility", 0), "")

    def _item(self, kind: str, path: Path, lines: list[str], behind: int = -1) -> Item:
        location = self.source.at(path)
        return Item(kind, location.over(lines, behind), location.start)


def _made_by(fields: Iterable[Any], block: _Block, which: int) -> dict[str, tuple[int, int]]:
    """The messages of a block that the parser makes of these fields, by name: which list, which field."""
    found = ((index, _message_made_by(field, block)) for index, field in enumerate(fields))
    return {message.name: (which, index) for index, message in found if message is not None}


def _message_made_by(field: Any, block: _Block) -> Any:
    """The map's entry or the group that the parser makes where it meets the field; None for others."""
    name = field.type_name.rpartition(".")[2]
    if not name or field.type_name != f".{within(block.scope, name)}":
        return None
    message = next((each for each in block.messages if each.name == name), None)
    if message is None:
        return None
    is_group = field.type == field.TYPE_GROUP and field.name == name.lower()
    return message if message.options.map_entry or is_group else None


def _ahead(message: Any, block: _Block) -> Iterator[Any]:
    """The messages of the block before one of them; none where there is no message."""
    return takewhile(lambda each: each.name != message.name, block.messages if message is not None else ())


def _nearest(index: int, groups: Sequence[Any]) -> int:
    """The number of the last group up to there, else of the first."""
    numbers = [number for number, group in enumerate(groups) if group is not None]
    return next((number for number in reversed(numbers) if number <= index), numbers[0] if numbers else index)


def _is_of(field: Any, oneof: int) -> bool:
    return bool(field.HasField("oneof_index") and field.oneof_index == oneof)


def _default(field: Any) -> str:
    value = field.default_value
    if field.type == field.TYPE_STRING:
        return f"default = {literals.string(value)}"
    text = value.decode("utf-8", "surrogateescape")
    return f'default = "{text}"' if field.type == field.TYPE_BYTES else f"default = {text}"


def _ranges(spans: Iterable[tuple[int, int]], last: int) -> str:
    return ", ".join(
        str(start) if start == end else f"{start} to {'max' if end == last else end}" for start, end in spans
    )


def _in_brackets(options: Sequence[Sequence[str]]) -> list[str]:
    """Options behind a field, on one line where they are short; nothing where there is none."""
    if not options:
        return []
    if all(len(lines) == 1 for lines in options):
        line = f"[{', '.join(lines[0] for lines in options)}]"
        if len(line) <= _LINE or len(options) == 1:
            return [line]
    found = ["["]
    for number, lines in enumerate(options, 1):
        comma = "," if number < len(options) else ""
        found += [f"  {line}" for line in (*lines[:-1], f"{lines[-1]}{comma}")]
    return [*found, "]"]


def _ended(head: str, options: list[str]) -> list[str]:
    """A statement with its options, and the semicolon that ends it."""
    first, *rest = [f"{head} {options[0]}", *options[1:]] if options else [head]
    *before, last = [first, *rest]
    return [*before, f"{last};"]


def _braced(head: str, items: Sequence[Item]) -> list[str]:
    lines = _joined(items)
    opened = f"{head} {{"
    return [opened, *(f"  {line}" if line else "" for line in lines), "}"] if lines else [f"{opened}}}"]


def _joined(items: Iterable[Item]) -> list[str]:
    """The lines of items; those of several lines, and those of another kind, are parted from others."""
    found: list[str] = []
    before: Item | None = None
    for item in items:
        if before and (before.kind != item.kind or len(before.lines) > 1 or len(item.lines) > 1):
            found.append("")
        found += item.lines
        before = item
    # One empty line parts as well as two.
    return [line for number, line in enumerate(found) if line or not number or found[number - 1]]


def _in_source_order(items: Iterable[Item]) -> list[Item]:
    """The items as they stood; as they are where that isn't known of all."""
    found = list(items)
    return found if any(item.start == NOWHERE for item in found) else sorted(found, key=_start)


def _start(item: Item) -> tuple[int, int]:
    return item.start
