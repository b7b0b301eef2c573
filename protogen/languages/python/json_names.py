"""Names of fields in JSON that protobuf's compiled Python takes for one, and then refuses the file. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto

from protogen.protos.features import Features, of_file

_UNDERSCORES = re.compile("_+(.?)")


def clashes(file: FileDescriptorProto) -> Iterator[tuple[str, str, str]]:
    """Two paths in the file that clash, and the name in JSON that both have.

    protoc takes two fields with one such name where JSON is best effort, and everywhere a field whose is
    that of a oneof. Source: `_upb_MessageDef_InsertField` of upb's message_def.c.
    """
    yield from _of_messages(file.message_type, "", of_file(file))


def _of_messages(
    messages: Iterable[DescriptorProto], prefix: str, around: Features
) -> Iterator[tuple[str, str, str]]:
    for message in messages:
        path, here = f"{prefix}{message.name}.", around.within(message.options)
        if not _may_clash(message, here):
            yield from _of_fields(message, path, here)
        yield from _of_messages(message.nested_type, path, here)


def _may_clash(message: DescriptorProto, features: Features) -> bool:
    """Whether the message says that its names may clash.

    Compiled Python heeds that from the first release on that has all of editions, but in none of those
    before it, on which files with a syntax have to run too. It doesn't hold for nested messages.
    """
    return not features.fixed and message.options.deprecated_legacy_json_field_conflicts


def _of_fields(message: DescriptorProto, path: str, features: Features) -> Iterator[tuple[str, str, str]]:
    first: dict[str, str] = {}
    strict = features.json_format != "LEGACY_BEST_EFFORT"
    named = {each.name for each in message.oneof_decl} if strict else set()
    for field in message.field:
        name = field.json_name or _UNDERSCORES.sub(lambda found: found[1].upper(), field.name)
        other = first.setdefault(name, field.name)
        if other == field.name and name != field.name and name in named:
            other = name
        if strict:
            named.add(field.name)
        if other != field.name:
            yield f"{path}{field.name}", f"{path}{other}", name
