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
