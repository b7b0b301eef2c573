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


# What a recipe that says nothing about Java gets.
# The generators are the oldest that print current code, the libraries the newest that it fits: code of
# the 3.25 line runs on protobuf-java 3.25 and on 4.x, and stubs of grpc-java 1.68, the last without the
# blocking stubs of version 2, compile with gRPC from 1.42 on. In Maven the version that is nearest to
# the application wins, so newer libraries force nothing on it. All plugins run with Maven 3.6.3 and Java 8.
DEFAULTS = JavaSection(
    tools={PROTOC: "3.25.9", GRPC_PLUGIN: "1.68.3"},
    protobuf="3.25.9",
    grpc="1.85.1",
    plugins={
        "maven-clean-plugin": "3.4.0",
        "maven-compiler-plugin": "3.13.0",
        "maven-dependency-plugin": "3.8.1",
        "maven-deploy-plugin": "3.1.3",
        "maven-install-plugin": "3.1.3",
        "maven-jar-plugin": "3.4.2",
        JAVADOC: "3.11.2",
        "maven-resources-plugin": "3.3.1",
        "maven-source-plugin": "3.3.1",
        "maven-surefire-plugin": "3.5.2",
    },
)

# By edition, the lowest: the first line of protoc that knows it, and the first stub generator that knows
# either. Code of protoc 26 and newer runs with the library of its own version and newer, never older.
EDITIONS = {
    "2023": JavaSection(tools={PROTOC: "4.27.5", GRPC_PLUGIN: "1.78.0"}, protobuf="4.27.5", grpc="1.78.0"),
    "2024": JavaSection(tools={PROTOC: "4.32.1", GRPC_PLUGIN: "1.78.0"}, protobuf="4.32.1", grpc="1.78.0"),
}


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
