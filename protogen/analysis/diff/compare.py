"""Two descriptor sets beside each other: everything that changed from one to the other. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from protogen.analysis.diff.change import Change, Element
from protogen.analysis.diff.fields import Field, compare_field, deprecated, holding, value_name
from protogen.analysis.diff.members import compare_enum, compare_message
from protogen.protos.features import EDITIONS, edition_name

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto, MethodDescriptorProto

    from protogen.analysis.diff.schema import Placed, Schema

Schemas = tuple["Schema", "Schema"]


def compare(old: Schema, new: Schema) -> tuple[Change, ...]:
    """All changes: services first, then messages, enums and files."""
    moved = _moved_files(old, new)
    return (
        *(change for kind in _KINDS for change in _compare_types(kind, (old, new), moved)),
        *_compare_files(old, new, moved),
    )


def _compare_types(kind: str, schemas: Schemas, moved_files: Mapping[str, str]) -> Iterator[Change]:
    """What changed among the types of a kind; those inside a message that came or went go without saying."""
    before, after = (_KINDS[kind].of(schema) for schema in schemas)
    content, inside = _KINDS[kind].content, _KINDS[kind].inside
    old, new = schemas
    for name, placed in sorted(before.items()):
        if name not in after and not _inside_one_lost(placed, old, new):
            yield Element(kind, name, placed.file.name).removed(content(placed))
    for name, placed in sorted(after.items()):
        if name not in before and not _inside_one_lost(placed, new, old):
            yield Element(kind, name, placed.file.name).added(content(placed))
    for name in sorted(before.keys() & after.keys()):
        yield from _moved(kind, before[name], after[name], new, moved_files)
        yield from inside(before[name], after[name], schemas)


def _inside_one_lost(placed: Placed[Any], side: Schema, other: Schema) -> bool:
    return placed.parent in side.messages and placed.parent not in other.messages


def _moved(
    kind: str, old: Placed[Any], new: Placed[Any], schema: Schema, moved_files: Mapping[str, str]
) -> Iterator[Change]:
    """A type that stands in another file, unless all of its file went there, or the type around it did."""
    was, now = old.file.name, new.file.name
    if was == now or old.parent != old.file.package or moved_files.get(was) == now:
        return
    left = schema.files.get(was)
    shim = left is not None and now in _public_imports(left)
    note = "the old file imports the new one publicly" if shim else ""
    yield Element(kind, new.name, now).changed("file", was, now, note)


def _restyled(kind: str, old: Placed[Any], new: Placed[Any], *features: str) -> Iterator[Change]:
    """What features say of the type; where the syntax changed, the file tells it."""
    if old.file.syntax == new.file.syntax:
        sides = ({each: getattr(side.features, each).lower() for each in features} for side in (old, new))
        yield from Element(kind, new.name, new.file.name).differing(*sides)


def _inside_service(old: Placed[Any], new: Placed[Any], schemas: Schemas) -> Iterator[Change]:
    before, after = ({each.name: each for each in side.proto.method} for side in (old, new))
    rpcs = {name: Element("rpc", f"{new.name}.{name}", new.file.name) for name in (*before, *after)}
    for name, method in before.items():
        if name in after:
            yield from rpcs[name].differing(_rpc(method), _rpc(after[name]))
        else:
            yield rpcs[name].removed(_signature(method))
    for name, method in after.items():
        if name not in before:
            yield rpcs[name].added(_signature(method))
    service = Element("service", new.name, new.file.name)
    yield from service.differing({"deprecated": deprecated(old.proto)}, {"deprecated": deprecated(new.proto)})


def _rpc(method: MethodDescriptorProto) -> dict[str, str]:
    return {
        "signature": _signature(method),
        "idempotency level": value_name(method.options, "idempotency_level"),
        "deprecated": deprecated(method),
    }


def _signature(method: MethodDescriptorProto) -> str:
    """What an RPC takes and gives, as a proto writes it."""
    takes, gives = method.input_type.removeprefix("."), method.output_type.removeprefix(".")
    return (
        f"({'stream ' * method.client_streaming}{takes}) "
        f"returns ({'stream ' * method.server_streaming}{gives})"
    )


def _inside_message(old: Placed[Any], new: Placed[Any], schemas: Schemas) -> Iterator[Change]:
    yield from _restyled("message", old, new, "json_format")
    yield from compare_message(old, new, schemas)


def _inside_extension(old: Placed[Any], new: Placed[Any], schemas: Schemas) -> Iterator[Change]:
    element = Element("extension", new.name, new.file.name)
    if _extended(old) != _extended(new):
        yield element.changed("number", _extended(old), _extended(new))
        return
    before, after = (
        Field(element, side.proto, side.around, holding(side.proto, side.around, schema))
        for side, schema in zip((old, new), schemas, strict=True)
    )
    yield from compare_field(before, after, {})


def _inside_enum(old: Placed[Any], new: Placed[Any], schemas: Schemas) -> Iterator[Change]:
    yield from compare_enum(old, new)
    yield from _restyled("enum", old, new, "enum_type", "json_format")


def _extended(extension: Placed[Any]) -> str:
    return f"{extension.proto.extendee.removeprefix('.')} = {extension.proto.number}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


@dataclass(frozen=True)
class _Kind:
    """A kind of type."""

    of: Callable[[Schema], Mapping[str, Placed[Any]]]
    """Where a schema has them."""
    content: Callable[[Placed[Any]], str]
    """What one consists of, in words."""
    inside: Callable[[Placed[Any], Placed[Any], Schemas], Iterator[Change]]
    """What changed inside of one."""


# In the order of telling.
_KINDS = {
    "service": _Kind(
        lambda schema: schema.services,
        lambda placed: ", ".join(method.name for method in placed.proto.method),
        _inside_service,
    ),
    "message": _Kind(
        lambda schema: schema.messages,
        lambda placed: _count(len(placed.proto.field), "field"),
        _inside_message,
    ),
    "extension": _Kind(lambda schema: schema.extensions, _extended, _inside_extension),
    "enum": _Kind(
        lambda schema: schema.enums,
        lambda placed: _count(len(placed.proto.value), "value"),
        _inside_enum,
    ),
}


def _moved_files(old: Schema, new: Schema) -> dict[str, str]:
    """Files that are gone and whose types, as far as there still are any, make up one new file."""
    pairs = {
        (placed.file.name, kind.of(new)[name].file.name)
        for kind in _KINDS.values()
        for name, placed in kind.of(old).items()
        if name in kind.of(new)
    }
    left, entered = Counter(was for was, _ in pairs), Counter(now for _, now in pairs)
    return {
        was: now
        for was, now in pairs
        if left[was] == entered[now] == 1 and was not in new.files and now not in old.files
    }


def _compare_files(old: Schema, new: Schema, moved: Mapping[str, str]) -> Iterator[Change]:
    for name, file in sorted(old.files.items()):
        now = moved.get(name, name)
        element, after = Element("file", now, now), new.files.get(now)
        if after is None:
            yield element.removed(_types(file))
        elif _types(file) and not _types(after):
            # Its options concern nobody any more, and each type is told.
            public = ", ".join(_public_imports(after))
            yield element.changed(
                "types", _types(file), "", f"it imports {public} publicly" if public else ""
            )
        else:
            if name != now:
                yield element.changed("file", name, now, _types(file))
            yield from element.differing(_options(file), _options(after))
            yield from _syntax(element, file, after)
    for name, file in sorted(new.files.items()):
        if name not in old.files and name not in moved.values():
            yield Element("file", name, name).added(_types(file))


def _types(file: FileDescriptorProto) -> str:
    counts = {
        "service": len(file.service),
        "message": len(file.message_type),
        "enum": len(file.enum_type),
        "extension": len(file.extension),
    }
    return ", ".join(_count(count, word) for word, count in counts.items() if count)


def _public_imports(file: FileDescriptorProto) -> list[str]:
    return [file.dependency[index] for index in file.public_dependency]


def _options(file: FileDescriptorProto) -> dict[str, str]:
    """The options of known names in the order of their numbers, and the package."""
    found = {}
    for option in sorted(file.options.DESCRIPTOR.fields, key=lambda each: each.number):
        if option.name not in {"uninterpreted_option", "features"}:
            value = getattr(file.options, option.name)
            found[option.name] = str(value).lower() if isinstance(value, bool) else str(value)
            if option.enum_type:
                found[option.name] = value_name(file.options, option.name)
    return found | {"package": file.package}


def _syntax(element: Element, old: FileDescriptorProto, new: FileDescriptorProto) -> Iterator[Change]:
    if old.syntax == new.syntax == EDITIONS:
        editions = ({"edition": edition_name(each.edition)} for each in (old, new))
        yield from element.differing(*editions)
    else:
        yield from element.differing({"syntax": _spoken(old)}, {"syntax": _spoken(new)})


def _spoken(file: FileDescriptorProto) -> str:
    if file.syntax == EDITIONS:
        return f"edition {edition_name(file.edition)}"
    return file.syntax or "proto2"
