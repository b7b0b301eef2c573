"""Options that compilers drop from sets and that edition 2024 needs: what must be said again to be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

_EDITION_2024 = 1001
_TITLE = re.compile(r"[A-Z][A-Za-z0-9]*")
_LOWER = re.compile(r"[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*")
_UPPER = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z][A-Z0-9]*)*")


def file_options(file: Any, references: frozenset[str]) -> list[str]:
    """The options to add to a file. references: types that other files than their own use, as `.full.name`.

    Where names aren't in the style that the edition enforces, or types are used that it wouldn't export,
    the source must have said so.
    """
    if file.edition < _EDITION_2024:
        return []
    said, found = file.options.features, []
    if not said.HasField("enforce_naming_style") and not all(
        style.fullmatch(name) for name, style in _names(file)
    ):
        found.append("features.enforce_naming_style = STYLE_LEGACY")
    prefix = f".{file.package}" if file.package else ""
    hidden = {
        name for message in file.message_type for name in _unexported(message, f"{prefix}.{message.name}")
    }
    if not said.HasField("default_symbol_visibility") and hidden & references:
        found.append("features.default_symbol_visibility = EXPORT_ALL")
    return found


def used_elsewhere(files: Iterable[Any]) -> frozenset[str]:
    """The types that some file uses and doesn't declare itself."""
    found = set[str]()
    for file in files:
        prefix = f".{file.package}" if file.package else ""
        own = {
            name
            for each in (*file.message_type, *file.enum_type)
            for name in _all(each, f"{prefix}.{each.name}")
        }
        found |= {name for name in _used(file) if name not in own}
    return frozenset(found)


def _names(declaring: Any) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Each name that is held to a style, and the style."""
    kinds = declaring.DESCRIPTOR.fields_by_name
    if "package" in kinds:
        yield from ((part, _LOWER) for part in declaring.package.split(".") if part)
        for service in declaring.service:
            yield from ((each.name, _TITLE) for each in (service, *service.method))
    for message in declaring.message_type if "message_type" in kinds else declaring.nested_type:
        if not message.options.map_entry:
            yield message.name, _TITLE
            yield from _names(message)
    for enum in declaring.enum_type:
        yield enum.name, _TITLE
        yield from ((value.name, _UPPER) for value in enum.value)
    for kind in ("field", "extension", "oneof_decl"):
        yield from ((each.name, _LOWER) for each in (getattr(declaring, kind) if kind in kinds else ()))


def _unexported(message: Any, name: str) -> Iterator[str]:
    """The types within a message that say nothing of who may use them."""
    for each in (*message.nested_type, *message.enum_type):
        if not each.visibility:
            yield f"{name}.{each.name}"
    for nested in message.nested_type:
        yield from _unexported(nested, f"{name}.{nested.name}")


def _all(declared: Any, name: str) -> Iterator[str]:
    yield name
    if "nested_type" in declared.DESCRIPTOR.fields_by_name:
        for each in (*declared.nested_type, *declared.enum_type):
            yield from _all(each, f"{name}.{each.name}")


def _used(declaring: Any) -> Iterator[str]:
    kinds = declaring.DESCRIPTOR.fields_by_name
    for kind in ("field", "extension"):
        for field in getattr(declaring, kind) if kind in kinds else ():
            yield from (field.type_name, field.extendee)
    for message in declaring.message_type if "message_type" in kinds else declaring.nested_type:
        yield from _used(message)
    for service in declaring.service if "service" in kinds else ():
        yield from (name for method in service.method for name in (method.input_type, method.output_type))
