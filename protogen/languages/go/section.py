"""The `languages.go` section of a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from protogen.languages import editions

if TYPE_CHECKING:
    from protogen.protos.outline import Outline
    from protogen.recipe.model import Recipe

GRPC, PROTOBUF = "google.golang.org/grpc", "google.golang.org/protobuf"
PLUGINS = {
    "protoc-gen-go": f"{PROTOBUF}/cmd/protoc-gen-go",
    "protoc-gen-go-grpc": f"{GRPC}/cmd/protoc-gen-go-grpc",
}


class GoSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a recipe says about Go.

    module: the default module path, without `/vN`. tools: plugin versions. go: the directive of
    go.mod. require: modules that the generated code imports, at the lowest versions it compiles
    with; indirect and sums: what `go mod tidy` adds for them, so that nothing need be resolved.
    example: Go code for the README, with `@import{DIR}` for a proto directory's import path.
    """

    module: str = ""
    tools: dict[str, str] = {}
    go: str = ""
    require: dict[str, str] = {}
    indirect: dict[str, str] = {}
    sums: tuple[str, ...] = ()
    example: str = ""


# What a recipe that says nothing about Go gets.
# The plugins are not the newest: what protoc-gen-go prints from 1.36 on needs Go 1.20, while these
# still compile with grpc 1.64.0, the first that protoc-gen-go-grpc 1.5.1 accepts, and with the
# protobuf and the Go that it asks for. A client must not force a newer one on its users.
DEFAULTS = GoSection(
    tools={
        "protoc-gen-go": "v1.35.2",
        "protoc-gen-go-grpc": "v1.5.1",
    },
    go="1.19",
    require={
        GRPC: "v1.64.0",
        PROTOBUF: "v1.33.0",
    },
)

# By edition, the lowest: the first plugins that say they know it, and the first protobuf that supports
# it at run time. What the plugins print compiles with the grpc of above all the same.
EDITIONS = {
    "2023": GoSection(
        tools={"protoc-gen-go": "v1.35.2", "protoc-gen-go-grpc": "v1.5.1"},
        go="1.19",
        require={GRPC: "v1.64.0", PROTOBUF: "v1.34.1"},
    ),
    "2024": GoSection(
        tools={"protoc-gen-go": "v1.36.10", "protoc-gen-go-grpc": "v1.6.0"},
        go="1.23",
        require={GRPC: "v1.64.0", PROTOBUF: "v1.36.10"},
    ),
}


def load(recipe: Recipe) -> GoSection:
    """The recipe's section, with the defaults for what it leaves out.

    Raises RecipeError.
    """
    section = recipe.section("go", GoSection)
    for name in section.tools:
        if name not in PLUGINS:
            raise recipe.document.error(
                f"no tool {name!r}", ("languages", "go", "tools", name), f"one of {', '.join(PLUGINS)}"
            )
    if section.tools.keys() == PLUGINS.keys() and section.go and section.require:
        return section
    return msgspec.structs.replace(
        section,
        tools={**DEFAULTS.tools, **section.tools},
        go=section.go or DEFAULTS.go,
        require=section.require or DEFAULTS.require,
    )


def raised(section: GoSection, outline: Outline) -> GoSection:
    """The section, with newer plugins and requirements where the set is in an edition that needs them.

    Raises ProtosUnresolved for an edition that no plugin knows.
    """
    newest = outline.newest
    if newest is None:
        return section
    lowest = editions.lowest(newest, EDITIONS, "Go")
    require = editions.newer_each(section.require, lowest.require)
    # What a recipe says of the requirements of others holds for its own only.
    settled = require == section.require
    return msgspec.structs.replace(
        section,
        tools=editions.newer_each(section.tools, lowest.tools),
        go=editions.newer(section.go, lowest.go),
        require=require,
        indirect=section.indirect if settled else {},
        sums=section.sums if settled else (),
    )
