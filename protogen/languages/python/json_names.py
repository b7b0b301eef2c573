"""Names of fields in JSON that protobuf's compiled Python takes for one, and then refuses the file. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto

_UNDERSCORES = re.compile("_+(.?)")


def clashes(file: FileDescriptorProto) -> Iterator[tuple[str, str, str]]:
    """Two paths in the file that clash, and the name in JSON that both have.

    protoc takes two fields with one such name in proto2, and everywhere a field whose is that of a oneof.
    Source: `_upb_MessageDef_InsertField` of upb's message_def.c.
    """
    yield from _of_messages(file.message_type, "", legacy=file.syntax in {"", "proto2"})


def _of_messages(
    messages: Iterable[DescriptorProto], prefix: str, *, legacy: bool
) -> Iterator[tuple[str, str, str]]:
    for message in messages:
        path = f"{prefix}{message.name}."
        first: dict[str, str] = {}
        named = set() if legacy else {each.name for each in message.oneof_decl}
        for field in message.field:
            name = field.json_name or _UNDERSCORES.sub(lambda found: found[1].upper(), field.name)
            other = first.setdefault(name, field.name)
            if other == field.name and name != field.name and name in named:
                other = name
            if not legacy:
                named.add(field.name)
            if other != field.name:
                yield f"{path}{field.name}", f"{path}{other}", name
        yield from _of_messages(message.nested_type, path, legacy=legacy)
