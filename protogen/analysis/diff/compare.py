"""Two descriptor sets beside each other: everything that changed from one to the other. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from protogen.analysis.diff.change import Change
from protogen.analysis.diff.elements import TYPES, Element, Schema
from protogen.analysis.diff.fields import compare_field, deprecated, value_name
from protogen.analysis.diff.members import compare_enum, compare_message
from protogen.protos.features import EDITIONS, edition_name
from protogen.system.text import counted

Schemas = tuple[Schema, Schema]


def compare(old: Schema, new: Schema) -> tuple[Change, ...]:
    """All changes: services first, then messages, enums and files."""
    moved = _moved_files(old, new)
    return (
        *(change for kind in TYPES for change in _compare_types(kind, (old, new), moved)),
        *_compare_files(old, new, moved),
    )


def _compare_types(kind: str, schemas: Schemas, moved_files: Mapping[str, str]) -> Iterator[Change]:
    """What changed among the types of a kind; those inside a message that came or went go without saying."""
    old, new = schemas
    before, after = old.types[kind], new.types[kind]
    for name, element in sorted(before.items()):
        if name not in after and not _inside_one_lost(element, old, new):
            yield element.removed(_content(element))
    for name, element in sorted(after.items()):
        if name not in before and not _inside_one_lost(element, new, old):
            yield element.added(_content(element))
    for name in sorted(before.keys() & after.keys()):
        yield from _moved(before[name], after[name], new, moved_files)
        yield from _INSIDE[kind](before[name], after[name], schemas)


def _content(element: Element) -> str:
    """What a type consists of, in words."""
    if element.kind == "service":
        return ", ".join(method.name for method in element.proto.method)
    if element.kind == "extension":
        return f"{element.proto.extendee.removeprefix('.')} = {element.proto.number}"
    if element.kind == "message":
        return counted(len(element.proto.field), "field")
    return counted(len(element.proto.value), "value")


def _inside_one_lost(element: Element, side: Schema, other: Schema) -> bool:
    return element.parent in side.types["message"] and element.parent not in other.types["message"]


def _moved(old: Element, new: Element, schema: Schema, moved_files: Mapping[str, str]) -> Iterator[Change]:
    """A type that stands in another file, unless all of its file went there, or the type around it did."""
    was, now = old.file.name, new.file.name
    if was == now or old.parent != old.file.package or moved_files.get(was) == now:
        return
    left = schema.files.get(was)
    shim = left is not None and now in _public_imports(left)
    yield new.changed("file", was, now, "the old file imports the new one publicly" if shim else "")


def _inside_service(old: Element, new: Element, _: Schemas) -> Iterator[Change]:
    before, after = (
        {each.name: side.member("rpc", each.name, each) for each in side.proto.method} for side in (old, new)
    )
    for name, rpc in before.items():
        if name in after:
            yield from after[name].differing(rpc, _rpc)
        else:
            yield new.member("rpc", name).removed(_signature(rpc.proto))
    for name, rpc in after.items():
        if name not in before:
            yield rpc.added(_signature(rpc.proto))
    yield from new.differing(old, deprecated)


def _rpc(rpc: Element) -> dict[str, str]:
    return {
        "signature": _signature(rpc.proto),
        "idempotency level": value_name(rpc.proto.options, "idempotency_level"),
        **deprecated(rpc),
    }


def _signature(method: Any) -> str:
    """What an RPC takes and gives, as a proto writes it."""
    takes, gives = method.input_type.removeprefix("."), method.output_type.removeprefix(".")
    return (
        f"({'stream ' * method.client_streaming}{takes}) "
        f"returns ({'stream ' * method.server_streaming}{gives})"
    )


def _restyled(old: Element, new: Element, *features: str) -> Iterator[Change]:
    """What features say of the type; where the syntax changed, the file tells it."""
    if old.file.syntax == new.file.syntax:
        yield from new.differing(old, lambda side: {f: getattr(side.features, f).lower() for f in features})


def _inside_message(old: Element, new: Element, schemas: Schemas) -> Iterator[Change]:
    yield from _restyled(old, new, "json_format")
    yield from compare_message(old, new, schemas)


def _inside_extension(old: Element, new: Element, schemas: Schemas) -> Iterator[Change]:
    if _content(old) != _content(new):
        yield new.changed("number", _content(old), _content(new))
    else:
        yield from compare_field(old, new, schemas)


def _inside_enum(old: Element, new: Element, _: Schemas) -> Iterator[Change]:
    yield from compare_enum(old, new)
    yield from _restyled(old, new, "enum_type", "json_format")


_INSIDE: dict[str, Callable[[Element, Element, Schemas], Iterator[Change]]] = {
    "service": _inside_service,
    "message": _inside_message,
    "extension": _inside_extension,
    "enum": _inside_enum,
}


def _moved_files(old: Schema, new: Schema) -> dict[str, str]:
    """Files that are gone and whose types, as far as there still are any, make up one new file."""
    pairs = {
        (element.file.name, new.types[kind][name].file.name)
        for kind in TYPES
        for name, element in old.types[kind].items()
        if name in new.types[kind]
    }
    left, entered = Counter(was for was, _ in pairs), Counter(now for _, now in pairs)
    return {
        was: now
        for was, now in pairs
        if left[was] == entered[now] == 1 and was not in new.files and now not in old.files
    }


def _compare_files(old: Schema, new: Schema, moved: Mapping[str, str]) -> Iterator[Change]:
    for name, file in sorted(old.files.items()):
        after = new.files.get(moved.get(name, name))
        if after is None:
            yield file.removed(_types(file))
        elif _types(file) and not _types(after):
            # Its options concern nobody any more, and each type is told.
            public = ", ".join(_public_imports(after))
            note = f"it imports {public} publicly" if public else ""
            yield after.changed("types", _types(file), "", note)
        else:
            if name != after.name:
                yield after.changed("file", name, after.name, _types(file))
            yield from after.differing(file, _options)
            both_editions = file.proto.syntax == after.proto.syntax == EDITIONS
            yield from after.differing(file, _edition if both_editions else _syntax)
    for name, file in sorted(new.files.items()):
        if name not in old.files and name not in moved.values():
            yield file.added(_types(file))


def _types(file: Element) -> str:
    counts = {
        "service": len(file.proto.service),
        "message": len(file.proto.message_type),
        "enum": len(file.proto.enum_type),
        "extension": len(file.proto.extension),
    }
    return ", ".join(counted(count, noun) for noun, count in counts.items() if count)


def _public_imports(file: Element) -> list[str]:
    return [file.proto.dependency[index] for index in file.proto.public_dependency]


def _options(file: Element) -> dict[str, str]:
    """The options of known names in the order of their numbers, and the package."""
    options, found = file.proto.options, {}
    for option in sorted(options.DESCRIPTOR.fields, key=lambda each: each.number):
        if option.name not in {"uninterpreted_option", "features"}:
            value = getattr(options, option.name)
            found[option.name] = str(value).lower() if isinstance(value, bool) else str(value)
            if option.enum_type:
                found[option.name] = value_name(options, option.name)
    return found | {"package": file.proto.package}


def _edition(file: Element) -> dict[str, str]:
    return {"edition": edition_name(file.proto.edition)}


def _syntax(file: Element) -> dict[str, str]:
    if file.proto.syntax == EDITIONS:
        return {"syntax": f"edition {edition_name(file.proto.edition)}"}
    return {"syntax": file.proto.syntax or "proto2"}
