"""The `languages.java` section of a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from protogen.languages import editions

if TYPE_CHECKING:
    from protogen.outline import Outline
    from protogen.recipe import Recipe

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


def load(recipe: Recipe) -> JavaSection:
    """The recipe's section, with the defaults for what it leaves out.

    Raises RecipeError.
    """
    from protogen.languages.java import defaults

    section, default = recipe.section("java", JavaSection), defaults.SECTION
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
    from protogen.languages.java.defaults import EDITIONS

    lowest = editions.lowest(newest, EDITIONS, "Java")
    return msgspec.structs.replace(
        section,
        tools=editions.newer_each(section.tools, lowest.tools),
        protobuf=editions.newer(section.protobuf, lowest.protobuf),
        grpc=editions.newer(section.grpc, lowest.grpc),
    )
