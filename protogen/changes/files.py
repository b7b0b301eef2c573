"""The files of both sides: come, gone, moved as a whole, and what options say of generated code."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from protogen.changes.change import Change, Mark, mark
from protogen.changes.rules import MOVED_FILE_OPTION, RULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from google.protobuf.descriptor_pb2 import FileDescriptorProto

    from protogen.changes.schema import Schema

# Findings of buf about what a file's syntax decides for each type in it.
SYNTAX_RULES = (
    "ENUM_SAME_TYPE",
    "ENUM_SAME_JSON_FORMAT",
    "MESSAGE_SAME_JSON_FORMAT",
    "FIELD_SAME_UTF8_VALIDATION",
    "FIELD_SAME_JAVA_UTF8_VALIDATION",
)
_TRUE_FALSE = {True: "true", False: "false"}


def moved_files(old: Schema, new: Schema) -> dict[str, str]:
    """Files that are gone and whose types, as far as there still are any, make up one new file."""
    pairs = {
        (placed.file.name, there[name].file.name)
        for types in ("services", "messages", "enums", "extensions")
        for there in (getattr(new, types),)
        for name, placed in getattr(old, types).items()
        if name in there
    }
    left, entered = (Counter(each) for each in zip(*pairs, strict=True)) if pairs else (Counter(), Counter())
    return {
        was: now
        for was, now in pairs
        if left[was] == entered[now] == 1 and was not in new.files and now not in old.files
    }


def compare_files(old: Schema, new: Schema, moved: Mapping[str, str]) -> Iterator[Change]:
    """What changed among files."""
    for name, file in sorted(old.files.items()):
        left = _package_left(file, new)
        if name in moved:
            now = moved[name]
            marks = (mark("FILE_NO_DELETE", name), *left)
            yield Change("changed", "file", now, now, "file", name, now, _types(file), marks)
            yield from _moved_options(file, new.files[now])
        elif name not in new.files:
            marks = (mark("FILE_NO_DELETE", name), *left)
            yield Change("removed", "file", name, name, old=_types(file), marks=marks)
        elif _types(file) and not _types(new.files[name]):
            yield _emptied(file, new.files[name], left)
        else:
            yield from _options(file, new.files[name])
            yield from _package(file, new.files[name], left)
            yield from _syntax(file, new.files[name])
    for name, file in sorted(new.files.items()):
        if name not in old.files and name not in moved.values():
            yield Change("added", "file", name, name, new=_types(file))


def _package_left(file: FileDescriptorProto, new: Schema) -> tuple[Mark, ...]:
    """What buf says of a package that no file declares any more; its types are told one by one."""
    if file.package in new.packages:
        return ()
    return (Mark("PACKAGE_NO_DELETE", (), (file.package,), claimed=False),)


def _types(file: FileDescriptorProto) -> str:
    counts = (
        (len(file.service), "service"),
        (len(file.message_type), "message"),
        (len(file.enum_type), "enum"),
        (len(file.extension), "extension"),
    )
    return ", ".join(f"{count} {word}{'s' * (count > 1)}" for count, word in counts if count)


def _emptied(old: FileDescriptorProto, new: FileDescriptorProto, left: tuple[Mark, ...]) -> Change:
    """A file whose types all went elsewhere: its options concern nobody any more, each type is told."""
    settings = (*_options(old, new), *_package(old, new, ()), *_syntax(old, new))
    marks = (
        replace(each, breaks=(), claimed=False) for change in settings for each in change.marks if each.of_buf
    )
    public = [new.dependency[index] for index in new.public_dependency]
    note = f"it imports {', '.join(public)} publicly" if public else ""
    return replace(_change(new, "types", _types(old), "", (*marks, *left)), note=note)


def _package(old: FileDescriptorProto, new: FileDescriptorProto, left: tuple[Mark, ...]) -> Iterator[Change]:
    if old.package != new.package:
        marks = (mark("FILE_SAME_PACKAGE", new.name), *left)
        yield _change(new, "package", old.package or "none", new.package or "none", marks)


def _syntax(old: FileDescriptorProto, new: FileDescriptorProto) -> Iterator[Change]:
    """A changed syntax, and with it what buf may find of each type in the file."""
    was, now = (file.syntax or "proto2" for file in (old, new))
    if was == now:
        return
    held = {"ENUM": bool(new.enum_type), "MESSAGE": bool(new.message_type)}
    followers = (
        mark(rule, new.name, claimed=held.get(rule.partition("_")[0], False)) for rule in SYNTAX_RULES
    )
    yield _change(new, "syntax", was, now, (mark("FILE_SAME_SYNTAX", new.name), *followers))


def _options(old: FileDescriptorProto, new: FileDescriptorProto) -> Iterator[Change]:
    for option, was, now in _changed_options(old, new):
        rule = f"FILE_SAME_{option.upper()}"
        yield _change(new, option, was, now, (mark(rule, new.name),) if rule in RULES else ())


def _moved_options(old: FileDescriptorProto, new: FileDescriptorProto) -> Iterator[Change]:
    """The options of a file that moved, which buf compares with none."""
    package = _package(old, new, ())
    for change in (*package, *_options(old, new), *_syntax(old, new)):
        breaks = change.breaks
        yield replace(change, marks=(Mark(MOVED_FILE_OPTION, breaks),) if breaks else ())


def _changed_options(old: FileDescriptorProto, new: FileDescriptorProto) -> Iterator[tuple[str, str, str]]:
    """The options of known names whose values differ, in the order of their numbers."""
    for option in sorted(old.options.DESCRIPTOR.fields, key=lambda each: each.number):
        if option.name in {"uninterpreted_option", "features"}:
            continue
        was, now = getattr(old.options, option.name), getattr(new.options, option.name)
        if was != now:
            if option.enum_type:
                was, now = (option.enum_type.values_by_number[each].name for each in (was, now))
            yield option.name, str(_TRUE_FALSE.get(was, was)), str(_TRUE_FALSE.get(now, now))


def _change(file: FileDescriptorProto, aspect: str, old: str, new: str, marks: tuple[Mark, ...]) -> Change:
    return Change("changed", "file", file.name, file.name, aspect, old, new, marks=marks)
