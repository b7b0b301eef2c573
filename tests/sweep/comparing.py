"""Descriptors of several packages beside the official ones, message by message; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto, FileDescriptorSet

from tests.support.descriptors_equal import facts

_MEMBER = re.compile(r"(?:field|enum value|method) (.+)\.[^.]+")


def expected(official: FileDescriptorSet, found: Iterable[FileDescriptorSet]) -> FileDescriptorSet:
    """The official files that any of the packages registers, and their first copy of those that it lacks."""
    published = {file.name: file for file in official.file}
    wanted: dict[str, FileDescriptorProto] = {}
    for files in found:
        for file in files.file:
            wanted.setdefault(file.name, published.get(file.name, file))
    return FileDescriptorSet(file=[wanted[name] for name in sorted(wanted)])


def differing(wanted: FileDescriptorSet, found: FileDescriptorSet) -> dict[str, str]:
    """What the package tells otherwise: messages, enums and services by full name, files by their own."""
    ours = {file.name: file for file in found.file}
    differs = {}
    for file in wanted.file:
        if file.name not in ours:
            differs[file.name] = "missing"
            continue
        before, after = facts(file), facts(ours[file.name])
        for what in sorted(before.keys() | after.keys()):
            if before.get(what) != after.get(what):
                differs[_subject(what, file.name)] = f"{what}: {before.get(what)} became {after.get(what)}"
    return differs


def _subject(what: str, file: str) -> str:
    member = _MEMBER.fullmatch(what)
    return member[1] if member else what.partition(" ")[2] or file


def messages(files: FileDescriptorSet) -> int:
    """How many messages there are, nested ones too, without those that maps stand for."""
    return sum(_messages(file.message_type) for file in files.file)


def _messages(described: Iterable[DescriptorProto]) -> int:
    return sum(1 + _messages(message.nested_type) for message in described if not message.options.map_entry)


def services(files: FileDescriptorSet) -> int:
    """How many services there are."""
    return sum(len(file.service) for file in files.file)


def all_differing(
    wanted: FileDescriptorSet, found: Mapping[str, FileDescriptorSet]
) -> dict[str, dict[str, str]]:
    """What differs, by language."""
    return {language: differing(wanted, files) for language, files in found.items()}
