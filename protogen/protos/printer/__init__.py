"""Descriptors as `.proto` text: what protoc reads back to the same descriptors, comments included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Printed:
    """The protos of a set."""

    texts: Mapping[str, str]
    """By import name."""
    left_out: tuple[str, ...]
    """Options that can't be written, a sentence each: no file of the set declares them."""


def printed(descriptor_set: bytes) -> Printed:
    """Each file of a serialized FileDescriptorSet as text.

    protoc makes the same descriptors of it, but for what is told as left out, and for source info: where the
    set has that, the declarations stand in its order, under the same comments.
    Raises ValueError for descriptors that no proto can declare, which protoc doesn't write.
    """
    from protogen.protos.printer.files import text_of
    from protogen.protos.printer.reading import read
    from protogen.protos.printer.stripped import file_options, used_elsewhere
    from protogen.protos.printer.symbols import Symbols

    files = read(descriptor_set)
    symbols, left_out = Symbols.of(files), list[str]()
    used = used_elsewhere(files)
    texts = {file.name: text_of(file, symbols, file_options(file, used), left_out) for file in files}
    return Printed(texts, tuple(left_out))


def completed(texts: Mapping[str, bytes], descriptor_set: bytes) -> dict[str, bytes]:
    """The protos of a set by import name: texts as they are, printed where there is none."""
    from protogen.protos import wire

    names = {wire.contents(file, 1)[-1].decode() for file in wire.contents(descriptor_set, 1)}
    missing = names - texts.keys()
    found = printed(descriptor_set).texts if missing else {}
    return {name: texts[name] if name in texts else found[name].encode() for name in sorted(names)}
