"""The `languages.java` section of a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from protogen.languages import editions

if TYPE_CHECKING:
    from protogen.protos.outline import Outline
    from protogen.recipe.model import Recipe

PROTOC, GRPC_PLUGIN = "protoc", "protoc-gen-grpc-java"
JAVADOC = "maven-javadoc-plugin"
TOOLS = {PROTOC: "com.google.protobuf", GRPC_PLUGIN: "io.grpc"}


class JavaSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a recipe says about Java.

    group, artifact: the default Maven coordinates. tools: versions of the generators in Maven's
    repositories, of which `3.25.1` is the protoc that prints `25.1`. protobuf, grpc: versions of
    the libraries that the generated code needs. plugins: Maven plugins, by artifact.
    example: Java code for the README, with `@class{NAME}` for the Java class of a message, enum or
    service by its full proto name.
    """

    group: str = ""
    artifact: str = ""
    tools: dict[str, str] = {}
    protobuf: str = ""
    grpc: str = ""
    plugins: dict[str, str] = {}
    example: str = ""


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


def load(recipe: Recipe) -> JavaSection:
    """The recipe's section, with the defaults for what it leaves out.

    Raises RecipeError.
    """
    section, default = recipe.section("java", JavaSection), DEFAULTS
    for key, given, known in (
        ("tools", section.tools, default.tools),
        ("plugins", section.plugins, default.plugins),
    ):
        for name in given:
            if name not in known:
                raise recipe.document.error(
                    f"no {key.removesuffix('s')} {name!r}",
                    ("languages", "java", key, name),
                    f"one of {', '.join(known)}",
                )
    return msgspec.structs.replace(
        section,
        tools={**default.tools, **section.tools},
        protobuf=section.protobuf or default.protobuf,
        grpc=section.grpc or default.grpc,
        plugins={**default.plugins, **section.plugins},
    )


def raised(section: JavaSection, outline: Outline) -> JavaSection:
    """The section, with newer generators and libraries where the set is in an edition that needs them.

    Raises ProtosUnresolved for an edition that no generator knows.
    """
    newest = outline.newest
    if newest is None:
        return section
    lowest = editions.lowest(newest, EDITIONS, "Java")
    return msgspec.structs.replace(
        section,
        tools=editions.newer_each(section.tools, lowest.tools),
        protobuf=editions.newer(section.protobuf, lowest.protobuf),
        grpc=editions.newer(section.grpc, lowest.grpc),
    )
