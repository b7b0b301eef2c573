"""Versions of protoc and of the library that its Java code runs with. Pure."""

from __future__ import annotations

import re


def printed(version: str) -> str:
    """What protoc prints for --version, from its version in Maven's repositories.

    From 22 on protoc counts for itself, and each language puts its own major version before.
    """
    major, _, own = version.partition(".")
    return (
        own if major.isdigit() and own.split(".")[0].isdigit() and int(own.split(".")[0]) >= 22 else version
    )


def runtime(wanted: str, protoc: str) -> str:
    """The version of protobuf-java: the one wanted, or a newer where a given protoc needs it.

    Its code runs with the library of its own version and newer, never older. Java's major
    version is 4 from protoc 26 on.
    """
    own = protoc if re.fullmatch(r"\d+\.\d+(\.\d+)*", protoc) else ""
    if not own or int(own.split(".")[0]) < 22:
        return wanted
    needed = f"{4 if int(own.split('.')[0]) >= 26 else 3}.{own}"
    return max(wanted, needed, key=lambda version: [int(part) for part in re.findall(r"\d+", version)])
