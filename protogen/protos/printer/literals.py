"""Values as protos write them; pure."""

from __future__ import annotations

import struct

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def string(value: str | bytes) -> str:
    """A string in quotes. Bytes that are no text are octal."""
    content = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    text = content.decode("utf-8", "surrogateescape")
    return f'"{"".join(map(_character, text))}"'


def _character(each: str) -> str:
    if each.isprintable() and each not in _ESCAPES:
        return each
    return _ESCAPES.get(each) or "".join(f"\\{b:03o}" for b in each.encode("utf-8", "surrogateescape"))


def double(value: float) -> str:
    """The shortest number that is read as this one, `inf` and `nan` included."""
    return repr(value)


def single(value: float) -> str:
    """The shortest number that is read as this one by a reader that rounds twice: to 64 bits, then to 32."""
    for digits in range(6, 10):
        written = f"{value:.{digits}g}"
        if struct.unpack("f", struct.pack("f", float(written)))[0] == value:
            return written
    return repr(value)


def json_name(name: str) -> str:
    """What a field is called in JSON if it doesn't say: letters behind underscores in upper case."""
    found, raised = "", False
    for each in name:
        if each == "_":
            raised = True
        else:
            found += each.upper() if raised and each.isascii() else each
            raised = False
    return found
