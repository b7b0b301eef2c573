"""The `languages.go` section of a recipe."""

from __future__ import annotations

from typing import Annotated

import msgspec

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
