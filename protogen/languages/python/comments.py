"""The comments of a proto, from its source info, and docstrings made of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from google.protobuf.descriptor_pb2 import FileDescriptorProto

# A place in a file: field numbers and indexes of descriptor.proto, as in SourceCodeInfo.Location.
Path = tuple[int, ...]

# Source: PEP 263, "Defining Python Source Code Encodings".
_ENCODING = re.compile("coding(?=[:=])")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")


def comments(file: FileDescriptorProto) -> dict[Path, str]:
    """The comment before and behind each declaration that has one, by its place."""
    found = {}
    for location in file.source_code_info.location:
        leading, trailing = location.leading_comments, location.trailing_comments
        if leading or trailing:
            text = "\n".join(filter(None, (_plain(leading), _plain(trailing))))
            if text:
                found[tuple(location.path)] = text
    return found


def docstring(text: str, indent: str) -> list[str]:
    """The lines of a docstring, each indented; none for an empty text.

    Whatever the text holds, it stays inside the literal.
    """
    if not text:
        return []
    escaped = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    first, *more = escaped.split("\n")
    if not more and not first.endswith('"'):
        return [f'{indent}"""{first}"""']
    return [f'{indent}"""{first}', *(f"{indent}{line}" if line else "" for line in more), f'{indent}"""']


def header(proto: str) -> str:
    """The first line of what is made from a proto, whose name doesn't declare an encoding there."""
    return f"# Made by protogen from {_ENCODING.sub('coding ', proto)}; edits are lost."


def documented(comments: Mapping[Path, str], path: Path, indent: str) -> list[str]:
    """The docstring for what is declared at path."""
    text = comments.get(path)
    return docstring(text, indent) if text else []


def _plain(comment: str) -> str:
    """The comment without the space that follows each comment mark."""
    if not comment:
        return ""
    lines = [
        (line if line.isprintable() else _UNPRINTABLE.sub(" ", line)).rstrip() for line in comment.split("\n")
    ]
    if {line[:1] for line in lines} <= {"", " "}:
        lines = [line[1:] for line in lines]
    return "\n".join(lines).strip("\n")
