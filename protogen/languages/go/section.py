"""The `languages.go` section of a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from protogen.languages import editions

if TYPE_CHECKING:
    from protogen.outline import Outline
    from protogen.recipe import Recipe

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
    from protogen.languages.go.defaults import SECTION as DEFAULTS

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
    from protogen.languages.go.defaults import EDITIONS

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
