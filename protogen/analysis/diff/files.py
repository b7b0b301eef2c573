"""The files of both sides: come, gone, moved as a whole, and what options say of generated code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from protogen.analysis.diff.change import Change, Mark, mark
from protogen.analysis.diff.rules import MOVED_FILE_OPTION, RULES
from protogen.protos.features import EDITIONS, edition_name

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

    from protogen.analysis.diff.schema import Placed, Schema


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
            yield from _moved_options(file, new.files[now], (old, new))
        elif name not in new.files:
            marks = (mark("FILE_NO_DELETE", name), *left)
            yield Change("removed", "file", name, name, old=_types(file), marks=marks)
        elif _types(file) and not _types(new.files[name]):
            yield _emptied(file, new.files[name], left, (old, new))
        else:
            yield from _options(file, new.files[name])
            yield from _package(file, new.files[name], left)
            yield from _syntax(file, new.files[name], (old, new))
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


def _emptied(
    old: FileDescriptorProto,
    new: FileDescriptorProto,
    left: tuple[Mark, ...],
    schemas: tuple[Schema, Schema],
) -> Change:
    """A file whose types all went elsewhere: its options concern nobody any more, each type is told."""
    settings = (*_options(old, new), *_package(old, new, ()), *_syntax(old, new, schemas))
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


def _syntax(
    old: FileDescriptorProto, new: FileDescriptorProto, schemas: tuple[Schema, Schema]
) -> Iterator[Change]:
    """A changed syntax or edition, and with a syntax what buf may find of each type in the file."""
    was, now = map(_spoken, (old, new))
    if was == now:
        return
    if old.syntax == new.syntax:
        yield _change(new, "edition", edition_name(old.edition), edition_name(new.edition), ())
        return
    differing = _differing(old, schemas)
    followers = (mark(rule, new.name, claimed=rule in differing) for rule in SYNTAX_RULES)
    yield _change(new, "syntax", was, now, (mark("FILE_SAME_SYNTAX", new.name), *followers))


def _spoken(file: FileDescriptorProto) -> str:
    if file.syntax == EDITIONS:
        return f"edition {edition_name(file.edition)}"
    return file.syntax or "proto2"


def _differing(old: FileDescriptorProto, schemas: tuple[Schema, Schema]) -> frozenset[str]:
    """The rules about types that another syntax breaks for a type of the file."""
    before, after = schemas
    found = set()
    for word, was, now in (("ENUM", before.enums, after.enums), ("MESSAGE", before.messages, after.messages)):
        for name, placed in was.items():
            if placed.file.name == old.name and name in now:
                found |= {f"{word}_{rule}" for rule in feature_rules(placed, now[name])}
    return frozenset(found)


def feature_rules(old: Placed[Any], new: Placed[Any]) -> tuple[str, ...]:
    """What the features of an enum or message that was there before break, by the end of buf's rules."""
    was, now = old.features, new.features
    closed = was.enum_type != now.enum_type
    stricter = (was.json_format, now.json_format) == ("ALLOW", "LEGACY_BEST_EFFORT")
    return ("SAME_TYPE",) * closed + ("SAME_JSON_FORMAT",) * stricter


def _options(old: FileDescriptorProto, new: FileDescriptorProto) -> Iterator[Change]:
    for option, was, now in _changed_options(old, new):
        rule = f"FILE_SAME_{option.upper()}"
        yield _change(new, option, was, now, (mark(rule, new.name),) if rule in RULES else ())


def _moved_options(
    old: FileDescriptorProto, new: FileDescriptorProto, schemas: tuple[Schema, Schema]
) -> Iterator[Change]:
    """The options of a file that moved, which buf compares with none."""
    package = _package(old, new, ())
    for change in (*package, *_options(old, new), *_syntax(old, new, schemas)):
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
