"""Descriptors as `.proto` text: what protoc reads back to the same descriptors, comments included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Printed:
    """The protos of a set as text."""

    texts: Mapping[str, bytes]
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
    texts = {file.name: text_of(file, symbols, file_options(file, used), left_out).encode() for file in files}
    return Printed(texts, tuple(left_out))


def completed(texts: Mapping[str, bytes], descriptor_set: bytes) -> Printed:
    """The protos of a set: texts as they are, printed where there is none."""
    from protogen.protos import wire

    names = sorted(wire.contents(file, 1)[-1].decode() for file in wire.contents(descriptor_set, 1))
    made = Printed({}, ()) if texts.keys() >= {*names} else printed(descriptor_set)
    found = {name: texts[name] if name in texts else made.texts[name] for name in names}
    left_out = (each for each in made.left_out if each.partition(": ")[0] not in texts)
    return Printed(found, tuple(left_out))
