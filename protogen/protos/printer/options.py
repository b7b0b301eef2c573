"""Options as protos write them: by name, custom ones by extension, messages as blocks of text format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message_factory import GetMessageClass
from google.protobuf.unknown_fields import UnknownFieldSet

from protogen.protos.printer import literals
from protogen.protos.printer.symbols import Symbols


@dataclass(frozen=True)
class Setting:
    """An option that is set: `deprecated = true`, or several lines of which the last ends in a brace."""

    path: tuple[int, ...]
    """The numbers that lead to it from what holds the options, as source info counts them."""
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Writer:
    """Writes options of one file."""

    file: str
    symbols: Symbols
    left_out: list[str] = field(default_factory=list)
    """Filled with what can't be written."""

    def settings(self, holder: Any, scope: str) -> list[Setting]:
        """The options of a declaration in their order. scope: where names in them are looked for first."""
        if not holder.HasField("options"):
            return []
        number = holder.DESCRIPTOR.fields_by_name["options"].number
        name = "" if holder.DESCRIPTOR.name == "FileDescriptorProto" else scope
        found = self._set(holder.options, "", (), scope, name)
        return [Setting((number, *path), lines) for path, lines in found]

    def _set(
        self, options: Any, prefix: str, path: tuple[int, ...], scope: str, holder: str
    ) -> Iterator[tuple[tuple[int, ...], tuple[str, ...]]]:
        self._tell_unknown(options, holder)
        for each, value in options.ListFields():
            if each.name in ("map_entry", "uninterpreted_option") and not each.is_extension:
                # The first is the parser's own way to say it; the second is what a linker makes options of.
                if each.name != "map_entry":
                    self._leave_out(holder, "an option without a meaning")
                continue
            name = f"({self.symbols.full_name(each.full_name, scope)})" if each.is_extension else each.name
            here = (*path, each.number)
            if each.message_type and not _is_repeated(each) and (prefix or name == "features"):
                # Each feature is an option of its own, as nothing merges blocks of them.
                yield from self._set(value, f"{prefix}{name}.", here, scope, holder)
                continue
            for index, one in enumerate(value if _is_repeated(each) else [value]):
                lines = self._value(each, one, holder)
                if lines:
                    place = (*here, index) if _is_repeated(each) else here
                    yield place, (f"{prefix}{name} = {lines[0]}", *lines[1:])

    def _value(self, of: Any, value: Any, holder: str) -> list[str]:
        """A value behind an equals sign; nothing where it can't be written."""
        if of.message_type:
            inside = list(self._block(value, holder))
            return ["{", *(f"  {line}" for line in inside), "}"] if inside else ["{}"]
        if of.enum_type and value not in of.enum_type.values_by_number:
            self._leave_out(holder, f"{of.full_name} = {value}, no known value")
            return []
        return [_scalar(of, value)]

    def _block(self, message: Any, holder: str) -> Iterator[str]:
        """A message in text format."""
        self._tell_unknown(message, holder)
        for each, value in message.ListFields():
            name = self._name(each, holder)
            if not name:
                continue
            for one in _each(each, value):
                if each.message_type:
                    inside = list(self._block(one, holder))
                    yield f"{name} {{" + ("" if inside else "}")
                    yield from (f"  {line}" for line in inside)
                    yield from ["}"] if inside else []
                else:
                    yield f"{name}: {_scalar(each, one)}"

    def _name(self, each: Any, holder: str) -> str:
        """A field as text format names it; empty for an extension that its name doesn't lead to."""
        if each.is_extension:
            scope = each.containing_type.full_name.rpartition(".")[0]
            if self.symbols.meaning(each.full_name, scope) == each.full_name:
                return f"[{each.full_name}]"
            self._leave_out(holder, f"{each.full_name}, hidden by another name")
            return ""
        is_group = each.type == each.TYPE_GROUP and each.name == each.message_type.name.lower()
        return str(each.message_type.name if is_group else each.name)

    def _tell_unknown(self, message: Any, holder: str) -> None:
        unknown = UnknownFieldSet(message)
        for index in range(len(unknown)):
            number, options = unknown[index].field_number, message.DESCRIPTOR.full_name
            self._leave_out(holder, f"option {number} of {options}, which nothing declares")

    def _leave_out(self, holder: str, message: str) -> None:
        self.left_out.append(": ".join(filter(None, (self.file, holder, message))))


def _each(of: Any, value: Any) -> list[Any]:
    """The values of a field, a map's as its entries by key."""
    if not _is_repeated(of):
        return [value]
    if of.message_type and of.message_type.GetOptions().map_entry:
        entry: Any = GetMessageClass(of.message_type)
        return [entry(key=key, value=value[key]) for key in sorted(value)]
    return list(value)


def _is_repeated(of: Any) -> bool:
    # Runtimes before 6.31 know it by the label only, which later ones deprecate.
    found = getattr(of, "is_repeated", None)
    return of.label == of.LABEL_REPEATED if found is None else bool(found)


def _scalar(of: Any, value: Any) -> str:
    if of.enum_type:
        known = of.enum_type.values_by_number.get(value)
        return str(known.name if known else value)
    if of.type in (of.TYPE_STRING, of.TYPE_BYTES):
        return literals.string(value)
    if of.type == of.TYPE_BOOL:
        return "true" if value else "false"
    if of.type == of.TYPE_FLOAT:
        return literals.single(value)
    return literals.double(value) if of.type == of.TYPE_DOUBLE else str(value)
