"""The messages of both sides, matched by full name, and what they consist of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from protogen.analysis.diff import ranges
from protogen.analysis.diff.change import Change, Mark, mark
from protogen.analysis.diff.field_types import holding
from protogen.analysis.diff.fields import Field, compare_field, compare_fields, deprecation
from protogen.analysis.diff.ranges import Reserved
from protogen.analysis.diff.rules import FIELD_RENUMBERED
from protogen.analysis.diff.types import come_and_gone, moved, restyled

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto

    from protogen.analysis.diff.schema import Placed, Schema


def compare_messages(old: Schema, new: Schema, moved_files: Mapping[str, str]) -> Iterator[Change]:
    """What changed among messages; moved_files are told of as files."""
    yield from come_and_gone("message", old.messages, new.messages, (old, new), _words)
    for name in sorted(old.messages.keys() & new.messages.keys()):
        before, after = old.messages[name], new.messages[name]
        yield from moved("message", before, after, new, moved_files)
        yield from restyled("message", before, after)
        yield from _compare(before, after, old, new)


def compare_extensions(old: Schema, new: Schema, moved_files: Mapping[str, str]) -> Iterator[Change]:
    """What changed among extensions."""
    yield from come_and_gone("extension", old.extensions, new.extensions, (old, new), _extended)
    for name in sorted(old.extensions.keys() & new.extensions.keys()):
        before, after = old.extensions[name], new.extensions[name]
        yield from moved("extension", before, after, new, moved_files)
        if _extended(before) == _extended(after):
            yield from compare_field(_extension(before, old), _extension(after, new), {})
        else:
            yield Change(
                "changed",
                "extension",
                name,
                after.file.name,
                "number",
                _extended(before),
                _extended(after),
                marks=(Mark(FIELD_RENUMBERED, ("wire", "source")),),
            )


def _compare(
    old: Placed[DescriptorProto], new: Placed[DescriptorProto], old_schema: Schema, new_schema: Schema
) -> Iterator[Change]:
    renamed = _renamed_oneofs(old.proto, new.proto)
    yield from compare_fields(old, new, old_schema, new_schema, renamed)
    yield from _oneofs(old, new, renamed)
    yield from _reserved(old, new)
    before, after = (
        [(each.start, each.end - 1) for each in side.proto.extension_range] for side in (old, new)
    )
    if gone := ranges.minus(before, after):
        marks = (mark("EXTENSION_MESSAGE_NO_DELETE", new.simple),)
        yield _change(new, "extensions", ranges.text(gone), "", marks=marks)
    if old.proto.options.deprecated != new.proto.options.deprecated:
        yield _change(new, "deprecated", *deprecation(old.proto, new.proto))


def _change(message: Placed[DescriptorProto], aspect: str, old: str, new: str, **more: Any) -> Change:
    return Change("changed", "message", message.name, message.file.name, aspect, old, new, **more)


def _words(message: Placed[DescriptorProto]) -> str:
    count = len(message.proto.field)
    return "1 field" if count == 1 else f"{count} fields"


def _extended(extension: Placed[FieldDescriptorProto]) -> str:
    return f"{extension.proto.extendee.removeprefix('.')} = {extension.proto.number}"


def _extension(placed: Placed[FieldDescriptorProto], schema: Schema) -> Field:
    owner = placed.proto.extendee.rpartition(".")[2]
    around = placed.around
    holds = holding(placed.proto, around, schema)
    return Field("extension", placed.name, owner, placed.file.name, placed.proto, around, holds, "", schema)


def _members(message: DescriptorProto) -> dict[str, list[int]]:
    """The numbers of each oneof's fields; those that only stand for `optional` are left out."""
    found: dict[str, list[int]] = {}
    for field in message.field:
        if field.HasField("oneof_index") and not field.proto3_optional:
            found.setdefault(message.oneof_decl[field.oneof_index].name, []).append(field.number)
    return found


def _renamed_oneofs(old: DescriptorProto, new: DescriptorProto) -> dict[str, str]:
    """Oneofs that one side lacks, but for the name: the same fields, under another one."""
    before, after = _members(old), _members(new)
    fresh = {tuple(sorted(numbers)): name for name, numbers in after.items() if name not in before}
    found = {}
    for name, numbers in before.items():
        match = fresh.get(tuple(sorted(numbers)))
        if name not in after and match:
            found[name] = match
    return found


def _oneofs(
    old: Placed[DescriptorProto], new: Placed[DescriptorProto], renamed: Mapping[str, str]
) -> Iterator[Change]:
    before, after = _members(old.proto), _members(new.proto)
    file = new.file.name
    for name in before:
        no_delete = mark("ONEOF_NO_DELETE", new.simple, name)
        if name in renamed:
            # buf sees fields that change their oneof; they are exclusive as before.
            fields = (
                replace(mark("FIELD_SAME_ONEOF", new.simple, str(number), claimed=False), breaks=())
                for number in before[name]
            )
            full, marks = f"{new.name}.{renamed[name]}", (no_delete, *fields)
            yield Change("changed", "oneof", full, file, "name", name, renamed[name], marks=marks)
        elif name not in after:
            yield Change("removed", "oneof", f"{new.name}.{name}", file, marks=(no_delete,))
    for name in after:
        if name not in before and name not in renamed.values():
            yield Change("added", "oneof", f"{new.name}.{name}", file)


def _reserved(old: Placed[DescriptorProto], new: Placed[DescriptorProto]) -> Iterator[Change]:
    numbers = {field.number for field in new.proto.field}
    gone = {field.name: field.number for field in old.proto.field if field.number not in numbers}
    before, after = (
        Reserved(tuple((each.start, each.end - 1) for each in side.reserved_range), tuple(side.reserved_name))
        for side in (old.proto, new.proto)
    )
    if lost := before.beyond(after):
        yield _change(new, "reserved", lost, "", marks=(mark("RESERVED_MESSAGE_NO_DELETE", new.simple),))
    if fresh := after.beyond(before, gone):
        yield _change(new, "reserved", "", fresh)
