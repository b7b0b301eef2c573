"""The `languages.java` section of a recipe, and the versions that go with one another."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from protogen.recipe.document import doc

PROTOC, GRPC_PLUGIN = "protoc", "protoc-gen-grpc-java"
JAVADOC = "maven-javadoc-plugin"
TOOLS = {PROTOC: "com.google.protobuf:protoc", GRPC_PLUGIN: "io.grpc:protoc-gen-grpc-java"}

_COORDINATES = "The default Maven coordinates."
_LIBRARIES = "Versions of the libraries that the generated code needs."


class JavaSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a recipe says about Java."""

    group: Annotated[str, doc(_COORDINATES)] = ""
    artifact: Annotated[str, doc(_COORDINATES)] = ""
    tools: Annotated[
        dict[str, str],
        doc(
            "Versions of the generators in Maven's repositories, "
            "of which `3.25.1` is the protoc that prints `25.1`."
        ),
    ] = {}
    protobuf: Annotated[str, doc(_LIBRARIES)] = ""
    grpc: Annotated[str, doc(_LIBRARIES)] = ""
    plugins: Annotated[dict[str, str], doc("Maven plugins, by artifact.")] = {}
    example: Annotated[
        str,
        doc(
            "Java code for the README, with `@class{NAME}` for the Java class of a message, "
            "enum or service by its full proto name."
        ),
    ] = ""


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
