"""What a recipe that says nothing about Go gets.

The plugins are not the newest: what protoc-gen-go prints from 1.36 on needs Go 1.20, while these
still compile with grpc 1.64.0, the first that protoc-gen-go-grpc 1.5.1 accepts, and with the
protobuf and the Go that it asks for. A client must not force a newer one on its users.
"""

from protogen.languages.go.section import GRPC, PROTOBUF, GoSection

SECTION = GoSection(
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
