"""The `languages.go` section of a recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec

from protogen.languages.sections import Pins, read_pins
from protogen.recipe.document import doc

GRPC, PROTOBUF = "google.golang.org/grpc", "google.golang.org/protobuf"
PLUGINS = {
    "protoc-gen-go": f"{PROTOBUF}/cmd/protoc-gen-go",
    "protoc-gen-go-grpc": f"{GRPC}/cmd/protoc-gen-go-grpc",
}
_TIDIED = "What `go mod tidy` adds for them, so that nothing need be resolved."


class GoSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a recipe says about Go."""

    module: Annotated[str, doc("The default module path, without `/vN`.")] = ""
    tools: Annotated[dict[str, str], doc("Plugin versions.")] = {}
    go: Annotated[str, doc("The directive of go.mod.")] = ""
    require: Annotated[
        dict[str, str],
        doc("Modules that the generated code imports, at the lowest versions it compiles with."),
    ] = {}
    indirect: Annotated[dict[str, str], doc(_TIDIED)] = {}
    sums: Annotated[tuple[str, ...], doc(_TIDIED)] = ()
    example: Annotated[
        str, doc("Go code for the README, with `@import{DIR}` for a proto directory's import path.")
    ] = ""


def pins() -> Pins[GoSection]:
    """The versions that packages for Go ask for, and hashes."""
    return read_pins(Path(__file__).with_name("pins.json"), GoSection)
